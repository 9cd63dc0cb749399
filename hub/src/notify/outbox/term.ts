// The outbox for as long as this hub leads: read once, then in memory, and every change is stored.

import type { Scheduler } from '@agentcom/schemas';
import type { Delivery, DeliveryPage, DeliveryQuery, FailingChannel } from '../ports.js';
import { type DeliveryRecord, type DeliveryRecords, isPending, newRecord, statusOf } from './records.js';
import { ChannelWorker, type SendParts } from './worker.js';

/** Of which it is remembered how they went. */
const HISTORY_MAX = 5_000;
const STORED_AT_ONCE = 16;
const RETRY_MS = 1_000;

export interface TermParts extends SendParts {
  readonly records: DeliveryRecords;
  /** Changes cannot be stored, or nothing can be read: the first time in a row. It is tried again. */
  readonly onFailed: (error: unknown) => void;
}

export class OutboxTerm {
  readonly #parts: TermParts;
  /** By id, roughly oldest first: two may be stored in another order than they were given in. */
  readonly #known = new Map<string, DeliveryRecord>();
  readonly #workers = new Map<string, ChannelWorker>();
  /** Given, and not yet known to be durable. */
  readonly #storing = new Map<string, Promise<void>>();
  /** Changes that are to be stored; the newest of each delivery. */
  readonly #unwritten = new Map<string, DeliveryRecord>();
  #writing: Promise<void> | undefined;
  #order = 0;
  #hasFailed = false;
  #isOver = false;
  readonly #ready: Promise<void>;

  constructor(parts: TermParts) {
    this.#parts = parts;
    this.#ready = this.#read();
    this.#ready.catch(() => undefined);
  }

  /** Resolves when they are durable. */
  async deliver(deliveries: readonly Delivery[]): Promise<void> {
    await this.#ready;
    const news = [...new Map(deliveries.map((one) => [one.id, one])).values()].filter(({ id }) => !this.#known.has(id));
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

  failing(): readonly FailingChannel[] {
    return [...this.#workers].flatMap(([channel, { queue }]) => {
      const failing = this.#parts.ports.channelOf(channel) === undefined ? undefined : queue.failing;
      return failing === undefined ? [] : [{ channel, ...failing }];
    });
  }

  list({ org, channel, state, limit, cursor }: DeliveryQuery): DeliveryPage {
    const before = cursor === undefined ? Number.POSITIVE_INFINITY : Number(cursor);
    const fitting = [...this.#known.values()]
      .sort((left, right) => right.order - left.order)
      .filter(
        (one) =>
          one.order < before &&
          one.org === org &&
          (channel === undefined || one.channel === channel) &&
          (state === undefined || one.state === state),
      );
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
    if (this.#known.get(id)?.state !== 'dead') return true;
    this.#add(again);
    worker.wake();
    return true;
  }

  /** This hub does not lead any more: another one sends what is left. */
  cease(): void {
    this.#isOver = true;
    for (const worker of this.#workers.values()) void worker.stop();
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
      for (const record of inOrder) this.#known.set(record.id, record);
      this.#order = inOrder.at(-1)?.order ?? 0;
      for (const record of inOrder) this.#changed(this.worker(record.channel).queue.restore(record, now()));
      this.#forget();
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
    this.#known.set(record.id, record);
    this.#changed(this.worker(record.channel).queue.add(record, this.#parts.now()));
    this.#forget();
  }

  #changed(records: readonly DeliveryRecord[]): void {
    if (this.#isOver) return;
    for (const record of records) {
      if (this.#known.has(record.id)) this.#known.set(record.id, record);
      this.#unwritten.set(record.id, record);
    }
    if (this.#unwritten.size > 0) this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  /** What happened is remembered here, and stored as soon as that is possible: what is lost with this process is sent again. */
  async #write(): Promise<void> {
    const { records, scheduler } = this.#parts;
    while (this.#unwritten.size > 0 && !this.#isOver) {
      const some = [...this.#unwritten.values()].slice(0, STORED_AT_ONCE);
      for (const { id } of some) this.#unwritten.delete(id);
      const outcomes = await Promise.allSettled(some.map((record) => records.put(record)));
      const failed = outcomes.flatMap((outcome, i) =>
        outcome.status === 'rejected' ? [{ outcome, record: some[i] }] : [],
      );
      for (const { record } of failed)
        if (record !== undefined && !this.#unwritten.has(record.id)) this.#unwritten.set(record.id, record);
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

  #forget(): void {
    if (this.#known.size <= HISTORY_MAX) return;
    for (const [id, record] of this.#known) {
      if (!isPending(record)) this.#known.delete(id);
      if (this.#known.size <= HISTORY_MAX) return;
    }
  }
}

function elapsed(scheduler: Scheduler, ms: number): Promise<void> {
  return new Promise((resolve) => {
    scheduler.after(ms, resolve);
  });
}
