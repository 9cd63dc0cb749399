// Rules about alerting itself.

import type { ChannelFigures } from '../figures.js';
import { type Finding, firstSubjects, type HubRules, type OrgRules } from './rule.js';
import { at, count, overdue } from './texts.js';

export const metaRules: HubRules = {
  AlertingBlind: ({ figures, now }, { seconds }) => {
    const { evaluatedAt } = figures;
    if (evaluatedAt === undefined || now - evaluatedAt < seconds * 1000) return undefined;
    return {
      value: Math.floor((now - evaluatedAt) / 1000),
      limit: seconds,
      unit: 'seconds',
      subjects: [],
      count: 1,
      why: `The rules have not been evaluated for ${overdue(evaluatedAt, now, seconds * 1000)}, so no other alert can reach you.`,
    };
  },

  ChannelFailing: ({ figures }, { failures }) => channelFailing(figures.channels, undefined, failures),

  Watchdog: () => ({
    value: 1,
    limit: 0,
    unit: 'count',
    subjects: [],
    count: 1,
    why: 'Alerting works. This one always fires, so that its absence shows when it no longer does.',
  }),
};

export const orgMetaRules: OrgRules = {
  ChannelFailing: ({ figures, org }, { failures }) => channelFailing(figures.channels, org, failures),
};

function channelFailing(
  channels: readonly ChannelFigures[],
  org: string | undefined,
  limit: number,
): Finding | undefined {
  const failing = channels.filter((one) => one.org === org && one.failures >= limit).sort((a, b) => a.since - b.since);
  const [worst] = failing;
  if (worst === undefined) return undefined;
  return {
    value: worst.failures,
    limit,
    unit: 'count',
    subjects: firstSubjects(failing, ({ id, name }) => ({ kind: 'channel', id, name })),
    count: failing.length,
    why: `${count(worst.failures, 'send')} through the channel ${worst.name} failed in a row (limit ${limit}), since ${at(worst.since)}.${worst.error === undefined ? '' : ` Lately: ${worst.error}.`}`,
  };
}
