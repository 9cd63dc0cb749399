// The rules that raise alerts: one entry each, from which the config, the page of alerts and the evaluation are made. What a rule looks at
// is in `hub/src/core/alert/rules/`.

import type { TSchema } from 'typebox';
import * as Type from 'typebox';
import { AGENT_RULES, PROVIDER_RULES, SPENDING_RULES } from './alert-rules/agents.js';
import { ATTEMPT_RULES } from './alert-rules/attempts.js';
import { ALERT_RULES, type AlertRuleName } from './alert-rules/catalogue.js';
import { QUEUE_RULES } from './alert-rules/queue.js';
import { type AlertRule, SECONDS } from './alert-rules/rule.js';
import { SEVERITIES, type Severity } from './notification.js';
import { closed, integer, oneOf } from './primitives.js';

export { ALERT_RULES, type AlertRuleName } from './alert-rules/catalogue.js';
export type { AlertRule, Threshold } from './alert-rules/rule.js';

/** Where the test of a rule is, in `hub/src/core/alert/rules/`. */
export function testOf(name: AlertRuleName): string {
  if (name in QUEUE_RULES) return 'queue.test.ts';
  if (name in SPENDING_RULES) return 'spending.test.ts';
  return name in ATTEMPT_RULES || name in AGENT_RULES || name in PROVIDER_RULES ? 'agents.test.ts' : 'hub.test.ts';
}

/** Where its runbook is, in the repository. */
export function runbookOf(rule: string): string {
  return `ops/docs/runbooks/${rule}.md`;
}

export const ALERT_RULE_NAMES = Object.keys(ALERT_RULES) as readonly AlertRuleName[];

/** What the config holds of each rule, whichever it is. */
interface RuleSwitches {
  readonly enabled: boolean;
  readonly severity: Severity;
  readonly forSeconds: number;
  readonly keepFiringForSeconds: number;
}

type RuleConfig<Rule extends AlertRuleName> = RuleSwitches & {
  readonly [Name in keyof (typeof ALERT_RULES)[Rule]['thresholds']]: number;
};

export type AlertRulesConfig = { readonly [Rule in AlertRuleName]: RuleConfig<Rule> };

/** The section of the config with every rule. */
export const AlertRulesConfig = Type.Unsafe<AlertRulesConfig>(
  closed(Object.fromEntries(ALERT_RULE_NAMES.map((name) => [name, ruleConfig(name)]))),
);

function ruleConfig(name: AlertRuleName): TSchema {
  const { severity, forSeconds, keepFiringForSeconds, thresholds }: AlertRule = ALERT_RULES[name];
  const limits = Object.entries(thresholds).map(([key, { byDefault, minimum, maximum, help }]) => [
    key,
    integer(minimum, maximum, { default: byDefault, description: help }),
  ]);
  return closed({
    enabled: Type.Boolean({ default: true, description: `Whether ${name} is evaluated.` }),
    severity: oneOf(SEVERITIES, { default: severity, description: 'How urgent it is.' }),
    forSeconds: integer(0, SECONDS.forMax, {
      default: forSeconds,
      description: 'How long it must be so before the alert fires.',
    }),
    keepFiringForSeconds: integer(0, SECONDS.keepFiringMax, {
      default: keepFiringForSeconds,
      description: 'How long it must no longer be so before the alert resolves.',
    }),
    ...Object.fromEntries(limits),
  });
}
