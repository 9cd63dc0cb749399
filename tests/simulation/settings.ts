// The config of a simulated installation: times and limits so short that all of them run out within one run.

import type { ConfigPatch } from '@agentcom/schemas';

export const CONFIG: ConfigPatch = {
  tasks: {
    acceptTimeoutSeconds: 8,
    runTimeoutSeconds: 60,
    blockedTimeoutSeconds: 40,
    offlineGraceSeconds: 20,
    stopGraceSeconds: 10,
    agingStepSeconds: 20,
    maxOffers: 8,
    retryBaseSeconds: 1,
    retryCapSeconds: 10,
    passOverBaseSeconds: 1,
    passOverCapSeconds: 8,
  },
  spending: { estimateTokens: 60 },
  alerts: {
    evaluateSeconds: 5,
    rules: {
      AgentOffline: { forSeconds: 20 },
      TaskStuck: { keepFiringForSeconds: 5 },
      AgentsLost: { forSeconds: 10, keepFiringForSeconds: 0 },
      QueueWaitHigh: { keepFiringForSeconds: 15 },
    },
  },
};

/** It is told of everything. */
export const CHANNEL = { channel: 'channel-1', kind: 'ntfy', name: 'everything', settings: 'sealed' } as const;

export const ORG = 'default';
