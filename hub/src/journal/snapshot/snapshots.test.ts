// Snapshots on a real object store: written, read back, damaged, taken by a process of their own, and what compaction leaves.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalHead } from '../../coordinator/ports.js';
import { stateHash } from '../log/state-hash.js';
import { aBatch, append, fill, type TestJournal, TestStore } from '../testing.js';
import { compactJournal } from './compaction.js';
import type { SnapshotDone } from './snapshot-worker.js';
import { Snapshotter, type SnapshotterOptions } from './snapshotter.js';

let store: TestStore;
let main: TestJournal;
beforeEach(async () => {
  store = await TestStore.start();
  main = await store.addJournal('main');
});
afterEach(() => store.stop());

describe('a snapshot', () => {
  it('loads as the state it was written from, with end, epoch and writer', async () => {
    await fill(main.journal, (await main.journal.recover(null)).head, 200);
    const recovered = await main.journal.recover(null);
    const info = await main.snapshots.write(recovered);
    const loaded = await main.snapshots.load(info);
    expect(loaded).toMatchObject({ head: recovered.head, epoch: 1, hub: 'hub' });
    expect(stateHash(loaded.state)).toBe(stateHash(recovered.state));
  });

  it('larger than one chunk loads as it was written', async () => {
    const start = (await main.journal.recover(null)).head;
    const many = Array.from({ length: 20_000 }, (_, n) => `org-${n}-${Math.sin(n)}`);
    let head = start;
    for (let n = 0; n < many.length; n += 2_000)
      head = await append(main.journal, head, aBatch({}, many.slice(n, n + 2_000)));
    const recovered = await main.journal.recover(null);
    const loaded = await main.snapshots.load(await main.snapshots.write(recovered));
    expect(stateHash(loaded.state)).toBe(stateHash(recovered.state));
  });

  it('is listed newest first, by the end it is of', async () => {
    const heads = await fill(main.journal, (await main.journal.recover(null)).head, 3);
    const recovered = await main.journal.recover(null);
    for (const head of [heads[1], heads[0], heads[2]])
      await main.snapshots.write({ ...recovered, head: head as JournalHead });
    expect((await main.snapshots.list()).map(({ head }) => head)).toEqual([heads[2], heads[1], heads[0]]);
  });

  it('of a newer AgentCom is refused with the version it has', async () => {
    await fill(main.journal, (await main.journal.recover(null)).head, 1);
    const { name } = await main.snapshots.write(await main.journal.recover(null));
    const [only] = await main.snapshots.list();
    await main.putSnapshotText(
      name,
      only?.head ?? expect.fail(),
      `${JSON.stringify({ v: 99, head: only?.head, epoch: 1, hub: null })}\n{}\n`,
    );
    const refused = await main.journal.recover(null).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: 'JournalRefused', kind: 'newer' });
    expect(String(refused)).toContain('99');
  });

  it('whose chunks are gone is damaged, and does not make its reader wait', async () => {
    await fill(main.journal, (await main.journal.recover(null)).head, 3);
    const info = await main.snapshots.write(await main.journal.recover(null));
    await store.jsm.streams.purge(`OBJ_${main.bucket}`, { filter: `$O.${main.bucket}.C.>` });
    await expect(main.snapshots.load(info)).rejects.toMatchObject({ name: 'SnapshotDamaged' });
  });

  it('leaves nothing behind when it is erased', async () => {
    await fill(main.journal, (await main.journal.recover(null)).head, 3);
    const info = await main.snapshots.write(await main.journal.recover(null));
    await main.snapshots.erase(info);
    expect((await store.jsm.streams.info(`OBJ_${main.bucket}`)).state.messages).toBe(0);
  });

  it('that was interrupted leaves chunks that are freed later, and no snapshot', async () => {
    await store.js.publish(`$O.${main.bucket}.C.abandoned`, 'half a snapshot');
    expect(await main.snapshots.list()).toEqual([]);
    expect(await main.snapshots.eraseOrphans()).toBe(1);
    expect((await store.jsm.streams.info(`OBJ_${main.bucket}`)).state.messages).toBe(0);
  });
});

describe('compaction', () => {
  it('keeps everything while there are fewer than three snapshots', async () => {
    await snapshotEvery(3, 2);
    await compactJournal(store.jsm, main.stream, main.snapshots);
    expect(await firstSeq()).toBe(1);
  });

  it('keeps the three newest snapshots and the batches from the oldest of them on, and every one of them recovers the state', async () => {
    await snapshotEvery(3, 5);
    const before = await main.journal.recover(null);
    await compactJournal(store.jsm, main.stream, main.snapshots);
    expect((await main.snapshots.list()).map(({ head }) => head.seq)).toEqual([15, 12, 9]);
    expect(await firstSeq()).toBe(9);
    for (const readFrom of [15, 12, 9]) {
      const after = await main.journal.recover(before.head);
      expect(after.readFrom).toBe(readFrom);
      expect(stateHash(after.state)).toBe(stateHash(before.state));
      const [newest] = await main.snapshots.list();
      if (newest !== undefined) await main.snapshots.erase(newest);
    }
  });

  async function snapshotEvery(batches: number, times: number): Promise<void> {
    for (let n = 0; n < times; n++) {
      await fill(main.journal, (await main.journal.recover(null)).head, batches);
      await main.snapshots.write(await main.journal.recover(null));
    }
  }

  async function firstSeq(): Promise<number> {
    return (await store.jsm.streams.info(main.stream)).state.first_seq;
  }
});

describe('the snapshotter', () => {
  const running: Snapshotter[] = [];
  afterEach(() => Promise.all(running.splice(0).map((snapshotter) => snapshotter.stop())));

  let nowMs = 0;
  let head: JournalHead | null = null;

  async function start(
    options: Partial<SnapshotterOptions>,
  ): Promise<{ snapshotter: Snapshotter; done: Promise<SnapshotDone> }> {
    nowMs = 0;
    const { user, password: pass, url: servers } = store.server;
    let snapshotter: Snapshotter | undefined;
    const done = new Promise<SnapshotDone>((resolve, reject) => {
      snapshotter = new Snapshotter({
        connection: { servers, user, pass },
        stream: main.stream,
        bucket: main.bucket,
        everyBatches: 10,
        everyMs: 60_000,
        now: () => nowMs,
        newest: () => Promise.resolve(0),
        head: () => head,
        compact: () => Promise.resolve(),
        exclusive: true,
        onCompacted: () => undefined,
        onDone: resolve,
        onFailed: reject,
        ...options,
      });
    });
    if (snapshotter === undefined) throw new Error('not made');
    running.push(snapshotter);
    await snapshotter.start();
    snapshotter.onLeading();
    return { snapshotter, done };
  }

  function append(snapshotter: Snapshotter, at: JournalHead | undefined): void {
    head = at ?? expect.fail();
    snapshotter.appended();
  }

  it('has a process take a snapshot at the acknowledged end once enough batches came, not of what came later', async () => {
    const heads = await fill(main.journal, (await main.journal.recover(null)).head, 12);
    const { snapshotter, done } = await start({});
    for (const at of heads.slice(0, 10)) append(snapshotter, at);
    expect(await done).toEqual({ at: heads[9], tasks: 0 });
    expect((await main.snapshots.list()).map(({ head }) => head)).toEqual([heads[9]]);
    expect(await main.journal.recover(null)).toMatchObject({ readFrom: 10, head: heads[11] });
  });

  it('takes one when enough time has passed and something was appended', async () => {
    const [only] = await fill(main.journal, (await main.journal.recover(null)).head, 1);
    const { snapshotter, done } = await start({});
    nowMs = 59_999;
    append(snapshotter, only);
    expect(await main.snapshots.list()).toEqual([]);
    nowMs = 60_000;
    append(snapshotter, only);
    expect(await done).toMatchObject({ at: only });
  });

  it('compacts at the first acknowledged append behind a snapshot, and not before', async () => {
    const heads = await fill(main.journal, (await main.journal.recover(null)).head, 11);
    let compactions = 0;
    const compact = () => {
      compactions++;
      return Promise.resolve();
    };
    const { snapshotter, done } = await start({ compact });
    append(snapshotter, heads[9]);
    await done;
    expect(compactions).toBe(0);
    append(snapshotter, heads[10]);
    expect(compactions).toBe(1);
  });

  it('compacts on demand behind a snapshot of the end, at once where no other hub can lead', async () => {
    const heads = await fill(main.journal, (await main.journal.recover(null)).head, 3);
    const compacted: number[] = [];
    const compact = async () => {
      compacted.push((await main.snapshots.list())[0]?.head.seq ?? 0);
    };
    const { snapshotter } = await start({ compact });
    append(snapshotter, heads[2]);
    await snapshotter.compactNow(new AbortController().signal);
    expect(compacted).toEqual([3]);
    await snapshotter.compactNow(new AbortController().signal);
    expect(compacted).toEqual([3, 3]);
    snapshotter.onFollowing();
    await expect(snapshotter.compactNow(new AbortController().signal)).rejects.toThrow('not the leader');
  });

  it('waits on demand for the next append where another hub may have taken the lead, or until it is stopped', async () => {
    const heads = await fill(main.journal, (await main.journal.recover(null)).head, 3);
    let compactions = 0;
    const compact = async () => {
      compactions++;
    };
    const { snapshotter, done } = await start({ compact, exclusive: false });
    append(snapshotter, heads[1]);
    const asked = snapshotter.compactNow(new AbortController().signal);
    await done;
    expect(compactions).toBe(0);
    append(snapshotter, heads[2]);
    await asked;
    expect(compactions).toBe(1);
    const stopped = new AbortController();
    const never = snapshotter.compactNow(stopped.signal);
    stopped.abort(new Error('somebody stopped it'));
    await expect(never).rejects.toThrow('somebody stopped it');
    expect(compactions).toBe(1);
  });

  it('tells what a compaction on demand failed with', async () => {
    const [only] = await fill(main.journal, (await main.journal.recover(null)).head, 1);
    const failures: Error[] = [];
    const compact = () => Promise.reject(new Error('no purge'));
    const { snapshotter } = await start({ compact, onFailed: (error) => void failures.push(error) });
    append(snapshotter, only);
    await expect(snapshotter.compactNow(new AbortController().signal)).rejects.toThrow('no purge');
    expect(failures.map(({ message }) => message)).toEqual(['no purge']);
  });

  it('tells why no snapshot could be taken, and leaves none', async () => {
    const [only] = await fill(main.journal, (await main.journal.recover(null)).head, 1);
    const { snapshotter, done } = await start({ everyBatches: 1 });
    append(snapshotter, { ...(only ?? expect.fail()), hash: 'd'.repeat(64) });
    await expect(done).rejects.toThrow('does not hold the batch 1 that was acknowledged');
    expect(await main.snapshots.list()).toEqual([]);
  });

  it('takes none while its hub does not lead, and ends one under way when it stops', async () => {
    const heads = await fill(main.journal, (await main.journal.recover(null)).head, 2);
    const { snapshotter } = await start({ everyBatches: 1 });
    snapshotter.onFollowing();
    append(snapshotter, heads[0]);
    snapshotter.onLeading();
    append(snapshotter, heads[1]);
    await snapshotter.stop();
    expect(await main.snapshots.list()).toEqual([]);
  });
});
