// What can be asked about alerts.

import type { NoiseReason } from '@agentcom/schemas';
import type { Condition } from './condition.js';
import type { Matchers } from './silence.js';

/** Whose alerts the caller sees: those of `org`, and with `ofHub` those of the hub itself. */
interface Asked {
  readonly org: string;
  readonly ofHub: boolean;
  readonly by: string;
}

export interface AlertCommands {
  /** All that the rules find at this moment. */
  'alerts.evaluate': { readonly conditions: readonly Condition[] };
  'alert.acknowledge': Asked & { readonly alert: string; readonly note?: string };
  'alert.mark_noise': Asked & { readonly alert: string; readonly reason: NoiseReason; readonly note?: string };
  'silence.create': Asked & {
    readonly matchers: Matchers;
    readonly reason: string;
    readonly ttlMs: number;
    /** It ends earlier with the last alert that it matches. */
    readonly untilResolved: boolean;
  };
  'silence.remove': Asked & { readonly silence: string };
}

export interface AlertReplies {
  /** `more`: evaluate the same again, there was too much for one decision. */
  'alerts.evaluate': { readonly more: boolean };
  'alert.acknowledge': Record<never, never>;
  'alert.mark_noise': Record<never, never>;
  'silence.create': { readonly silence: string };
  'silence.remove': Record<never, never>;
}
