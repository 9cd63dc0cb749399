// What every journal must do; run against the one in memory and the one on a real nats-server.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Batch, JournalHead, JournalPort, StoredBatch } from '../../coordinator/ports.js';
import { dumpState } from '../../core/snapshot.js';
import { aBatch, append, TestStore } from '../testing.js';
import { MemoryJournal } from './memory-journal.js';
import { JournalRefused } from './refused.js';

function conformance(create: () => Promise<JournalPort>): void {
  let journal: JournalPort;
  beforeEach(async () => {
    journal = await create();
  });

  const appended = (after: JournalHead, batch: Batch): Promise<JournalHead> => append(journal, after, batch);

  it('recovers an empty journal as sequence 0 of a new journal id', async () => {
    const recovered = await journal.recover(null);
    expect(recovered.head).toMatchObject({ seq: 0, hash: '' });
    expect(recovered.head.journal).not.toBe('');
    expect(recovered).toMatchObject({ epoch: 0, lastHub: null, readFrom: 0 });
  });

  it('recovers what was appended, with epoch, writer, ids and end', async () => {
    const first = aBatch({ epoch: 1, hub: 'a' }, ['one']);
    const second = aBatch({ epoch: 3, hub: 'b' }, ['two', 'three']);
    let head = (await journal.recover(null)).head;
    head = await appended(head, first);
    head = await appended(head, second);
    const recovered = await journal.recover(head);
    expect(recovered).toMatchObject({ head, epoch: 3, lastHub: 'b', readFrom: 0 });
    expect([...recovered.batchIds]).toEqual([first.id, second.id]);
    expect([...recovered.state.orgs.keys()].sort()).toEqual(['one', 'three', 'two']);
  });

  it('recovers an empty batch', async () => {
    const head = await appended((await journal.recover(null)).head, aBatch({}, []));
    expect((await journal.recover(head)).head).toEqual(head);
  });

  it('answers overtaken to a writer whose place is taken, and stores nothing of it', async () => {
    const start = (await journal.recover(null)).head;
    const head = await appended(start, aBatch({}, ['winner']));
    expect(await journal.append(aBatch({}, ['loser']), start)).toEqual({ kind: 'overtaken' });
    const recovered = await journal.recover(head);
    expect(recovered.head).toEqual(head);
    expect([...recovered.state.orgs.keys()]).toEqual(['winner']);
  });

  it('acknowledges a batch that is already stored in its place', async () => {
    const start = (await journal.recover(null)).head;
    const batch = aBatch({}, ['once']);
    const head = await appended(start, batch);
    expect(await journal.append(batch, start)).toEqual({ kind: 'acked', head });
    expect((await journal.recover(null)).head).toEqual(head);
  });

  it('answers unknown when the journal is shorter than the writer thinks', async () => {
    const start = (await journal.recover(null)).head;
    const head = await appended(start, aBatch({}, ['one']));
    const ahead = { ...head, seq: head.seq + 5, hash: 'f'.repeat(64) };
    expect(await journal.append(aBatch({}, ['two']), ahead)).toMatchObject({ kind: 'unknown' });
  });

  it('refuses a journal that ends before what was acknowledged', async () => {
    const head = await appended((await journal.recover(null)).head, aBatch({}, ['one']));
    const further = { ...head, seq: 7, hash: 'a'.repeat(64) };
    const refused = await journal.recover(further).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(JournalRefused);
    expect(refused).toMatchObject({ kind: 'truncated', readableHead: head, knownHead: further });
    expect(String(refused)).toContain(`agentcom up --accept-journal-end 1:${head.hash}`);
    expect(String(refused)).toContain('agentcom backup restore FILE');
  });

  it('refuses a journal that holds another batch where one was acknowledged', async () => {
    const head = await appended((await journal.recover(null)).head, aBatch({}, ['one']));
    const other = { ...head, hash: 'a'.repeat(64) };
    await expect(journal.recover(other)).rejects.toMatchObject({ kind: 'rewritten', readableHead: head });
  });

  it('refuses a journal of another life', async () => {
    const head = await appended((await journal.recover(null)).head, aBatch({}, ['one']));
    await expect(journal.recover({ ...head, journal: 'another' })).rejects.toMatchObject({ kind: 'foreign' });
  });

  it('refuses a batch written after another predecessor, and names the good end before it', async () => {
    const head = await appended((await journal.recover(null)).head, aBatch({}, ['one']));
    await appended({ ...head, hash: 'b'.repeat(64) }, aBatch({}, ['two']));
    await expect(journal.recover(null)).rejects.toMatchObject({
      kind: 'rewritten',
      readableHead: head,
      knownHead: { seq: 2 },
    });
  });

  it('refuses an event it does not know as written by a newer version', async () => {
    const start = (await journal.recover(null)).head;
    await appended(start, { ...aBatch({}, []), events: ['{"type":"leader.abdicated","hub":"h"}'] });
    const refused = await journal.recover(null).catch((error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'newer' });
    expect(String(refused)).toContain('leader.abdicated');
  });

  it('hands a follower every batch behind its place, in order, and nothing after it stopped', async () => {
    const start = (await journal.recover(null)).head;
    const first = await appended(start, aBatch({}, ['one']));
    const second = await appended(first, aBatch({}, ['two']));
    const seen: StoredBatch[] = [];
    const arrived = signal();
    const stop = journal.follow(first, (batch) => seen.push(batch) === 2 && arrived.resolve(), arrived.reject);
    const third = await appended(second, aBatch({}, ['three']));
    await arrived.promise;
    expect(seen.map(({ head }) => head)).toEqual([second, third]);
    stop();
    const fourth = await appended(third, aBatch({}, ['four']));
    const again = signal();
    const stopAgain = journal.follow(third, () => again.resolve(), again.reject);
    await again.promise;
    stopAgain();
    expect(fourth.seq).toBe(4);
    expect(seen).toHaveLength(2);
  });

  it('tells a follower that the journal does not continue its place', async () => {
    const head = await appended((await journal.recover(null)).head, aBatch({}, ['one']));
    await appended(head, aBatch({}, ['two']));
    const broken = signal<Error>();
    const stop = journal.follow(
      { ...head, hash: 'c'.repeat(64) },
      () => broken.reject(new Error('handed out a batch of another chain')),
      broken.resolve,
    );
    expect(await broken.promise).toMatchObject({ kind: 'rewritten' });
    stop();
  });

  it('recovers the same state whenever it is asked', async () => {
    let head = (await journal.recover(null)).head;
    for (const org of ['one', 'two', 'three']) head = await appended(head, aBatch({}, [org]));
    const states = [await journal.recover(head), await journal.recover(null)].map(({ state }) => [...dumpState(state)]);
    expect(states[0]).toEqual(states[1]);
  });
}

function signal<T = void>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe('the journal in memory', () => {
  conformance(() => Promise.resolve(new MemoryJournal([], randomUUID)));
});

describe('the journal on nats-server', () => {
  let store: TestStore;
  let count = 0;
  beforeAll(async () => {
    store = await TestStore.start();
  });
  afterAll(() => store.stop());

  conformance(async () => (await store.addJournal(`conformance-${++count}`)).journal);
});
