// All rules, for whoever needs what they say and no schema of them.

import { AGENT_RULES, PROVIDER_RULES, SPENDING_RULES } from './agents.js';
import { ATTEMPT_RULES } from './attempts.js';
import { API_RULES, JOURNAL_RULES, META_RULES, PROCESS_RULES } from './hub.js';
import { QUEUE_RULES } from './queue.js';

export const ALERT_RULES = {
  ...QUEUE_RULES,
  ...ATTEMPT_RULES,
  ...AGENT_RULES,
  ...PROVIDER_RULES,
  ...SPENDING_RULES,
  ...JOURNAL_RULES,
  ...PROCESS_RULES,
  ...API_RULES,
  ...META_RULES,
};
export type AlertRuleName = keyof typeof ALERT_RULES;
