// The hub's settings, in the units that the core reckons in.

import type { HubSettings } from '@agentcom/schemas';
import type { Settings } from './core/settings.js';

export function coreSettings(hub: HubSettings): Settings {
  return {
    acceptTimeoutMs: hub.acceptTimeoutSeconds * 1000,
    runTimeoutMs: hub.runTimeoutSeconds * 1000,
    blockedTimeoutMs: hub.blockedTimeoutSeconds * 1000,
    offlineGraceMs: hub.offlineGraceSeconds * 1000,
    stopGraceMs: hub.stopGraceSeconds * 1000,
    agingStepMs: hub.agingStepSeconds * 1000,
    maxOffers: hub.maxOffers,
    maxAttempts: hub.maxAttempts,
    retryBaseMs: hub.retryBaseSeconds * 1000,
    retryCapMs: hub.retryCapSeconds * 1000,
    passOverBaseMs: hub.passOverBaseSeconds * 1000,
    passOverCapMs: hub.passOverCapSeconds * 1000,
    retentionMs: hub.retentionSeconds * 1000,
    retentionTasks: hub.retentionTasks,
    idempotencyMs: hub.idempotencySeconds * 1000,
  };
}
