// The core's times and limits, shortened so that all of them run out within one simulated run.

import { defaultSettings, type Settings } from '@agentcom/hub/core/settings';

export const SETTINGS: Settings = {
  ...defaultSettings,
  acceptTimeoutMs: 8_000,
  runTimeoutMs: 60_000,
  blockedTimeoutMs: 40_000,
  offlineGraceMs: 20_000,
  stopGraceMs: 10_000,
  agingStepMs: 20_000,
  maxOffers: 8,
  retryBaseMs: 1_000,
  retryCapMs: 10_000,
  passOverBaseMs: 1_000,
  passOverCapMs: 8_000,
};

export const ORG = 'default';
