// An alert: what became of one rule in one organisation from the moment it was found to be so until it was no longer.
//
//    condition                   held for `for`                      gone for `keepFiringFor`
//   ──────────►  pending  ─────────────────────►  firing  ──────────────────────────────────────►  resolved
//                   │ condition gone                 │ all subjects deleted, or the rule turned off     ▲
//                   ▼                                └────────────────────────────────────────────────┘
//               (forgotten)
//
// Beside that a firing alert is acknowledged (until resolved), silenced (by a silence that matches it) or muted (by an alert that explains it).

import type { AlertState, NoiseReason, Severity, Subject } from '@agentcom/schemas';
import type { Condition } from './condition.js';

/** What was found at one moment. */
export type Finding = Pick<Condition, 'value' | 'limit' | 'unit' | 'subjects' | 'count' | 'why' | 'code'>;

export interface Acknowledgement {
  readonly by: string;
  readonly at: number;
  readonly note?: string;
}

export interface Noise {
  readonly by: string;
  readonly at: number;
  readonly reason: NoiseReason;
  readonly note?: string;
}

/** Since when less has been found than the alert says, and the worst found since then; `to` is undefined while nothing is found. */
export interface Easing {
  readonly since: number;
  readonly to: Severity | undefined;
}

/** What people were told of an alert. */
export interface Told {
  readonly at: number;
  readonly severity: Severity;
  readonly count: number;
  /** The subjects that were named so far, as `kind:id`; no more than `TOLD_SUBJECTS`. */
  readonly subjects: readonly string[];
  /** Since when it is a page, if it is one. */
  readonly pagedAt?: number;
  readonly escalation: number;
  readonly escalatedAt?: number;
}

/** Never changed in place: each event leads to another one. Times are in ms. */
export interface Alert {
  readonly id: string;
  readonly rule: string;
  /** Undefined for what concerns the hub itself. */
  readonly org: string | undefined;
  readonly state: AlertState;
  readonly severity: Severity;
  readonly finding: Finding;
  /** The worst value so far. */
  readonly peak: number;
  /** Since when it is so. */
  readonly since: number;
  readonly firingSince?: number;
  readonly resolvedAt?: number;
  /** How it ended, unless what it was about was mended. */
  readonly outcome?: string;
  /** When `finding` was last changed. */
  readonly changedAt: number;
  /** When it last became worse: pending, firing, or of a higher severity. */
  readonly raisedAt: number;
  readonly easing?: Easing;
  readonly acknowledged?: Acknowledgement;
  readonly mutedBy?: string;
  /** What had happened by then was explained by that rule. */
  readonly mutedThrough?: number;
  /** Id of the silence. */
  readonly silenced?: string;
  readonly noise?: Noise;
  readonly told?: Told;
}

/** At most one alert that is not resolved has it. */
export function alertKey({ org = '', rule }: { readonly org: string | undefined; readonly rule: string }): string {
  return `${org}/${rule}`;
}

export function subjectKey({ kind, id }: Pick<Subject, 'kind' | 'id'>): string {
  return `${kind}:${id}`;
}

const RANKS: Readonly<Record<Severity, number>> = { info: 1, warn: 2, page: 3 };

/** Higher is worse; 0 is nothing at all. */
export function rankOf(severity: Severity | undefined): number {
  return severity === undefined ? 0 : RANKS[severity];
}

/** Of two values of a rule, the one further past the limit. */
export function worse(a: number, b: number, isBelow: boolean): number {
  return isBelow ? Math.min(a, b) : Math.max(a, b);
}

/** Whether the rule fires below its limit, as for free space. */
export function firesBelow({ value, limit }: Pick<Finding, 'value' | 'limit'>): boolean {
  return value < limit;
}
