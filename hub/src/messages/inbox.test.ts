import { describe, expect, it } from 'vitest';
import { shardNames } from '../jetstream/names.js';
import { defaultStreamSettings, streamDefinitions } from '../jetstream/streams.js';
import { Inbox, REMEMBERED } from './inbox.js';
import { type InboxRecord, recordSubject } from './records.js';

/** What nats-server stores with each message, bytes. */
const STORED_WITH = 30;

const id = (n: number) => String(n).padStart(6, '0');

function inboxOf(count: number): Inbox {
  const inbox = new Inbox();
  for (let n = 1; n <= count; n++) inbox.add({ id: id(n), seq: n });
  return inbox;
}

const pending = (inbox: Inbox) => [...inbox.pending()].map(({ seq }) => seq);

describe('an inbox', () => {
  it('gives out what was not taken, in order', () => {
    const inbox = inboxOf(4);
    expect(inbox.acknowledge(id(2))).toBe(false);
    expect([pending(inbox), inbox.ackedTo]).toEqual([[1, 3, 4], '']);
    expect(inbox.acknowledge(id(1))).toBe(true);
    expect([pending(inbox), inbox.ackedTo]).toEqual([[3, 4], id(2)]);
  });

  it('knows what was taken before it was read from the stream', () => {
    const inbox = new Inbox();
    inbox.acknowledgeUpTo(id(2));
    for (let n = 1; n <= 3; n++) inbox.add({ id: id(n), seq: n });
    expect(pending(inbox)).toEqual([3]);
  });

  it('does not remember what nobody sent', () => {
    const inbox = inboxOf(1);
    expect(inbox.acknowledge(id(7))).toBe(false);
    inbox.add({ id: id(7), seq: 7 });
    expect(pending(inbox)).toEqual([1, 7]);
  });

  it('drops the oldest when too many wait, and says how many until that is done', () => {
    const inbox = inboxOf(REMEMBERED + 3);
    expect([pending(inbox).length, pending(inbox)[0], inbox.dropped]).toEqual([REMEMBERED, 4, 3]);
    inbox.droppedReported(3);
    expect(inbox.dropped).toBe(0);
    for (let n = 4; n <= REMEMBERED + 3; n++) inbox.acknowledge(id(n));
    for (let n = REMEMBERED + 4; n <= 2 * REMEMBERED; n++) inbox.add({ id: id(n), seq: n });
    expect(inbox.dropped).toBe(0);
  });
});

it('leaves room in its stream for 10,000 agents and ten channels of each, however long their names are', () => {
  const name = 'n'.repeat(64);
  const uuid = '01890000-0000-7000-8000-00000000';
  const longest = Array.from({ length: REMEMBERED }, (_, i) => `${uuid}${String(i).padStart(4, '0')}`);
  const inbox = new Inbox();
  for (const [i, entry] of longest.entries()) {
    inbox.add({ id: entry, seq: i });
    inbox.acknowledge(entry, Date.now());
  }
  const { ackedTo: upTo, receipts } = inbox;
  const names = shardNames('n'.repeat(32), 0);
  const bytes = (record: InboxRecord) =>
    recordSubject(names, record).length + JSON.stringify(record).length + STORED_WITH;
  const acked = bytes({ kind: 'acked', org: name, agent: name, upTo, receipts });
  const member = bytes({ kind: 'member', org: name, channel: name, agent: name, joined: true, at: Date.now() });
  const stream = streamDefinitions(defaultStreamSettings).find((one) => one.name.includes('INBOXES'));
  expect(10_000 * (acked + 10 * member)).toBeLessThan(stream?.max_bytes ?? 0);
});
