// Brings messages to the agents that are connected here: a few at a time, the next when one was acknowledged, all that were not acknowledged again
// after every hello.

import type { HubFrameOf, Message } from '@agentcom/schemas';
import { REMEMBERED } from './inbox.js';
import type { MessageIndex } from './message-index.js';
import { sentAt } from './records.js';

/** Messages that a sidecar has not confirmed yet. */
const WINDOW = 32;

type MessageFrame = HubFrameOf<'message'>;

export interface Link {
  send(frame: MessageFrame | Promise<MessageFrame | undefined>): void;
}

export interface DeliveryParts {
  readonly index: MessageIndex;
  /** ms */
  readonly now: () => number;
  readonly linkOf: (org: string, agent: string) => Link | undefined;
  /** When an agent of that name was enrolled, ms; undefined when there is none. */
  readonly enrolledAt: (org: string, agent: string) => number | undefined;
  /** Null when it is not kept any more. */
  readonly fetch: (seq: number) => Promise<Message | null>;
  readonly note: (agent: string, body: string) => Message;
  /** The agent has acknowledged everything up to there. */
  readonly onAcknowledged: (org: string, agent: string) => void;
}

/** What one agent was sent and has not confirmed. */
interface InFlight {
  readonly ids: Set<string>;
  /** How many dropped messages it was done of, and by which message. */
  note: { readonly id: string; readonly count: number } | null;
}

export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #inFlight = new Map<string, InFlight>();

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** The agent has said hello: whatever was under way to it may be lost. */
  onConnected(org: string, agent: string): void {
    this.#inFlight.delete(`${org}/${agent}`);
    this.deliver(org, agent);
  }

  acknowledge(org: string, agent: string, id: string): void {
    const inFlight = this.#inFlight.get(`${org}/${agent}`);
    inFlight?.ids.delete(id);
    const inbox = this.#parts.index.inbox(org, agent);
    if (inFlight?.note?.id === id) {
      inbox.droppedReported(inFlight.note.count);
      inFlight.note = null;
    } else if (inbox.acknowledge(id, this.#parts.now())) this.#parts.onAcknowledged(org, agent);
    this.deliver(org, agent);
  }

  /** Sends what waits in the inbox, as far as the window allows, when the agent is connected. */
  deliver(org: string, agent: string): void {
    const { index, linkOf, enrolledAt } = this.#parts;
    const link = linkOf(org, agent);
    if (link === undefined) return void this.#inFlight.delete(`${org}/${agent}`);
    const inFlight = this.#inFlight.get(`${org}/${agent}`) ?? { ids: new Set(), note: null };
    this.#inFlight.set(`${org}/${agent}`, inFlight);
    const inbox = index.inbox(org, agent);
    const since = enrolledAt(org, agent) ?? 0;
    if (inbox.dropped > 0 && inFlight.note === null) this.#reportDropped(link, agent, inFlight, inbox.dropped);
    for (const { id, seq } of [...inbox.pending()]) {
      if (inFlight.ids.size >= WINDOW) return;
      if (inFlight.ids.has(id)) continue;
      // Meant for an agent of the same name that was removed.
      if (sentAt(id) < since) {
        inbox.acknowledge(id);
        continue;
      }
      inFlight.ids.add(id);
      inbox.delivered(id, this.#parts.now());
      link.send(this.#frame(org, agent, id, seq));
    }
  }

  async #frame(org: string, agent: string, id: string, seq: number): Promise<MessageFrame | undefined> {
    const message = await this.#parts.fetch(seq);
    if (message !== null) return { type: 'message', ...message };
    this.acknowledge(org, agent, id);
    return undefined;
  }

  #reportDropped(link: Link, agent: string, inFlight: InFlight, count: number): void {
    const body = `${count} older messages were dropped: more than ${REMEMBERED} were waiting to be acknowledged`;
    const message = this.#parts.note(agent, body);
    inFlight.note = { id: message.messageId, count };
    link.send({ type: 'message', ...message });
  }
}
