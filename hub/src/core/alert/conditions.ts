// Evaluates every rule: what is so now, at most once for each organisation and rule. Pure, and off counters and indexes, so that it costs
// little however many tasks there are.

import type { AlertRuleName, AlertRulesConfig, Config, Severity } from '@agentcom/schemas';
import type { State } from '../state.js';
import type { Condition } from './condition.js';
import type { HubFigures } from './figures.js';
import { agentRules } from './rules/agents.js';
import { apiRules, orgApiRules } from './rules/api.js';
import { attemptRules } from './rules/attempts.js';
import { takeCensus } from './rules/census.js';
import { journalRules } from './rules/journal.js';
import { countLanes } from './rules/lanes.js';
import { metaRules, orgMetaRules } from './rules/meta.js';
import { processRules } from './rules/process.js';
import { providerRules } from './rules/provider.js';
import { queueRules } from './rules/queue.js';
import type { Finding, HubLook, HubRules, OrgLook, OrgRules } from './rules/rule.js';
import { Servables } from './rules/servable.js';
import { spendingRules } from './rules/spending.js';
import { taskRules } from './rules/tasks.js';
import { DIRECT_RULES } from './terms.js';

const ORG_RULES: OrgRules = {
  ...queueRules,
  ...taskRules,
  ...attemptRules,
  ...agentRules,
  ...providerRules,
  ...spendingRules,
  ...orgApiRules,
  ...orgMetaRules,
};
const HUB_RULES: HubRules = { ...journalRules, ...processRules, ...apiRules, ...metaRules };
const DIRECT: HubRules = Object.fromEntries(Object.entries(HUB_RULES).filter(([name]) => DIRECT_RULES.has(name)));

type Evaluate<Look> = (look: Look, config: AlertRulesConfig[AlertRuleName]) => Finding | undefined;

/** `now` is the hub's own time, ms. */
export function conditionsOf(figures: HubFigures, state: State, { alerts }: Config, now: number): Condition[] {
  const { rules } = alerts;
  const look = lookAt(figures, state, rules, now);
  const conditions = evaluateAll(HUB_RULES, look, rules, undefined);
  for (const org of new Set([...state.agentsByOrg.keys(), ...state.taskIndex.orgs(), ...state.orgs.keys()])) {
    conditions.push(...evaluateAll(ORG_RULES, lookAtOrg(look, org), rules, org));
  }
  return conditions;
}

/** Of the rules alone that cannot wait for the journal. */
export function directConditionsOf(figures: HubFigures, state: State, { alerts }: Config, now: number): Condition[] {
  const { rules } = alerts;
  return evaluateAll(DIRECT, lookAt(figures, state, rules, now), rules, undefined);
}

function lookAt(figures: HubFigures, state: State, rules: AlertRulesConfig, now: number): HubLook {
  const limitMs = rules.ClockSkew.skewSeconds * 1000;
  const skewedMs = once(() => new Map([...figures.clockSkewMs].filter(([, ms]) => Math.abs(ms) >= limitMs)));
  return { state, figures, rules, now, skewedMs };
}

function lookAtOrg(hub: HubLook, org: string): OrgLook {
  const activity = hub.state.activity.of(org);
  const census = takeCensus(hub.state, org);
  const servables = new Servables({ state: hub.state, org, census });
  const look = { ...hub, org, activity, census, servables };
  return { ...look, lanes: once(() => countLanes(look)) };
}

/** What several rules ask for is looked up when the first does. */
function once<T>(look: () => T): () => T {
  let found: { readonly value: T } | undefined;
  return () => {
    found ??= { value: look() };
    return found.value;
  };
}

function evaluateAll<Look>(
  table: OrgRules | HubRules,
  look: Look,
  rules: AlertRulesConfig,
  org: string | undefined,
): Condition[] {
  const conditions: Condition[] = [];
  for (const [name, evaluate] of Object.entries(table) as [AlertRuleName, Evaluate<Look>][]) {
    const config = rules[name];
    const finding = config.enabled ? evaluate(look, config) : undefined;
    if (finding !== undefined) conditions.push({ ...finding, rule: name, org, severity: severityOf(finding, config) });
  }
  return conditions;
}

function severityOf({ severity }: Finding, config: { readonly severity: Severity }): Severity {
  return severity ?? config.severity;
}
