// The outbox for as long as this hub leads: read once, then in memory, and every change is stored.

import type { Scheduler } from '@agentcom/schemas';
import { firstOf } from '../../core/first-of.js';
import type { Delivery, DeliveryPage, DeliveryQuery, FailingChannel } from '../ports.js';
import { type BookBounds, DeliveryBook } from './book.js';
import { type DeliveryRecord, type DeliveryRecords, givenUp, isPending, newRecord, statusOf } from './records.js';
import { ChannelWorker, type SendParts } from './worker.js';

const STORED_AT_ONCE = 16;
const RETRY_MS = 1_000;
const TOO_MANY = 'more is kept for this organisation than there is room for';

export interface TermParts extends SendParts {
  readonly records: DeliveryRecords;
  /** Changes cannot be stored, or nothing can be read: the first time in a row. It is tried again. */
  readonly onFailed: (error: unknown) => void;
  readonly bounds?: BookBounds;
}

/** What is to be stored of a delivery, or that nothing is any more. */
interface Change {
  readonly kind: 'put' | 'remove';
  readonly record: DeliveryRecord;
}

export class OutboxTerm {
  readonly #parts: TermParts;
  readonly #known: DeliveryBook;
  readonly #workers = new Map<string, ChannelWorker>();
  /** Given, and not yet known to be durable. */
  readonly #storing = new Map<string, Promise<void>>();
  /** Changes that are to be stored; the newest of each delivery. */
  readonly #unwritten = new Map<string, Change>();
  #writing: Promise<void> | undefined;
  #order = 0;
  #hasFailed = false;
  #isOver = false;
  readonly #ready: Promise<void>;

  constructor(parts: TermParts) {
    this.#parts = parts;
    this.#known = new DeliveryBook(parts.bounds);
    this.#ready = this.#read();
    this.#ready.catch(() => undefined);
  }

  /** Resolves when they are durable. */
  async deliver(deliveries: readonly Delivery[]): Promise<void> {
    await this.#ready;
    this.#forgetRemoved();
    const given = new Map(deliveries.map((one) => [one.id, one]));
    const news = [...given.values()].filter(({ id }) => this.#known.get(id) === undefined);
    const outcomes: PromiseSettledResult<void>[] = [];
    for (let i = 0; i < news.length; i += STORED_AT_ONCE) {
      const some = news.slice(i, i + STORED_AT_ONCE);
      outcomes.push(...(await Promise.allSettled(some.map((one) => this.#take(one)))));
      // Not before: what was given together may go out together.
      for (const channel of new Set(some.map((one) => one.channel))) this.#workers.get(channel)?.wake();
    }
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  worker(channel: string): ChannelWorker {
    let worker = this.#workers.get(channel);
    if (worker === undefined) {
      worker = new ChannelWorker({ ...this.#parts, channel, onChanged: (changed) => this.#changed(changed) });
      this.#workers.set(channel, worker);
    }
    return worker;
  }

  /** Nothing more goes out by a channel that was removed, and it never comes back. */
  #forgetRemoved(): void {
    for (const [channel, worker] of this.#workers) {
      if (worker.isIdle && this.#parts.ports.channelOf(channel) === undefined) this.#workers.delete(channel);
    }
  }

  failing(): readonly FailingChannel[] {
    return [...this.#workers].flatMap(([channel, { queue }]) => {
      const failing = this.#parts.ports.channelOf(channel) === undefined ? undefined : queue.failing;
      return failing === undefined ? [] : [{ channel, ...failing }];
    });
  }

  list({ org, channel, state, limit, cursor }: DeliveryQuery): DeliveryPage {
    const before = cursor === undefined ? Number.POSITIVE_INFINITY : Number(cursor);
    const fitting = [...this.#known.of(org)]
      .filter(
        (one) =>
          one.order < before &&
          (channel === undefined || one.channel === channel) &&
          (state === undefined || one.state === state),
      )
      .sort((left, right) => right.order - left.order);
    const items = fitting.slice(0, limit);
    const last = items.at(-1);
    return {
      items: items.map(statusOf),
      nextCursor: last === undefined || fitting.length === items.length ? null : String(last.order),
    };
  }

  async replay(org: string | undefined, id: string): Promise<boolean> {
    await this.#ready;
    const record = this.#known.get(id);
    if (record?.state !== 'dead' || record.org !== org || record.delivery === undefined) return false;
    const worker = this.worker(record.channel);
    if (worker.queue.isOutdated(record)) return false;
    const again = newRecord(record.delivery, record.order, this.#parts.now());
    await this.#parts.records.put(again);
    const meanwhile = this.#known.get(id);
    if (meanwhile !== undefined && meanwhile.state !== 'dead') return true;
    this.#add(again);
    // It gave way meanwhile, and may have left the store after it was put there.
    if (meanwhile === undefined) this.#store({ kind: 'put', record: again });
    worker.wake();
    return true;
  }

  /** This hub does not lead any more: another one sends what is left. Resolves when nothing is under way. */
  async cease(): Promise<void> {
    this.#isOver = true;
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
    await this.#writing;
  }

  /** Resolves when nothing is under way and everything is stored. */
  async end(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
    await this.#writing;
    this.#isOver = true;
  }

  async #read(): Promise<void> {
    const { records, scheduler, now } = this.#parts;
    for (;;) {
      const found = new Map<string, DeliveryRecord>();
      try {
        await records.read((record) => found.set(record.id, record));
      } catch (error) {
        this.#failed(error);
        await elapsed(scheduler, RETRY_MS);
        if (this.#isOver) throw new Error('this hub does not lead any more');
        continue;
      }
      if (this.#isOver) throw new Error('this hub does not lead any more');
      this.#hasFailed = false;
      const inOrder = [...found.values()].sort((left, right) => left.order - right.order);
      for (const record of inOrder) this.#known.set(record);
      this.#order = inOrder.at(-1)?.order ?? 0;
      for (const record of inOrder) this.#note(this.worker(record.channel).queue.restore(record, now()));
      this.#makeRoom();
      for (const worker of this.#workers.values()) worker.wake();
      return;
    }
  }

  async #take(delivery: Delivery): Promise<void> {
    const storing = this.#storing.get(delivery.id);
    if (storing !== undefined) return storing;
    const record = newRecord(delivery, ++this.#order, this.#parts.now());
    const stored = this.#parts.records.put(record).finally(() => this.#storing.delete(delivery.id));
    this.#storing.set(delivery.id, stored);
    await stored;
    if (!this.#isOver) this.#add(record);
  }

  #add(record: DeliveryRecord): void {
    this.#known.set(record);
    this.#changed(this.worker(record.channel).queue.add(record, this.#parts.now()));
  }

  #changed(records: readonly DeliveryRecord[]): void {
    this.#note(records);
    this.#makeRoom();
  }

  #note(records: readonly DeliveryRecord[]): void {
    for (const record of records) {
      // What gave way while it was under way is not stored again.
      if (this.#known.get(record.id) === undefined) continue;
      this.#known.set(record);
      this.#store({ kind: 'put', record });
    }
  }

  /** One that waits leaves word of its end, and what is over leaves nothing. */
  #makeRoom(): void {
    for (let record = this.#known.excess(); record !== undefined; record = this.#known.excess()) {
      if (isPending(record)) {
        this.worker(record.channel).queue.giveUp(record);
        this.#note([givenUp(record, this.#parts.now(), TOO_MANY)]);
      } else {
        this.#known.delete(record.id);
        this.#store({ kind: 'remove', record });
      }
    }
  }

  #store(change: Change): void {
    if (this.#isOver) return;
    this.#unwritten.set(change.record.id, change);
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  /** What happened is remembered here, and stored as soon as that is possible: what is lost with this process is sent again. */
  async #write(): Promise<void> {
    const { records, scheduler } = this.#parts;
    while (this.#unwritten.size > 0 && !this.#isOver) {
      const some = firstOf(this.#unwritten.values(), STORED_AT_ONCE);
      for (const { record } of some) this.#unwritten.delete(record.id);
      const outcomes = await Promise.allSettled(some.map(({ kind, record }) => records[kind](record)));
      const failed = outcomes.flatMap((outcome, i) =>
        outcome.status === 'rejected' ? [{ outcome, change: some[i] }] : [],
      );
      for (const { change } of failed)
        if (change !== undefined && !this.#unwritten.has(change.record.id))
          this.#unwritten.set(change.record.id, change);
      if (failed[0] === undefined) {
        this.#hasFailed = false;
        continue;
      }
      this.#failed(failed[0].outcome.reason);
      await elapsed(scheduler, RETRY_MS);
    }
  }

  #failed(error: unknown): void {
    if (!this.#hasFailed) this.#parts.onFailed(error);
    this.#hasFailed = true;
  }
}

function elapsed(scheduler: Scheduler, ms: number): Promise<void> {
  return new Promise((resolve) => {
    scheduler.after(ms, resolve);
  });
}
