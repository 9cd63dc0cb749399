// What the config and the catalogue say of a rule.

import { ALERT_RULES, type AlertRule, type AlertRuleName, type Config } from '@agentcom/schemas';
import type { RuleTerms } from './evaluate.js';

/** Of a rule that this version does not know: the alerts it left are resolved. */
const UNKNOWN: RuleTerms = { enabled: false, forMs: 0, keepFiringMs: 0, mutedBy: [], mutedIfAllBy: [] };

/** Of what the hub that sees it tells people itself: it may be that nothing can be stored, or that nobody leads. */
export const DIRECT_RULES: ReadonlySet<string> = new Set<AlertRuleName>([
  'JournalUnwritable',
  'NoLeader',
  'JournalRefused',
  'AlertingBlind',
]);

export function termsOf(config: Config, name: string): RuleTerms {
  if (!isRule(name)) return UNKNOWN;
  const { enabled, forSeconds, keepFiringForSeconds } = config.alerts.rules[name];
  const { mutedBy, mutedIfAllBy = [] }: AlertRule = ALERT_RULES[name];
  return { enabled, forMs: forSeconds * 1000, keepFiringMs: keepFiringForSeconds * 1000, mutedBy, mutedIfAllBy };
}

/** Of an alert in the journal: one that a hub tells by itself begins and ends as that hub says. */
export function journaledTermsOf(config: Config, name: string): RuleTerms {
  const terms = termsOf(config, name);
  return DIRECT_RULES.has(name) ? { ...terms, forMs: 0, keepFiringMs: 0 } : terms;
}

export function isRule(name: string): name is AlertRuleName {
  return Object.hasOwn(ALERT_RULES, name);
}
