// Everything that is to be told by channels: durable once it is given, and sent by the hub that leads.

import { pause } from '@agentcom/schemas';
import { Lifecycle } from '../../lifecycle.js';
import { outgoingOf } from '../outgoing.js';
import type { Deliveries, Delivery, DeliveryPage, DeliveryQuery, FailingChannel, SendResult } from '../ports.js';
import { OutboxTerm, type TermParts } from './term.js';
import { sendBy } from './worker.js';

/** What is under way at the end gets so long; later it would be sent again by the next hub. */
const END_MS = 500;
const EMPTY: DeliveryPage = { items: [], nextCursor: null };

export class Outbox extends Lifecycle implements Deliveries {
  readonly #parts: TermParts;
  #term: OutboxTerm | undefined;
  /** Of terms that are over, what is still under way. */
  readonly #leaving = new Set<Promise<void>>();

  constructor(parts: TermParts) {
    super();
    this.#parts = parts;
  }

  override onLeading(): void {
    if (this.isStopping) return;
    this.#leave();
    this.#term = new OutboxTerm(this.#parts);
  }

  override onFollowing(): void {
    this.#leave();
  }

  #leave(): void {
    const ceased = this.#term?.cease();
    this.#term = undefined;
    if (ceased === undefined) return;
    this.#leaving.add(ceased);
    void ceased.finally(() => this.#leaving.delete(ceased));
  }

  async deliver(deliveries: readonly Delivery[]): Promise<void> {
    if (this.#term === undefined) throw new Error('this hub does not lead');
    await this.#term.deliver(deliveries);
  }

  async sendNow(delivery: Delivery): Promise<SendResult> {
    const { ports } = this.#parts;
    const channel = ports.channelOf(delivery.channel);
    if (channel === undefined) return { kind: 'failed', why: 'the channel was removed' };
    const { group, state } = delivery.notification;
    const queue = this.#term?.worker(delivery.channel).queue;
    const message = () => outgoingOf(delivery, queue?.refOf(group), ports.publicUrl());
    const outcome = await sendBy(channel, message, this.#parts);
    if (outcome.kind !== 'sent') return { kind: 'failed', why: outcome.why };
    queue?.sentDirectly(group, state === 'open', outcome.ref);
    return { kind: 'sent' };
  }

  failing(): readonly FailingChannel[] {
    return this.#term?.failing() ?? [];
  }

  list(query: DeliveryQuery): DeliveryPage {
    return this.#term?.list(query) ?? EMPTY;
  }

  async replay(org: string | undefined, id: string): Promise<boolean> {
    return (await this.#term?.replay(org, id)) ?? false;
  }

  protected override async end(): Promise<void> {
    const term = this.#term;
    const under = [...this.#leaving, ...(term === undefined ? [] : [term.end()])];
    if (under.length === 0) return;
    const { scheduler } = this.#parts;
    const ended = new AbortController();
    await Promise.race([Promise.all(under), pause(scheduler, END_MS, ended.signal)]);
    ended.abort();
    // What is still under way then is cut off with the process.
    void term?.cease();
  }
}
