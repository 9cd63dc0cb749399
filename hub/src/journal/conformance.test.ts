// What every journal must do; run against the one in memory and the one on a real nats-server.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Batch, JournalPort, StoredBatch, Tip } from '../coordinator/ports.js';
import { dumpState } from '../core/snapshot.js';
import { MemoryJournal } from './memory-journal.js';
import { JournalRefused } from './refused.js';
import { aBatch, append, TestStore } from './testing.js';

function conformance(create: () => Promise<JournalPort>): void {
  let journal: JournalPort;
  beforeEach(async () => {
    journal = await create();
  });

  const appended = (after: Tip, batch: Batch): Promise<Tip> => append(journal, after, batch);

  it('recovers an empty journal as sequence 0 of a new journal id', async () => {
    const recovered = await journal.recover(null);
    expect(recovered.tip).toMatchObject({ seq: 0, hash: '' });
    expect(recovered.tip.journal).not.toBe('');
    expect(recovered).toMatchObject({ epoch: 0, lastHub: null, readFrom: 0 });
  });

  it('recovers what was appended, with epoch, writer, ids and end', async () => {
    const first = aBatch({ epoch: 1, hub: 'a' }, ['one']);
    const second = aBatch({ epoch: 3, hub: 'b' }, ['two', 'three']);
    let tip = (await journal.recover(null)).tip;
    tip = await appended(tip, first);
    tip = await appended(tip, second);
    const recovered = await journal.recover(tip);
    expect(recovered).toMatchObject({ tip, epoch: 3, lastHub: 'b', readFrom: 0 });
    expect([...recovered.batchIds]).toEqual([first.id, second.id]);
    expect([...recovered.state.orgs].sort()).toEqual(['one', 'three', 'two']);
  });

  it('recovers an empty batch', async () => {
    const tip = await appended((await journal.recover(null)).tip, aBatch({}, []));
    expect((await journal.recover(tip)).tip).toEqual(tip);
  });

  it('answers overtaken to a writer whose place is taken, and stores nothing of it', async () => {
    const start = (await journal.recover(null)).tip;
    const tip = await appended(start, aBatch({}, ['winner']));
    expect(await journal.append(aBatch({}, ['loser']), start)).toEqual({ kind: 'overtaken' });
    const recovered = await journal.recover(tip);
    expect(recovered.tip).toEqual(tip);
    expect([...recovered.state.orgs]).toEqual(['winner']);
  });

  it('acknowledges a batch that is already stored in its place', async () => {
    const start = (await journal.recover(null)).tip;
    const batch = aBatch({}, ['once']);
    const tip = await appended(start, batch);
    expect(await journal.append(batch, start)).toEqual({ kind: 'acked', tip });
    expect((await journal.recover(null)).tip).toEqual(tip);
  });

  it('answers unknown when the journal is shorter than the writer thinks', async () => {
    const start = (await journal.recover(null)).tip;
    const tip = await appended(start, aBatch({}, ['one']));
    const ahead = { ...tip, seq: tip.seq + 5, hash: 'f'.repeat(64) };
    expect(await journal.append(aBatch({}, ['two']), ahead)).toMatchObject({ kind: 'unknown' });
  });

  it('refuses a journal that ends before what was acknowledged', async () => {
    const tip = await appended((await journal.recover(null)).tip, aBatch({}, ['one']));
    const further = { ...tip, seq: 7, hash: 'a'.repeat(64) };
    const refused = await journal.recover(further).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(JournalRefused);
    expect(refused).toMatchObject({ kind: 'truncated', goodEnd: tip, knownEnd: further });
    expect(String(refused)).toContain(`agentcom up --accept-journal-end 1:${tip.hash}`);
    expect(String(refused)).toContain('agentcom backup restore FILE');
  });

  it('refuses a journal that holds another batch where one was acknowledged', async () => {
    const tip = await appended((await journal.recover(null)).tip, aBatch({}, ['one']));
    const other = { ...tip, hash: 'a'.repeat(64) };
    await expect(journal.recover(other)).rejects.toMatchObject({ kind: 'rewritten', goodEnd: tip });
  });

  it('refuses a journal of another life', async () => {
    const tip = await appended((await journal.recover(null)).tip, aBatch({}, ['one']));
    await expect(journal.recover({ ...tip, journal: 'another' })).rejects.toMatchObject({ kind: 'foreign' });
  });

  it('refuses a batch written after another predecessor, and names the good end before it', async () => {
    const tip = await appended((await journal.recover(null)).tip, aBatch({}, ['one']));
    await appended({ ...tip, hash: 'b'.repeat(64) }, aBatch({}, ['two']));
    await expect(journal.recover(null)).rejects.toMatchObject({
      kind: 'rewritten',
      goodEnd: tip,
      knownEnd: { seq: 2 },
    });
  });

  it('refuses an event it does not know as written by a newer version', async () => {
    const start = (await journal.recover(null)).tip;
    await appended(start, { ...aBatch({}, []), events: ['{"type":"leader.abdicated","hub":"h"}'] });
    const refused = await journal.recover(null).catch((error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'newer' });
    expect(String(refused)).toContain('leader.abdicated');
  });

  it('hands a follower every batch behind its place, in order, and nothing after it stopped', async () => {
    const start = (await journal.recover(null)).tip;
    const first = await appended(start, aBatch({}, ['one']));
    const second = await appended(first, aBatch({}, ['two']));
    const seen: StoredBatch[] = [];
    const arrived = signal();
    const stop = journal.follow(first, (batch) => seen.push(batch) === 2 && arrived.resolve(), arrived.reject);
    const third = await appended(second, aBatch({}, ['three']));
    await arrived.promise;
    expect(seen.map(({ tip }) => tip)).toEqual([second, third]);
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
    const tip = await appended((await journal.recover(null)).tip, aBatch({}, ['one']));
    await appended(tip, aBatch({}, ['two']));
    const broken = signal<Error>();
    const stop = journal.follow(
      { ...tip, hash: 'c'.repeat(64) },
      () => broken.reject(new Error('handed out a batch of another chain')),
      broken.resolve,
    );
    expect(await broken.promise).toMatchObject({ kind: 'rewritten' });
    stop();
  });

  it('recovers the same state whenever it is asked', async () => {
    let tip = (await journal.recover(null)).tip;
    for (const org of ['one', 'two', 'three']) tip = await appended(tip, aBatch({}, [org]));
    const states = [await journal.recover(tip), await journal.recover(null)].map(({ state }) => [...dumpState(state)]);
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
