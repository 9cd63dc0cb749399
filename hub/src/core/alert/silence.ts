// A silence: alerts that it matches are shown and tell nobody, until it ends.

import type { Severity, Subject } from '@agentcom/schemas';
import { type Alert, subjectKey } from './alert.js';
import { CONDITION_SUBJECTS } from './condition.js';

/** All of them must fit; at least one is there. */
export interface Matchers {
  readonly rule?: string;
  readonly severity?: Severity;
  /** Everything that the alert is about is this. */
  readonly subject?: Pick<Subject, 'kind' | 'id'>;
  /** Every task that the alert is about has this label. */
  readonly label?: { readonly name: string; readonly value: string };
}

export interface Silence {
  readonly id: string;
  readonly org: string;
  /** Whether it also matches what concerns the hub itself. */
  readonly ofHub: boolean;
  readonly matchers: Matchers;
  readonly reason: string;
  readonly by: string;
  readonly createdAt: number;
  readonly endsAt: number;
  /** It ends with the last alert that it matches, if that is before `endsAt`. */
  readonly untilResolved: boolean;
}

export type LabelsOf = (subject: Subject) => Readonly<Record<string, string>> | undefined;

export function matches(
  silence: Pick<Silence, 'org' | 'ofHub' | 'matchers'>,
  alert: Alert,
  labelsOf: LabelsOf,
): boolean {
  const { matchers, org, ofHub } = silence;
  const { rule, severity, subject, label } = matchers;
  if (alert.org === undefined ? !ofHub : alert.org !== org) return false;
  if (rule !== undefined && rule !== alert.rule) return false;
  if (severity !== undefined && severity !== alert.severity) return false;
  if (subject === undefined && label === undefined) return true;
  const { subjects, count } = alert.finding;
  // Of more subjects than are named nobody can say what they are.
  if (subjects.length === 0 || count > CONDITION_SUBJECTS) return false;
  return subjects.every(
    (one) =>
      (subject === undefined || subjectKey(subject) === subjectKey(one)) &&
      (label === undefined || labelsOf(one)?.[label.name] === label.value),
  );
}

/** The first of `silences` that matches. */
export function silenceOf(silences: Iterable<Silence>, alert: Alert, labelsOf: LabelsOf): string | undefined {
  for (const silence of silences) if (matches(silence, alert, labelsOf)) return silence.id;
  return undefined;
}
