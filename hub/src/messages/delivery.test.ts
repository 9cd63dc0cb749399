import type { HubFrameOf, Message } from '@agentcom/schemas';
import { describe, expect, it } from 'vitest';
import { Delivery } from './delivery.js';
import { REMEMBERED } from './inbox.js';
import { MessageIndex } from './message-index.js';

const WINDOW = 32;

/** Ids that say when, as UUIDv7 do. */
const id = (ms: number) =>
  `${ms
    .toString(16)
    .padStart(12, '0')
    .replace(/^(.{8})/, '$1-')}-7000-8000-000000000000`;

function bench({ enrolledAt = 0, gone = new Set<number>() } = {}) {
  const index = new MessageIndex();
  const heard: string[] = [];
  const taken: string[] = [];
  const state = { connected: true, notes: 0, now: 1_000 };
  const link = {
    send: async (frame: HubFrameOf<'message'> | Promise<HubFrameOf<'message'> | undefined>) => {
      const sent = await frame;
      if (sent?.type === 'message') heard.push(sent.body);
    },
  };
  const message = (messageId: string, body: string): Message => ({
    messageId,
    from: 'agent:ben',
    to: 'agent:ann',
    body,
    sentAt: '2026-01-31T12:00:00Z',
  });
  const delivery = new Delivery({
    index,
    now: () => state.now,
    linkOf: () => (state.connected ? link : undefined),
    enrolledAt: () => enrolledAt,
    fetch: async (seq) => (gone.has(seq) ? null : message(id(seq), `m${seq}`)),
    note: (_agent, body) => message(`note-${++state.notes}`, body),
    onAcknowledged: (_org, agent) => taken.push(agent),
  });
  const send = (from: number, to = from) => {
    for (let n = from; n <= to; n++) {
      index.applyMessage({
        id: id(n),
        seq: n,
        org: 'default',
        to: { kind: 'agent', name: 'ann' },
        recipients: ['ann'],
      });
      delivery.deliver('default', 'ann');
    }
  };
  const take = (n: number) => delivery.acknowledge('default', 'ann', id(n));
  return { index, delivery, heard, taken, state, send, take };
}

function settling(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('messages to an agent', () => {
  it('come a few at a time, and the next when one was taken', async () => {
    const { send, take, heard } = bench();
    send(1, WINDOW + 2);
    await settling();
    expect(heard).toHaveLength(WINDOW);
    take(1);
    await settling();
    expect(heard.at(-1)).toBe(`m${WINDOW + 1}`);
  });

  it('come again after a hello, but for those that were taken', async () => {
    const { send, take, heard, delivery } = bench();
    send(1, 3);
    take(2);
    await settling();
    heard.length = 0;
    delivery.onConnected('default', 'ann');
    await settling();
    expect(heard).toEqual(['m1', 'm3']);
  });

  it('wait while it is away', async () => {
    const { send, heard, delivery, state } = bench();
    state.connected = false;
    send(1, 2);
    state.connected = true;
    delivery.onConnected('default', 'ann');
    await settling();
    expect(heard).toEqual(['m1', 'm2']);
  });

  it('are delivered when they are first sent, and acknowledged when the machine says that it has them', async () => {
    const { send, take, index, delivery, state } = bench();
    const inbox = index.inbox('default', 'ann');
    state.connected = false;
    send(1, 2);
    expect(inbox.standingOf(id(1))).toEqual({ acknowledged: false });
    state.connected = true;
    delivery.onConnected('default', 'ann');
    state.now = 2_000;
    delivery.onConnected('default', 'ann');
    expect(inbox.standingOf(id(1))).toEqual({ acknowledged: false, deliveredAt: 1_000 });
    take(1);
    take(1);
    expect(inbox.standingOf(id(1))).toEqual({ acknowledged: true, deliveredAt: 1_000, acknowledgedAt: 2_000 });
    const restarted = new MessageIndex();
    const { ackedTo, receipts } = inbox;
    restarted.applyRecord({ kind: 'acked', org: 'default', agent: 'ann', upTo: ackedTo, receipts });
    expect(restarted.inbox('default', 'ann').standingOf(id(1))).toEqual(inbox.standingOf(id(1)));
    expect(restarted.inbox('default', 'ann').standingOf(id(2))).toEqual({ acknowledged: false });
  });

  it('that are not kept any more are passed over', async () => {
    const { send, heard, index } = bench({ gone: new Set([1]) });
    send(1, 2);
    await settling();
    expect(heard).toEqual(['m2']);
    expect([...index.inbox('default', 'ann').pending()].map(({ seq }) => seq)).toEqual([2]);
  });

  it('meant for an earlier agent of the same name are not brought to it', async () => {
    const { send, heard } = bench({ enrolledAt: 3 });
    send(1, 4);
    await settling();
    expect(heard).toEqual(['m3', 'm4']);
  });

  it('that were dropped are done of, until that is taken', async () => {
    const { send, heard, delivery, state, index } = bench();
    state.connected = false;
    send(1, REMEMBERED + 2);
    state.connected = true;
    for (const note of ['note-1', 'note-2']) {
      delivery.onConnected('default', 'ann');
      await settling();
      expect(heard.filter((body) => body.startsWith('2 older messages'))).toHaveLength(state.notes);
      if (note === 'note-2') delivery.acknowledge('default', 'ann', note);
    }
    expect(index.inbox('default', 'ann').dropped).toBe(0);
  });
});
