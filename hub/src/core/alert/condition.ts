// What a rule finds to be so at one moment: at most one finding an organisation and rule, however many subjects it concerns.

import type { Severity, Subject } from '@agentcom/schemas';
import type { Easing } from './alert.js';

/** Of how many subjects a condition names; `count` says how many there are. */
export const CONDITION_SUBJECTS = 20;

/** What was found by a hub that keeps the alert in its memory: the one in the journal is to be as old, and as near its end. */
export interface DirectFinding {
  readonly since: number;
  readonly easing?: Easing;
}

export interface Condition {
  readonly rule: string;
  /** Undefined for what concerns the hub itself. */
  readonly org: string | undefined;
  readonly severity: Severity;
  /** What was measured, and the limit that it passed, both in `unit`. */
  readonly value: number;
  readonly limit: number;
  readonly unit?: 'ms' | 'seconds' | 'bytes' | 'percent' | 'count';
  /** The worst first, at most `CONDITION_SUBJECTS`. */
  readonly subjects: readonly Subject[];
  readonly count: number;
  /** The likely cause in a sentence or two; no text of a task. */
  readonly why: string;
  /** The leading code of what failed, if one does. */
  readonly code?: string;
  /** Of the rules that mute it only where they explain all of it, those of which that is so now. */
  readonly explainedBy?: readonly string[];
  /** When the newest of what it is about happened, ms: while nothing is newer, what explained it all goes on explaining it. */
  readonly newestAt?: number;
  readonly direct?: DirectFinding;
}
