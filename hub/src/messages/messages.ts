// Messages between agents, and from people to them: stored before they are confirmed, delivered until they are acknowledged, listed by agent
// and by channel. Every hub follows the streams; the one that leads writes and delivers.

import type { InboxPage, ListedMessage, Message } from '@agentcom/schemas';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { V7Generator } from 'uuidv7';
import { iso } from '../core/iso.js';
import { Refusal } from '../core/refusal.js';
import type { Recipient } from '../jetstream/subjects.js';
import { Lifecycle } from '../lifecycle.js';
import { Delivery, type Link } from './delivery.js';
import type { Inbox } from './inbox.js';
import { MessageIndex } from './message-index.js';
import { type MessagePage, MessageStore, type PageRequest } from './message-store.js';
import { decodeRecord, type Envelope, envelopeOf, type InboxRecord, type MessageNames } from './records.js';
import { StreamFollower } from './stream-follower.js';

const CHANNELS = 1_000;
const MEMBERS = 500;
const JOINED = 100;
/** How long an answer waits until this hub itself has read what it stored. */
const SEEN_WITHIN_MS = 2_000;
/** Between writes of what an agent has acknowledged: losing one costs a repeated delivery. */
const WRITE_EVERY_MS = 1_000;
const PRUNE_EVERY_MS = 3_600_000;
/** A membership that was given up is remembered so long, for hubs that have not read of it. */
const LEFT_MS = 3_600_000;

export interface MessageParts {
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly names: MessageNames;
  /** ms; never goes back, from hub to hub. */
  readonly now: () => number;
  readonly linkOf: (org: string, agent: string) => Link | undefined;
  readonly enrolledAt: (org: string, agent: string) => number | undefined;
  readonly onFailed: (error: unknown) => void;
}

export interface NewMessage {
  readonly from: string;
  /** `agent:<name>` or `channel:<name>`. */
  readonly to: string;
  readonly body: string;
  readonly replyTo?: string;
}

export interface ChannelView {
  readonly name: string;
  readonly members: string[];
}

export class Messages extends Lifecycle {
  readonly #parts: MessageParts;
  readonly #index = new MessageIndex();
  readonly #store: MessageStore;
  readonly #delivery: Delivery;
  readonly #messages: StreamFollower;
  readonly #inboxes: StreamFollower;
  readonly #ids = new V7Generator();
  /** Agents whose progress is to be written. */
  readonly #unwritten = new Map<string, { readonly org: string; readonly agent: string }>();
  /** Agents that said hello before everything was read. */
  readonly #early = new Map<string, { readonly org: string; readonly agent: string }>();
  #ready = false;
  #leads = false;
  #writing: NodeJS.Timeout | undefined;
  #pruning: NodeJS.Timeout | undefined;

  constructor(parts: MessageParts) {
    super();
    this.#parts = parts;
    const { js, jsm, names, onFailed } = parts;
    this.#store = new MessageStore(js, jsm, names);
    this.#delivery = new Delivery({
      ...parts,
      index: this.#index,
      fetch: (seq) => this.#store.fetch(seq),
      note: (agent, body) => this.#compose({ from: 'hub', to: `agent:${agent}`, body }),
      onAcknowledged: (org, agent) => this.#unwritten.set(`${org}/${agent}`, { org, agent }),
    });
    this.#inboxes = new StreamFollower({
      js,
      stream: names.inboxes,
      headersOnly: false,
      onMessage: ({ data }) => this.#index.applyRecord(decodeRecord(data)),
      onBroken: onFailed,
    });
    this.#messages = new StreamFollower({
      js,
      stream: names.messages,
      headersOnly: true,
      onMessage: (message) => {
        const envelope = envelopeOf(names, message);
        if (envelope !== undefined) this.#arrived(envelope);
      },
      onBroken: onFailed,
    });
  }

  /** What was acknowledged is read before the messages, so that none of it is delivered again. */
  override start(): void {
    this.#inboxes.start();
    this.#writing = setInterval(() => void this.#writeAcknowledged(), WRITE_EVERY_MS);
    this.#pruning = setInterval(() => void this.prune().catch(this.#parts.onFailed), PRUNE_EVERY_MS);
    void this.#inboxes.caughtUp.then(async () => {
      this.#messages.start();
      await this.#messages.caughtUp;
      this.#ready = true;
      for (const { org, agent } of this.#early.values()) this.#delivery.onConnected(org, agent);
      this.#early.clear();
    });
  }

  override onLeading(): void {
    this.#leads = true;
  }

  override onFollowing(): void {
    this.#leads = false;
  }

  /** What cannot be written of what was acknowledged is delivered again. */
  protected override async end(): Promise<void> {
    clearInterval(this.#writing);
    clearInterval(this.#pruning);
    await this.#writeAcknowledged();
    this.#messages.stop();
    this.#inboxes.stop();
  }

  /** Resolves once the message is durable. */
  async send(org: string, message: NewMessage): Promise<Message | Refusal> {
    const to = parseRecipient(message.to);
    const refusal = this.#notReady() ?? this.#unknownRecipient(org, to);
    if (refusal !== null) return refusal;
    const composed = this.#compose(message);
    const recipients =
      to.kind === 'agent' ? [to.name] : this.#members(org, to.name).filter((name) => message.from !== `agent:${name}`);
    try {
      await this.#messages.reached(await this.#store.put(org, to, recipients, composed), SEEN_WITHIN_MS);
      return composed;
    } catch (error) {
      this.#parts.onFailed(error);
      return new Refusal('hub.outcome_unknown', 'the message may or may not have been stored', [], 1_000);
    }
  }

  /** The agent has the message. */
  acknowledge(org: string, agent: string, id: string): void {
    this.#delivery.acknowledge(org, agent, id);
  }

  /** The agent has said hello here: what it has not acknowledged is delivered again. */
  onConnected(org: string, agent: string): void {
    if (this.#ready) this.#delivery.onConnected(org, agent);
    else this.#early.set(`${org}/${agent}`, { org, agent });
  }

  async join(org: string, agent: string, channel: string): Promise<Refusal | null> {
    const refusal = this.#notReady();
    if (refusal !== null) return refusal;
    const known = this.#index.channel(org, channel);
    if (known?.members.has(agent) === true && this.#members(org, channel).includes(agent)) return null;
    if (known === undefined && this.#index.channels(org).length >= CHANNELS)
      return limit(`there are already ${CHANNELS} channels`);
    if ((known?.members.size ?? 0) >= MEMBERS) return limit(`channel ${channel} already has ${MEMBERS} members`);
    if (this.#index.joined(org, agent) >= JOINED) return limit(`the agent is already in ${JOINED} channels`);
    return this.#setMember(org, channel, agent, true);
  }

  async leave(org: string, agent: string, channel: string): Promise<Refusal | null> {
    const refusal = this.#notReady();
    if (refusal !== null) return refusal;
    if (this.#index.channel(org, channel)?.members.has(agent) !== true) return null;
    return this.#setMember(org, channel, agent, false);
  }

  /** The newest of a channel, oldest first, as many as fit in a frame. */
  async history(org: string, channel: string, count: number): Promise<Message[] | Refusal> {
    const refusal = this.#notReady();
    return refusal ?? this.#store.history(this.#index.channel(org, channel)?.entries ?? [], count);
  }

  /** Newest first, behind the message `cursor`. */
  async listAgent(org: string, agent: string, request: PageRequest): Promise<InboxPage | Refusal> {
    const refusal = this.#notReady();
    if (refusal !== null) return refusal;
    const inbox = this.#index.inbox(org, agent);
    const { items, nextCursor } = await this.#store.page(inbox.entries, request);
    return { items: items.map((message) => ({ ...message, ...receiptOf(inbox, message.messageId) })), nextCursor };
  }

  async listChannel(org: string, channel: string, request: PageRequest): Promise<MessagePage | Refusal> {
    return this.#notReady() ?? this.#store.page(this.#index.channel(org, channel)?.entries ?? [], request);
  }

  /** Newest first, of the whole organisation; with `agent` those to it by name, and those that it has sent. */
  async list(org: string, request: PageRequest & { readonly agent?: string }): Promise<MessagePage | Refusal> {
    return this.#notReady() ?? this.#store.page(this.#index.all(org, request.agent), request);
  }

  /** The newest message of each of the channels, by channel; without those of which none is kept. */
  async lastOf(org: string, channels: readonly string[]): Promise<ReadonlyMap<string, Message> | Refusal> {
    const refusal = this.#notReady();
    if (refusal !== null) return refusal;
    const entries = channels.flatMap((name) => this.#index.channel(org, name)?.entries.slice(-1) ?? []);
    const messages = await this.#store.fetchAll(entries);
    return new Map(messages.map((message) => [parseRecipient(message.to).name, message]));
  }

  /** By name. */
  channels(org: string): ChannelView[] | Refusal {
    const refusal = this.#notReady();
    if (refusal !== null) return refusal;
    const all = this.#index.channels(org).map(({ name }) => ({ name, members: this.#members(org, name) }));
    return all.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Lets go of what has expired. */
  async prune(): Promise<void> {
    if (!this.#ready || !this.#leads) return;
    this.#index.forgetBefore(await this.#store.first());
    for (const [key, record] of this.#index.left) {
      if (record.at + LEFT_MS > this.#parts.now()) continue;
      await this.#store.forget(record);
      this.#index.left.delete(key);
    }
  }

  #arrived(envelope: Envelope): void {
    this.#index.applyMessage(envelope);
    if (!this.#ready || !this.#leads) return;
    for (const agent of envelope.recipients) this.#delivery.deliver(envelope.org, agent);
  }

  #compose({ from, to, body, replyTo }: NewMessage): Message {
    const now = this.#parts.now();
    const messageId = this.#ids.generateOrResetWithTs(now).toString();
    const sentAt = iso(now);
    return { messageId, from, to, body, ...(replyTo !== undefined && { replyTo }), sentAt };
  }

  /** Those that are still enrolled as who they were when they joined. */
  #members(org: string, channel: string): string[] {
    const { enrolledAt } = this.#parts;
    const members = this.#index.channel(org, channel)?.members ?? new Map<string, number>();
    return [...members]
      .filter(([agent, joinedAt]) => (enrolledAt(org, agent) ?? Number.POSITIVE_INFINITY) <= joinedAt)
      .map(([agent]) => agent)
      .sort();
  }

  #unknownRecipient(org: string, to: Recipient): Refusal | null {
    if (to.kind === 'agent') {
      if (this.#parts.enrolledAt(org, to.name) !== undefined) return null;
      return new Refusal('agent.not_found', `agent ${to.name} not found`);
    }
    if (this.#index.channel(org, to.name) !== undefined || this.#index.channels(org).length < CHANNELS) return null;
    return limit(`there are already ${CHANNELS} channels`);
  }

  #notReady(): Refusal | null {
    return this.#ready
      ? null
      : new Refusal('hub.recovering', 'the hub is still reading its messages; retry', [], 1_000);
  }

  async #setMember(org: string, channel: string, agent: string, joined: boolean): Promise<Refusal | null> {
    try {
      await this.#record({ kind: 'member', org, channel, agent, joined, at: this.#parts.now() });
      return null;
    } catch (error) {
      this.#parts.onFailed(error);
      return new Refusal('hub.outcome_unknown', 'the membership may or may not have been stored', [], 1_000);
    }
  }

  async #record(record: InboxRecord): Promise<void> {
    await this.#inboxes.reached(await this.#store.record(record), SEEN_WITHIN_MS);
  }

  async #writeAcknowledged(): Promise<void> {
    for (const [key, { org, agent }] of [...this.#unwritten]) {
      this.#unwritten.delete(key);
      try {
        const { ackedTo: upTo, receipts } = this.#index.inbox(org, agent);
        await this.#record({ kind: 'acked', org, agent, upTo, receipts });
      } catch (error) {
        this.#unwritten.set(key, { org, agent });
        return this.#parts.onFailed(error);
      }
    }
  }
}

function receiptOf(inbox: Inbox, id: string): Pick<ListedMessage, 'acknowledged' | 'deliveredAt' | 'acknowledgedAt'> {
  const { acknowledged, deliveredAt, acknowledgedAt } = inbox.standingOf(id);
  return {
    acknowledged,
    ...(deliveredAt !== undefined && { deliveredAt: iso(deliveredAt) }),
    ...(acknowledgedAt !== undefined && { acknowledgedAt: iso(acknowledgedAt) }),
  };
}

function parseRecipient(to: string): Recipient {
  const colon = to.indexOf(':');
  return { kind: to.slice(0, colon) === 'channel' ? 'channel' : 'agent', name: to.slice(colon + 1) };
}

function limit(message: string): Refusal {
  return new Refusal('channel.limit', message);
}
