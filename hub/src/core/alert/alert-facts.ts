// What an alert has of what queries ask for.

import type { Facts } from '@agentcom/schemas';
import type { Alert } from './alert.js';

export const alertFacts: Facts<Alert> = {
  words: (alert, key) => {
    switch (key) {
      case 'state':
        return [alert.state];
      case 'severity':
        return [alert.severity];
      case 'rule':
        return [alert.rule];
      case 'is':
        return flagsOf(alert);
      case 'subject':
        return alert.finding.subjects.flatMap(({ id, name }) => [id, name]);
      default:
        return [];
    }
  },
  amount: ({ finding, since }, key, now) => (key === 'count' ? finding.count : key === 'age' ? now - since : undefined),
  text: ({ rule, finding }) => `${rule} ${finding.why}`,
};

function flagsOf({ acknowledged, silenced, mutedBy, noise }: Alert): readonly string[] {
  const flags: Readonly<Record<string, unknown>> = { acknowledged, silenced, muted: mutedBy, noise };
  return Object.keys(flags).filter((flag) => flags[flag] !== undefined);
}
