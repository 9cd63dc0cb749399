// One evaluation: what the rules find now, held against the alerts there are. Pure: it decides on copies and returns what happened.

import type { Subject } from '@agentcom/schemas';
import { type Alert, alertKey, type Easing, type Finding, rankOf, subjectKey } from './alert.js';
import { alertAfter, pendingAlert } from './apply.js';
import type { Condition } from './condition.js';
import type { AlertEnd, AlertEvent } from './events.js';
import { type LabelsOf, matches, type Silence, silenceOf } from './silence.js';

/** What the config and the catalogue say of a rule. */
export interface RuleTerms {
  readonly enabled: boolean;
  readonly forMs: number;
  readonly keepFiringMs: number;
  /** Rules that explain it. */
  readonly mutedBy: readonly string[];
  /** Rules that explain it where the condition says so, and are as severe. */
  readonly mutedIfAllBy: readonly string[];
}

export interface Evaluation {
  readonly now: number;
  readonly termsOf: (rule: string) => RuleTerms;
  readonly isGone: (subject: Subject, org: string | undefined) => boolean;
  readonly labelsOf: LabelsOf;
  /** How what it was about ended, unless it was mended. */
  readonly outcomeOf: (alert: Alert) => string | undefined;
  readonly newId: () => string;
}

export interface Evaluated {
  readonly events: readonly AlertEvent[];
  /** There is more to do with the same conditions: evaluate again once these events are applied. */
  readonly more: boolean;
}

/** Few enough that their events fit a batch many times over. */
const EVENTS_MAX = 200;
/** How an alert ended that did not end by itself. */
const ENDINGS: Readonly<Record<Exclude<AlertEnd, 'cleared'>, string>> = {
  subjects_gone: 'What it was about was deleted.',
  disabled: 'Its rule was turned off.',
};
/** What an alert says is brought up to date when it moved by this part, and no more often than this, ms, once people were told. */
const MOVED = 0.1;
const CHANGED_EVERY_MS = 60_000;

export function evaluate(
  open: ReadonlyMap<string, Alert>,
  silences: Iterable<Silence>,
  conditions: readonly Condition[],
  evaluation: Evaluation,
): Evaluated {
  const step = new Step(open, evaluation);
  const found = new Map<string, Condition>();
  for (const condition of conditions) {
    if (evaluation.termsOf(condition.rule).enabled) found.set(alertKey(condition), condition);
  }
  for (const [key, condition] of found) {
    if (step.isFull) return { events: step.events, more: true };
    step.found(key, condition);
  }
  for (const [key, alert] of open) {
    if (step.isFull) return { events: step.events, more: true };
    if (!found.has(key)) step.notFound(alert);
  }
  const kept = [...silences];
  for (const alert of step.alerts()) {
    if (step.isFull) return { events: step.events, more: true };
    step.explain(alert, found.get(alertKey(alert)));
    step.silence(alert, kept);
  }
  step.endSilences(kept);
  return { events: step.events, more: false };
}

class Step {
  readonly events: AlertEvent[] = [];
  readonly #after: Map<string, Alert>;
  readonly #evaluation: Evaluation;

  constructor(open: ReadonlyMap<string, Alert>, evaluation: Evaluation) {
    this.#after = new Map(open);
    this.#evaluation = evaluation;
  }

  get isFull(): boolean {
    return this.events.length >= EVENTS_MAX;
  }

  /** Those that are open, as they are by now. */
  alerts(): Alert[] {
    return [...this.#after.values()];
  }

  found(key: string, condition: Condition): void {
    const alert = this.#after.get(key) ?? this.#begin(condition);
    if (alert.state === 'pending') return this.#foundPending(alert, condition);
    if (condition.direct?.easing !== undefined) return this.#easeAs(alert, condition.direct.easing);
    const difference = rankOf(condition.severity) - rankOf(alert.severity);
    if (difference < 0) {
      const updated = this.#isWorthALine(alert, condition) ? this.#change(alert, condition, alert.severity) : alert;
      return this.#ease(updated, condition);
    }
    if (difference > 0) return void this.#change(alert, condition, condition.severity);
    const whole = alert.easing === undefined ? alert : this.#emit(alert, { type: 'alert.eased', ...on(alert) });
    if (this.#isWorthALine(whole, condition)) this.#change(whole, condition, condition.severity);
  }

  notFound(alert: Alert): void {
    const { org, finding, state } = alert;
    if (state === 'pending') {
      this.events.push({ type: 'alert.dropped', ...on(alert) });
      this.#after.delete(alertKey(alert));
      return;
    }
    if (!this.#termsOf(alert).enabled) return this.#resolve(alert, 'disabled');
    const { subjects, count } = finding;
    const areAllNamed = subjects.length > 0 && subjects.length === count;
    if (areAllNamed && subjects.every((one) => this.#evaluation.isGone(one, org)))
      return this.#resolve(alert, 'subjects_gone');
    this.#ease(alert, undefined);
  }

  /**
   * Whether something explains it that is found at the same time. While it is not found, or nothing is new of what it is about, what explained
   * it last still does, though that may be over.
   */
  explain(alert: Alert, condition: Condition | undefined): void {
    if (alert.state !== 'firing') return;
    const { org, mutedBy: before } = alert;
    const { mutedBy, mutedIfAllBy } = this.#termsOf(alert);
    const wholly = condition === undefined ? [before ?? ''] : (condition.explainedBy ?? []);
    const opened = (rule: string): Alert | undefined =>
      this.#after.get(alertKey({ org, rule })) ?? this.#after.get(alertKey({ org: undefined, rule }));
    const found =
      mutedBy.find((rule) => opened(rule) !== undefined) ??
      mutedIfAllBy.find((rule) => wholly.includes(rule) && rankOf(opened(rule)?.severity) >= rankOf(alert.severity));
    const by = found ?? (hasNothingNew(alert, condition) ? before : undefined);
    const through = found === undefined || condition === undefined ? alert.mutedThrough : this.#knownThrough(condition);
    if (by === before && (by === undefined || through === alert.mutedThrough)) return;
    const muted = by !== undefined && { by, ...(through !== undefined && { through }) };
    this.#emit(alert, { type: 'alert.muted', ...on(alert), ...muted });
  }

  /** More may happen in the same millisecond. */
  #knownThrough({ newestAt }: Condition): number | undefined {
    return newestAt !== undefined && newestAt < this.#evaluation.now ? newestAt : undefined;
  }

  silence(before: Alert, silences: readonly Silence[]): void {
    const alert = this.#after.get(alertKey(before));
    if (alert?.state !== 'firing') return;
    const event = silencing(alert, silences, this.#evaluation.labelsOf);
    if (event !== undefined) this.#emit(alert, event);
  }

  /** Those that were to end with what they match. */
  endSilences(silences: readonly Silence[]): void {
    for (const silence of silences) {
      if (!silence.untilResolved) continue;
      if (this.alerts().some((alert) => matches(silence, alert, this.#evaluation.labelsOf))) continue;
      this.events.push({ type: 'silence.ended', silence: silence.id, org: silence.org, cause: 'resolved' });
    }
  }

  #termsOf({ rule }: Alert): RuleTerms {
    return this.#evaluation.termsOf(rule);
  }

  #begin(condition: Condition): Alert {
    const { org, rule, severity, direct } = condition;
    const event = {
      type: 'alert.pending',
      alert: this.#evaluation.newId(),
      ...(org !== undefined && { org }),
      rule,
      severity,
      ...(direct !== undefined && { since: direct.since }),
      ...findingOf(condition),
    } as const;
    this.events.push(event);
    const alert = pendingAlert(event, this.#evaluation.now);
    this.#after.set(alertKey(alert), alert);
    return alert;
  }

  #foundPending(alert: Alert, condition: Condition): void {
    const isDue = this.#evaluation.now - alert.since >= this.#termsOf(alert).forMs;
    // What people are told is to say how it is by now.
    const isStale = isDue && condition.why !== alert.finding.why;
    const isNews = condition.severity !== alert.severity || isStale || this.#isWorthALine(alert, condition);
    const updated = isNews ? this.#change(alert, condition, condition.severity) : alert;
    if (isDue) this.#emit(updated, { type: 'alert.firing', ...on(alert) });
  }

  /** Less is found than the alert says: it follows once that has lasted. */
  #ease(before: Alert, condition: Condition | undefined): void {
    const { now } = this.#evaluation;
    let alert = before;
    const to = condition?.severity;
    if (alert.easing === undefined || rankOf(to) > rankOf(alert.easing.to)) {
      const easing = { since: alert.easing?.since ?? now, to };
      alert = this.#emit(alert, { type: 'alert.eased', ...on(alert), easing });
    }
    const { easing } = alert;
    if (easing === undefined || now - easing.since < this.#termsOf(alert).keepFiringMs) return;
    if (easing.to === undefined) this.#resolve(alert, 'cleared');
    else this.#change(alert, condition ?? alert.finding, easing.to);
  }

  /** The hub that tells people of it says how near its end it is. */
  #easeAs(alert: Alert, easing: Easing): void {
    if (alert.easing?.since !== easing.since) this.#emit(alert, { type: 'alert.eased', ...on(alert), easing });
  }

  #change(alert: Alert, finding: Finding, severity: Alert['severity']): Alert {
    return this.#emit(alert, { type: 'alert.changed', ...on(alert), severity, ...findingOf(finding) });
  }

  #resolve(alert: Alert, cause: AlertEnd): void {
    const outcome = cause === 'cleared' ? this.#evaluation.outcomeOf(alert) : ENDINGS[cause];
    this.#emit(alert, {
      type: 'alert.resolved',
      ...on(alert),
      cause,
      ...(outcome !== undefined && { outcome }),
    });
    this.#after.delete(alertKey(alert));
    const { told } = alert;
    if (told === undefined) return;
    const notification = this.#evaluation.newId();
    this.events.push({
      type: 'alert.told',
      ...on(alert),
      notification,
      reason: 'resolved',
      escalation: told.escalation,
    });
  }

  /** A text of which only the amounts grew goes on as a value does: with a tenth of the age. */
  #isWorthALine({ finding, told, changedAt, since }: Alert, condition: Condition): boolean {
    const { now } = this.#evaluation;
    const { value, limit, count, subjects, why } = condition;
    const unchangedMs = now - changedAt;
    if (told !== undefined && unchangedMs < CHANGED_EVERY_MS) return false;
    if (now === since) return false;
    if (limit !== finding.limit || hasMoved(finding.value, value) || hasMoved(finding.count, count)) return true;
    const before = new Set(finding.subjects.map(subjectKey));
    if (before.size !== subjects.length || subjects.some((one) => !before.has(subjectKey(one)))) return true;
    if (why === finding.why || unchangedMs < CHANGED_EVERY_MS) return false;
    return withoutAmounts(why) !== withoutAmounts(finding.why) || unchangedMs >= (now - since) * MOVED;
  }

  #emit(alert: Alert, event: Parameters<typeof alertAfter>[1]): Alert {
    this.events.push(event);
    const after = alertAfter(alert, event, this.#evaluation.now);
    this.#after.set(alertKey(after), after);
    return after;
  }
}

/** What becomes of a firing alert by the silences there are; undefined when nothing does. */
export function silencing(
  alert: Alert,
  silences: Iterable<Silence>,
  labelsOf: LabelsOf,
): (AlertEvent & { readonly type: 'alert.silenced' }) | undefined {
  const silence = silenceOf(silences, alert, labelsOf);
  if (silence === alert.silenced) return undefined;
  return { type: 'alert.silenced', ...on(alert), ...(silence !== undefined && { silence }) };
}

export function on({ id, org }: Alert): { readonly alert: string; readonly org?: string } {
  return { alert: id, ...(org !== undefined && { org }) };
}

function hasNothingNew({ mutedThrough }: Alert, condition: Condition | undefined): boolean {
  if (mutedThrough === undefined) return false;
  return condition === undefined || (condition.newestAt !== undefined && condition.newestAt <= mutedThrough);
}

function findingOf({ value, limit, unit, subjects, count, why, code }: Finding): Finding {
  const optional = { ...(unit !== undefined && { unit }), ...(code !== undefined && { code }) };
  return { value, limit, subjects, count, why, ...optional };
}

function hasMoved(before: number, after: number): boolean {
  return Math.abs(after - before) >= Math.abs(before) * MOVED && after !== before;
}

/** Names, codes and points in time are left. */
function withoutAmounts(why: string): string {
  return why.replaceAll(/(?<![\w.:/-])\d+(?:\.\d+)?(?![\w:/-]|\.\d)/g, '');
}
