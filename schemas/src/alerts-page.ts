// The page of alerts for people, made from the catalogue of rules.

import { ALERT_RULE_NAMES, ALERT_RULES, type AlertRule, type AlertRuleName, runbookOf, testOf } from './alert-rules.js';
import { VALUES_HEAD, valueRow } from './config-page.js';
import { CONFIG_VALUES } from './runtime-config.js';

const HEAD = `# Alerts

Generated from \`schemas/src/alert-rules.ts\`: change it there, then run \`npm run generate\`.

The hub evaluates these rules every \`alerts.evaluateSeconds\` seconds. What a rule finds is *pending* for \`forSeconds\`, then *firing*, and
*resolved* once it has not been so for \`keepFiringForSeconds\`. Severities: \`page\` is for someone now, \`warn\` for today, \`info\` for the
digest. An alert that another one explains is *muted*: it is shown, and notifies nobody. A rule with a * mutes it only where it explains all of
it, such as dead letters of one failing agent, and only an alert that is no more severe. Every value is in the config and takes effect at the
next evaluation: \`agentcom config set alerts.rules.TaskStuck.stuckAfterSeconds=20m\`.

| rule | severity | meaning | muted by | runbook | test |
|---|---|---|---|---|---|
`;

/** The whole page, as Markdown. */
export function alertsPage(): string {
  const index = ALERT_RULE_NAMES.map((name) => {
    const { severity, meaning, mutedBy, mutedIfAllBy = [] }: AlertRule = ALERT_RULES[name];
    return `| [${name}](#${name.toLowerCase()}) | ${severity} | ${meaning} | ${[...mutedBy, ...mutedIfAllBy.map((other) => `${other}*`)].join(', ')} | [what to do](${runbookLink(name)}) | ${testLink(name)} |\n`;
  });
  return [HEAD, ...index, ...ALERT_RULE_NAMES.map(section)].join('');
}

function runbookLink(name: AlertRuleName): string {
  return runbookOf(name).replace('ops/docs/', '');
}

function testLink(name: AlertRuleName): string {
  const file = testOf(name);
  return `[${file}](../../hub/src/core/alert/rules/${file})`;
}

function section(name: AlertRuleName): string {
  const { meaning, next }: AlertRule = ALERT_RULES[name];
  const prefix = `alerts.rules.${name}.`;
  const values = CONFIG_VALUES.filter(({ key }) => key.startsWith(prefix));
  const rows = values.map((value) => valueRow({ ...value, key: value.key.slice(prefix.length) }));
  return `\n## ${name}\n\n${meaning} ${next} [Runbook](${runbookLink(name)}).\n\n${VALUES_HEAD}\n${rows.join('\n')}\n`;
}
