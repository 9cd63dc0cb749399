// Rules about the process of the hub.

import type { HubRules } from './rule.js';
import { bytes, percentOf, span } from './texts.js';

const HUB = { subjects: [], count: 1 } as const;

export const processRules: HubRules = {
  HubBusy: ({ figures }, { refusedPercent, minimumRequests }) => {
    const recent = figures.requests?.fiveMinutes;
    if (recent === undefined || recent.all < minimumRequests) return undefined;
    const percent = percentOf(recent.busy, recent.all);
    if (percent <= refusedPercent) return undefined;
    return {
      ...HUB,
      value: percent,
      limit: refusedPercent,
      unit: 'percent',
      why: `${recent.busy} of ${recent.all} requests in the last 5 min were told to retry because the hub was busy: ${percent} % (limit ${refusedPercent} %). More is asked of it than it can do.`,
    };
  },

  EventLoopSlow: ({ figures }, { lagMs }) => {
    const { eventLoopP99Ms: ms } = figures;
    if (ms === undefined || ms <= lagMs) return undefined;
    return {
      ...HUB,
      value: Math.round(ms),
      limit: lagMs,
      unit: 'ms',
      why: `One wait in a hundred for the event loop of the hub takes ${span(ms)} or longer, and the limit is ${span(lagMs)}. The machine is overloaded, or the hub has too much to do.`,
    };
  },

  MemoryHigh: ({ figures, state }, { heapPercent }) => {
    const { heap } = figures;
    if (heap === undefined) return undefined;
    const percent = percentOf(heap.usedBytes, heap.limitBytes);
    if (percent <= heapPercent) return undefined;
    return {
      ...HUB,
      value: percent,
      limit: heapPercent,
      unit: 'percent',
      why: `The heap of the hub holds ${bytes(heap.usedBytes)} of ${bytes(heap.limitBytes)}: ${percent} % (limit ${heapPercent} %). ${state.tasks.size} tasks are in memory, ${state.finished.size} of them finished.`,
    };
  },
};
