// Changes of the config. Each value arrives within its own bounds; what two of them must not be together is refused here.

import { type Config, type ConfigOverrides, configWith, type ErrorDetail } from '@agentcom/schemas';
import { canonicalJson } from '../canonical.js';
import type { DecisionTable } from '../decision.js';
import { isTimeZone } from '../limit/windows.js';
import { Refusal } from '../refusal.js';
import { mergePatch } from './merge-patch.js';

export const configDecisions: DecisionTable<'config.patch'> = {
  'config.patch': (decision, { patch, ifVersion, by }) => {
    const { version, overrides } = decision.state.config;
    if (ifVersion !== undefined && ifVersion !== version) {
      return new Refusal('config.version_conflict', `the config is at version ${version}, not ${ifVersion}`);
    }
    const next = (mergePatch(overrides, patch) ?? {}) as ConfigOverrides;
    const { tasks, spending } = configWith(next);
    const details = contradictions(tasks);
    if (details.length > 0) return new Refusal('request.invalid', 'these values contradict each other', details);
    if (!isTimeZone(spending.timeZone)) {
      const message = 'must be the name of a time zone such as Europe/Berlin';
      return new Refusal('request.invalid', `spending.timeZone ${message}`, [{ path: '/spending/timeZone', message }]);
    }
    if (canonicalJson(next) === canonicalJson(overrides)) return { version };
    decision.emit({ type: 'config.changed', version: version + 1, overrides: next, by });
    return { version: version + 1 };
  },
};

function contradictions(tasks: Config['tasks']): ErrorDetail[] {
  const { retryBaseSeconds, retryCapSeconds, passOverBaseSeconds, passOverCapSeconds } = tasks;
  return [
    ...within('retryBaseSeconds', retryBaseSeconds, 'retryCapSeconds', retryCapSeconds),
    ...within('passOverBaseSeconds', passOverBaseSeconds, 'passOverCapSeconds', passOverCapSeconds),
  ];
}

function within(base: string, value: number, cap: string, most: number): ErrorDetail[] {
  if (value <= most) return [];
  return [{ path: `/tasks/${base}`, message: `must be at most tasks.${cap}, which is ${most}` }];
}
