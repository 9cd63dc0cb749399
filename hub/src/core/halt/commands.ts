// What can be asked about halts.

import type { HaltStrength } from '@agentcom/schemas';
import type { HaltScope } from './halt.js';
import type { HaltReach } from './reach.js';

/** With `ofHub` the caller is of the organisation that runs the hub. */
interface Asked {
  readonly org: string;
  readonly ofHub: boolean;
  readonly by: string;
}

export interface HaltCommands {
  'halt.create': Asked & {
    readonly scope: HaltScope;
    readonly strength: HaltStrength;
    readonly reason: string;
    /** Wall time, ms. */
    readonly until?: number;
  };
  'halt.end': Asked & { readonly halt: string };
}

export interface HaltReplies {
  /** The one that was in force already, if the same was halted as strongly. */
  'halt.create': { readonly halt: string; readonly reach: HaltReach };
  'halt.end': Record<never, never>;
}
