// What the catalogue says of a rule.

import type { Severity } from '../notification.js';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
export const SECONDS = { minute: MINUTE, hour: 60 * MINUTE, day: DAY, forMax: 7 * DAY, keepFiringMax: DAY } as const;

/** A limit of a rule, as the config has it. */
export interface Threshold {
  readonly byDefault: number;
  readonly minimum: number;
  readonly maximum: number;
  /** One sentence. */
  readonly help: string;
}

export interface AlertRule {
  readonly severity: Severity;
  /** How long it must be so before the alert fires. */
  readonly forSeconds: number;
  /** How long it must no longer be so before the alert resolves. */
  readonly keepFiringForSeconds: number;
  readonly thresholds: Readonly<Record<string, Threshold>>;
  /** Rules that explain this one: while one of them fires, this one is shown as muted and notifies nobody. */
  readonly mutedBy: readonly string[];
  /** Rules that explain it only where all of it comes from what they are about; they mute it then, unless they are less severe. */
  readonly mutedIfAllBy?: readonly string[];
  /** What it means, in one sentence. */
  readonly meaning: string;
  /** The one thing to do first. */
  readonly next: string;
}

export function threshold(help: string, byDefault: number, minimum: number, maximum: number): Threshold {
  return { byDefault, minimum, maximum, help };
}

/** A length of time up to a week, or up to `maximum` seconds. */
export function seconds(help: string, byDefault: number, maximum: number = SECONDS.forMax): Threshold {
  return threshold(help, byDefault, 1, maximum);
}

export function percent(help: string, byDefault: number): Threshold {
  return threshold(help, byDefault, 1, 100);
}

/** Within what the hub remembers of the recent past. */
export function minutes(help: string, byDefault: number): Threshold {
  return threshold(help, byDefault, 1, 60);
}
