// What happens to halts. What they stop are events of tasks.

import type { HaltStrength } from '@agentcom/schemas';
import type { HaltScope } from './halt.js';

export type HaltEvent =
  | {
      readonly type: 'halt.created';
      readonly halt: string;
      readonly scope: HaltScope;
      /** Whose work it holds back; absent: everybody's. */
      readonly org?: string;
      /** The organisation of whoever halted. */
      readonly owner: string;
      readonly strength: HaltStrength;
      readonly reason: string;
      readonly by: string;
      /** Wall time, ms. */
      readonly until?: number;
    }
  /** Halted again: what is said now counts. Without `until` it has no end any more. */
  | {
      readonly type: 'halt.changed';
      readonly halt: string;
      readonly org?: string;
      readonly reason: string;
      readonly by: string;
      readonly until?: number;
    }
  | {
      readonly type: 'halt.ended';
      readonly halt: string;
      readonly org?: string;
      readonly cause: 'lifted' | 'expired';
      readonly by?: string;
    };
