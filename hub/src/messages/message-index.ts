// What the two streams say, in memory: every inbox, every channel with its members and newest messages. Each organisation by itself.

import { type Entry, Inbox, REMEMBERED } from './inbox.js';
import type { Envelope, InboxRecord } from './records.js';

export interface Channel {
  readonly name: string;
  /** When each joined, ms. */
  readonly members: Map<string, number>;
  /** Oldest first. */
  entries: Entry[];
}

/** Messages of one organisation that are listed. */
const REMEMBERED_OF_ORG = 10_000;

/** One of all messages: with the agents whose conversation it is part of. */
export interface ListedEntry extends Entry {
  readonly from: string | undefined;
  readonly toAgent: string | undefined;
}

interface OrgMessages {
  /** Oldest first. */
  all: ListedEntry[];
  readonly inboxes: Map<string, Inbox>;
  readonly channels: Map<string, Channel>;
}

export class MessageIndex {
  readonly #orgs = new Map<string, OrgMessages>();
  /** Memberships that were given up, by org, channel and agent, with when: their records can go in time. */
  readonly left = new Map<string, Extract<InboxRecord, { kind: 'member' }>>();

  applyMessage({ org, to, recipients, id, seq, from }: Envelope): void {
    const entry = { id, seq };
    const { all } = this.#orgOf(org);
    all.push({ id, seq, from, toAgent: to.kind === 'agent' ? to.name : undefined });
    if (all.length > REMEMBERED_OF_ORG) all.shift();
    if (to.kind === 'channel') {
      const channel = this.#channel(org, to.name);
      channel.entries.push(entry);
      if (channel.entries.length > REMEMBERED) channel.entries.shift();
    }
    for (const agent of recipients) this.inbox(org, agent).add(entry);
  }

  applyRecord(record: InboxRecord): void {
    if (record.kind === 'acked')
      return this.inbox(record.org, record.agent).acknowledgeUpTo(record.upTo, record.receipts);
    const { members } = this.#channel(record.org, record.channel);
    const key = `${record.org}.${record.channel}.${record.agent}`;
    if (record.joined) {
      members.set(record.agent, record.at);
      this.left.delete(key);
    } else {
      members.delete(record.agent);
      this.left.set(key, record);
    }
  }

  inbox(org: string, agent: string): Inbox {
    const { inboxes } = this.#orgOf(org);
    const inbox = inboxes.get(agent) ?? new Inbox();
    inboxes.set(agent, inbox);
    return inbox;
  }

  channel(org: string, name: string): Channel | undefined {
    return this.#orgs.get(org)?.channels.get(name);
  }

  /** Those that somebody has joined or written to. */
  channels(org: string): Channel[] {
    const all = this.#orgs.get(org)?.channels.values() ?? [];
    return [...all].filter(({ members, entries }) => members.size > 0 || entries.length > 0);
  }

  /** Oldest first; with `agent` those to it by name, and those that it has sent. */
  all(org: string, agent?: string): readonly ListedEntry[] {
    const all = this.#orgs.get(org)?.all ?? [];
    return agent === undefined ? all : all.filter(({ from, toAgent }) => from === agent || toAgent === agent);
  }

  /** How many channels an agent has joined. */
  joined(org: string, agent: string): number {
    return this.channels(org).filter(({ members }) => members.has(agent)).length;
  }

  /** Forgets what the stream of messages does not hold any more, and channels of which nothing is left. */
  forgetBefore(seq: number): void {
    for (const org of this.#orgs.values()) {
      const { inboxes, channels } = org;
      org.all = org.all.filter((entry) => entry.seq >= seq);
      for (const inbox of inboxes.values()) inbox.forgetBefore(seq);
      for (const [name, channel] of channels) {
        channel.entries = channel.entries.filter((entry) => entry.seq >= seq);
        if (channel.members.size === 0 && channel.entries.length === 0) channels.delete(name);
      }
    }
  }

  #channel(org: string, name: string): Channel {
    const { channels } = this.#orgOf(org);
    const channel = channels.get(name) ?? { name, members: new Map(), entries: [] };
    channels.set(name, channel);
    return channel;
  }

  #orgOf(org: string): OrgMessages {
    const found = this.#orgs.get(org) ?? { all: [], inboxes: new Map(), channels: new Map() };
    this.#orgs.set(org, found);
    return found;
  }
}
