// What waits for one channel, and which of it goes out next. Decides only: time, chance and what a provider answered come in.
//
//   given ──► queued ──sent──► sent
//     │         │  ▲──────┐
//     │      failed    replayed
//     │         ▼         │
//     │     retrying ──refused, or a day is over──► dead
//     └─ a newer state of the group, nobody to tell any more ──► skipped

import { type Backoff, jitteredBackoffMs } from '@agentcom/schemas';
import { type ChannelManifest, type Outcome, REF_CHARS_MAX } from '../channels/channel.js';
import type { Channel, FailingChannel, NotifyPorts } from '../ports.js';
import { quietUntil } from './quiet-hours.js';
import { type DeliveryRecord, dead, finished, givenUp, isPage, isPending, retrying } from './records.js';

const RETRY: Backoff = { baseMs: 5_000, capMs: 3_600_000 };
/** Full jitter may choose no wait at all. */
const RETRY_MS_MIN = 1_000;
const TRIED_FOR_MS = 24 * 3_600_000;
const DIGEST_MS = 15 * 60_000;
/** More than so many at once that are no pages go out as one. */
const BURST = 5;
const DIGEST_ITEMS_MAX = 100;
const PENDING_MAX = 1_000;
const GROUPS_MAX = 5_000;
/** How soon a channel that takes nothing right now is looked at again. */
const LOOK_AGAIN_MS = 60_000;

/** What says that something is over waits so long while it is so again. */
const HELD_MS = 5_000;

export type Step =
  | { readonly kind: 'idle' }
  | { readonly kind: 'wait'; readonly until: number }
  /** Nobody is told any more. */
  | { readonly kind: 'drop'; readonly changed: readonly DeliveryRecord[] }
  /** One, or several in one message. */
  | { readonly kind: 'send'; readonly batch: readonly DeliveryRecord[]; readonly ref: string | undefined };

export class ChannelQueue {
  /** In the order in which they were given; the newest of a group, nothing else of it. */
  readonly #pending = new Map<string, DeliveryRecord>();
  /** Groups that were told and are not over, and what the provider calls their message. */
  readonly #open = new Map<string, { readonly told: 'alone' | 'together'; readonly ref: string | undefined }>();
  /** Of open groups and of those that closed: the newest that was sent. */
  readonly #sentOrder = new Map<string, number>();
  #pausedUntil = 0;
  #failingSince: number | undefined;
  #failures = 0;
  #failure: string | undefined;

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  get failing(): Omit<FailingChannel, 'channel'> | undefined {
    if (this.#failingSince === undefined) return undefined;
    return { since: this.#failingSince, failures: this.#failures, why: this.#failure };
  }

  /** What was stored, in its order; answers what a newer one has replaced since. */
  restore(record: DeliveryRecord, now: number): readonly DeliveryRecord[] {
    if (record.state === 'sent') {
      this.#remember(record.group, record.open, record.ref, record.order);
      this.#failingSince = undefined;
      this.#failures = 0;
      return [];
    }
    if (record.attempts > 0 && record.state !== 'skipped') {
      this.#failingSince = Math.min(this.#failingSince ?? record.givenAt, record.givenAt);
      this.#failures = Math.max(this.#failures, record.attempts);
      this.#failure = record.why;
    }
    return isPending(record) && record.delivery !== undefined ? this.add(record, now) : [];
  }

  /** Takes one that is durable; answers what changed by it. */
  add(given: DeliveryRecord, now: number): readonly DeliveryRecord[] {
    if (this.isOutdated(given)) return [finished(given, 'skipped', now, { why: REPLACED })];
    const changed: DeliveryRecord[] = [];
    let record = given;
    const older = [...this.#pending.values()].find(({ group }) => group === record.group);
    if (older !== undefined && older.id !== record.id) {
      this.#pending.delete(older.id);
      changed.push(finished(older, 'skipped', now, { why: REPLACED }));
      const isTried = older.attempts > 0 || older.isTried === true;
      const isUntold = !isTried && isClosing(record) && !this.#open.has(record.group);
      const waitsSince = Math.min(older.waitsSince, record.waitsSince);
      record = { ...record, waitsSince, ...(isTried && { isTried }), ...(isUntold && { isUntold }) };
    }
    this.#pending.set(record.id, record);
    if (this.#pending.size > PENDING_MAX) changed.push(this.#overflow(now));
    return changed;
  }

  /** What is to be done now. What is to be sent stays here until `settle` says how it went. */
  next(
    now: number,
    channel: Channel | undefined,
    manifest: ChannelManifest | undefined,
    isSoAgain: NotifyPorts['isSoAgain'],
  ): Step {
    if (this.#pending.size === 0) return { kind: 'idle' };
    if (channel === undefined || manifest === undefined) return this.#dropAll(now, 'the channel was removed');
    if (channel.isDisabled) return { kind: 'wait', until: now + LOOK_AGAIN_MS };
    const untold = [...this.#pending.values()].filter(({ isUntold, attempts }) => isUntold === true && attempts === 0);
    if (untold.length > 0) return { kind: 'drop', changed: untold.map((one) => this.#drop(one, now, SOLVED)) };
    const held = this.#held(isSoAgain);
    const dueAt = this.#dueTimes(now, channel, manifest, held);
    const due = [...this.#pending.values()].filter(({ id }) => (dueAt.get(id) ?? 0) <= now).sort(byUrgency);
    const [first] = due;
    if (first === undefined) return { kind: 'wait', until: Math.min(...dueAt.values()) };
    const batch = isPage(first) || !manifest.takesDigests ? [first] : this.#together(first, due, held, manifest);
    return { kind: 'send', batch, ref: batch.length === 1 ? this.refOf(first.group) : undefined };
  }

  /** How a try went that `next` had asked for. Answers what changed; what was replaced meanwhile stays replaced. */
  settle(
    batch: readonly DeliveryRecord[],
    outcome: Outcome,
    now: number,
    random: number,
    gapMs: number,
  ): readonly DeliveryRecord[] {
    this.#pausedUntil = Math.max(this.#pausedUntil, now + gapMs);
    if (outcome.kind === 'sent') {
      this.#failingSince = undefined;
      this.#failures = 0;
    } else {
      this.#failingSince ??= now;
      this.#failures += 1;
      this.#failure = outcome.why;
    }
    if (outcome.kind === 'retry' && outcome.afterMs !== undefined)
      this.#pausedUntil = Math.max(this.#pausedUntil, now + outcome.afterMs);
    if (outcome.kind === 'gone') this.#pausedUntil = Math.max(this.#pausedUntil, now + LOOK_AGAIN_MS);
    return batch.map((one) => this.#settled(one, outcome, now, random, batch.length === 1));
  }

  /** One makes room, and is not sent. */
  giveUp({ id }: DeliveryRecord): void {
    this.#pending.delete(id);
  }

  /** A message that went out past the queue. */
  sentDirectly(group: string, isOpen: boolean, ref: string | undefined): void {
    this.#remember(group, isOpen ? 'alone' : undefined, ref, this.#sentOrder.get(group) ?? 0);
  }

  refOf(group: string): string | undefined {
    return this.#open.get(group)?.ref;
  }

  /** Whether a newer state of its group was sent or waits. */
  isOutdated({ group, order }: DeliveryRecord): boolean {
    const newer = (other: DeliveryRecord) => other.group === group && other.order > order;
    return (this.#sentOrder.get(group) ?? 0) > order || [...this.#pending.values()].some(newer);
  }

  #settled(sent: DeliveryRecord, outcome: Outcome, now: number, random: number, isAlone: boolean): DeliveryRecord {
    // What changed since is what the record says besides.
    const record = { ...(this.#pending.get(sent.id) ?? sent), attempts: sent.attempts + 1 };
    if (outcome.kind === 'sent') {
      const open = isClosing(sent) ? undefined : isAlone ? 'alone' : 'together';
      const ref = isAlone && (outcome.ref?.length ?? 0) <= REF_CHARS_MAX ? outcome.ref : undefined;
      this.#pending.delete(sent.id);
      this.#remember(sent.group, open, ref, sent.order);
      for (const newer of this.#pending.values()) if (newer.group === sent.group) this.#tell(newer);
      return finished(record, 'sent', now, {
        ...(open !== undefined && { open }),
        ...(open !== undefined && ref !== undefined && { ref }),
      });
    }
    if (!this.#pending.has(sent.id)) {
      const newer = [...this.#pending.values()].filter(({ group }) => group === sent.group);
      // The provider may have taken it all the same.
      for (const one of newer) this.#tell(one);
      return newer.length > 0 ? finished(record, 'skipped', now, { why: REPLACED }) : givenUp(record, now, outcome.why);
    }
    this.#pending.delete(sent.id);
    if (outcome.kind !== 'retry') return dead(record, now, outcome.why);
    const waitMs = jitteredBackoffMs(RETRY, record.attempts, random);
    const nextAt = now + Math.max(RETRY_MS_MIN, outcome.afterMs ?? 0, waitMs);
    if (nextAt > record.givenAt + TRIED_FOR_MS) return dead(record, now, `gave up after a day: ${outcome.why}`);
    const later = retrying(record, now, outcome.why, nextAt);
    this.#pending.set(later.id, later);
    return later;
  }

  #tell(record: DeliveryRecord): void {
    const { isUntold: _wasUntold, ...told } = record;
    this.#pending.set(record.id, { ...told, isTried: true });
  }

  /** Ids of what says that something is over which is so again. */
  #held(isSoAgain: NotifyPorts['isSoAgain']): ReadonlySet<string> {
    const held = [...this.#pending.values()].filter(
      ({ delivery }) => delivery?.notification.state === 'closed' && isSoAgain(delivery.notification),
    );
    return new Set(held.map(({ id }) => id));
  }

  /** Page, info in a digest, quiet hours, a closing of what is so again, a pause that the provider asked for. */
  #dueTimes(
    now: number,
    { quietHours }: Channel,
    manifest: ChannelManifest,
    held: ReadonlySet<string>,
  ): ReadonlyMap<string, number> {
    const quietEnd = quietHours === undefined ? undefined : quietUntil(now, quietHours);
    const due = new Map<string, number>();
    for (const record of this.#pending.values()) {
      const digestAt = this.#isForDigest(record, manifest) ? record.waitsSince + DIGEST_MS : 0;
      const quiet = isPage(record) ? 0 : (quietEnd ?? 0);
      const heldUntil = held.has(record.id) ? now + HELD_MS : 0;
      due.set(record.id, Math.max(record.nextAt ?? 0, digestAt, quiet, heldUntil, this.#pausedUntil));
    }
    return due;
  }

  #together(
    first: DeliveryRecord,
    due: readonly DeliveryRecord[],
    held: ReadonlySet<string>,
    manifest: ChannelManifest,
  ): readonly DeliveryRecord[] {
    const isForDigest = (record: DeliveryRecord) => this.#isForDigest(record, manifest) && !held.has(record.id);
    // What would wait for the next digest goes out with this one.
    if (isForDigest(first)) return [...this.#pending.values()].filter(isForDigest).slice(0, DIGEST_ITEMS_MAX);
    const burst = due.filter((record) => !isPage(record) && !isForDigest(record) && !this.#isEdit(record, manifest));
    return burst.length > BURST && burst.includes(first) ? burst.slice(0, DIGEST_ITEMS_MAX) : [first];
  }

  #isForDigest(record: DeliveryRecord, manifest: ChannelManifest): boolean {
    const { notification, digest } = record.delivery ?? {};
    const isMinor = notification?.severity === 'info' || (digest === true && !isPage(record));
    return manifest.takesDigests && isMinor && !this.#isEdit(record, manifest);
  }

  /** A change in place disturbs nobody, and what is over is to be over everywhere: neither waits for a digest. */
  #isEdit(record: DeliveryRecord, { canEdit }: ChannelManifest): boolean {
    const before = this.#open.get(record.group);
    return canEdit && before?.told === 'alone' && (before.ref !== undefined || isClosing(record));
  }

  #remember(group: string, told: DeliveryRecord['open'], ref: string | undefined, order: number): void {
    if (order < (this.#sentOrder.get(group) ?? 0)) return;
    this.#sentOrder.delete(group);
    this.#sentOrder.set(group, order);
    const before = this.#open.get(group);
    this.#open.delete(group);
    if (told !== undefined) this.#open.set(group, { told, ref: ref ?? before?.ref });
    if (this.#sentOrder.size <= GROUPS_MAX) return;
    for (const [oldest] of this.#sentOrder) {
      this.#sentOrder.delete(oldest);
      this.#open.delete(oldest);
      return;
    }
  }

  #overflow(now: number): DeliveryRecord {
    const all = [...this.#pending.values()];
    const record = (all.find((one) => !isPage(one)) ?? all[0]) as DeliveryRecord;
    this.#pending.delete(record.id);
    return dead(record, now, `more than ${PENDING_MAX} deliveries wait for this channel`);
  }

  #drop(record: DeliveryRecord, now: number, why: string): DeliveryRecord {
    this.#pending.delete(record.id);
    return finished(record, 'skipped', now, { why });
  }

  #dropAll(now: number, why: string): Step {
    return { kind: 'drop', changed: [...this.#pending.values()].map((record) => this.#drop(record, now, why)) };
  }
}

const REPLACED = 'a newer state of it was sent instead';
const SOLVED = 'it was over before it was sent';

function isClosing({ delivery }: DeliveryRecord): boolean {
  return delivery?.notification.state === 'closed';
}

/** Pages first, then what was tried least, so that what fails again and again holds nothing up; then the oldest. */
function byUrgency(left: DeliveryRecord, right: DeliveryRecord): number {
  return Number(isPage(right)) - Number(isPage(left)) || left.attempts - right.attempts || left.order - right.order;
}
