// Brings messages to the agents that are connected here: a few at a time, the next when one was taken, all that were not taken again
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
  readonly room: MessageIndex;
  readonly linkOf: (org: string, agent: string) => Link | undefined;
  /** When an agent of that name was enrolled, ms; undefined when there is none. */
  readonly enrolledAt: (org: string, agent: string) => number | undefined;
  /** Null when it is not kept any more. */
  readonly fetch: (seq: number) => Promise<Message | null>;
  readonly note: (agent: string, body: string) => Message;
  /** The agent has taken everything up to there. */
  readonly onTaken: (org: string, agent: string) => void;
}

/** What one agent was sent and has not confirmed. */
interface UnderWay {
  readonly ids: Set<string>;
  /** How many dropped messages it was told of, and by which message. */
  note: { readonly id: string; readonly count: number } | null;
}

export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #underWay = new Map<string, UnderWay>();

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** The agent has said hello: whatever was under way to it may be lost. */
  onConnected(org: string, agent: string): void {
    this.#underWay.delete(`${org}/${agent}`);
    this.deliver(org, agent);
  }

  taken(org: string, agent: string, id: string): void {
    const underWay = this.#underWay.get(`${org}/${agent}`);
    underWay?.ids.delete(id);
    const inbox = this.#parts.room.inbox(org, agent);
    if (underWay?.note?.id === id) {
      inbox.toldOfDropped(underWay.note.count);
      underWay.note = null;
    } else if (inbox.take(id)) this.#parts.onTaken(org, agent);
    this.deliver(org, agent);
  }

  /** Sends what there is room for, when the agent is connected. */
  deliver(org: string, agent: string): void {
    const { room, linkOf, enrolledAt } = this.#parts;
    const link = linkOf(org, agent);
    if (link === undefined) return void this.#underWay.delete(`${org}/${agent}`);
    const underWay = this.#underWay.get(`${org}/${agent}`) ?? { ids: new Set(), note: null };
    this.#underWay.set(`${org}/${agent}`, underWay);
    const inbox = room.inbox(org, agent);
    const since = enrolledAt(org, agent) ?? 0;
    if (inbox.dropped > 0 && underWay.note === null) this.#tellOfDropped(link, agent, underWay, inbox.dropped);
    for (const { id, seq } of [...inbox.pending()]) {
      if (underWay.ids.size >= WINDOW) return;
      if (underWay.ids.has(id)) continue;
      // Meant for an agent of the same name that was removed.
      if (sentAt(id) < since) {
        inbox.take(id);
        continue;
      }
      underWay.ids.add(id);
      link.send(this.#frame(org, agent, id, seq));
    }
  }

  async #frame(org: string, agent: string, id: string, seq: number): Promise<MessageFrame | undefined> {
    const message = await this.#parts.fetch(seq);
    if (message !== null) return { type: 'message', ...message };
    this.taken(org, agent, id);
    return undefined;
  }

  #tellOfDropped(link: Link, agent: string, underWay: UnderWay, count: number): void {
    const body = `${count} older messages were dropped: more than ${REMEMBERED} waited to be taken`;
    const message = this.#parts.note(agent, body);
    underWay.note = { id: message.messageId, count };
    link.send({ type: 'message', ...message });
  }
}
