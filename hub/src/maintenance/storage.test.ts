import { describe, expect, it, vi } from 'vitest';
import { ManualTime } from '../audit/testing.js';
import { type StorageParts, StorageWatch, sizeOf } from './storage.js';

const state = { messages: 100, bytes: 1_000, first_seq: 51 };

describe('the size of a stream', () => {
  it('holds nothing in vain when all of it is needed', () => {
    expect(sizeOf(state, 1_000, 0)).toEqual({ messages: 100, bytes: 1_000, diskBytes: 1_000, heldBytes: 0 });
  });

  it('counts what the snapshots supersede, by the share of its messages', () => {
    expect(sizeOf(state, undefined, 76)).toEqual({ messages: 100, bytes: 1_000, heldBytes: 250 });
    expect(sizeOf(state, undefined, 9_999).heldBytes).toBe(1_000);
  });

  it('counts what purged data still takes in files, and nothing where these are compressed', () => {
    expect(sizeOf(state, 1_700, 0).heldBytes).toBe(700);
    expect(sizeOf(state, 400, 0).heldBytes).toBe(0);
    expect(sizeOf({ messages: 0, bytes: 0, first_seq: 7 }, 300, 99).heldBytes).toBe(300);
  });
});

type Info = Awaited<ReturnType<StorageParts['info']>>;

function info(name: string, bytes: number, maxBytes: number, replicas: readonly object[] = []): Info {
  const state = { messages: 10, bytes, first_seq: 101 };
  return { config: { name, max_bytes: maxBytes }, state, cluster: { replicas } } as unknown as Info;
}

function watch(more: Partial<StorageParts> = {}) {
  const time = new ManualTime();
  const onFailed = vi.fn();
  const parts: StorageParts = {
    scheduler: time,
    streams: [
      { section: 'journal', stream: 'JOURNAL' },
      { section: 'output', stream: 'OUTPUT' },
    ],
    info: async (stream) =>
      stream === 'JOURNAL'
        ? info(stream, 7, -1, [{ name: 'n2', current: true, active: 9e9 }])
        : info(stream, 9, 10, [{ name: 'n2', current: false, active: 8e9 }]),
    now: () => time.now(),
    snapshotSeqs: async () => ({ newest: 300, oldest: 106 }),
    diskBytes: async () => new Map([['JOURNAL', 9]]),
    times: () => ({ lastBackupAt: 0, lastCompactionAt: undefined, lastOffSiteAt: undefined, lastProofAt: undefined }),
    onFailed,
    ...more,
  };
  return { time, onFailed, watch: new StorageWatch(parts) };
}

it('has no last snapshot before the first one, and knows since when', async () => {
  const { watch: store, time } = watch({ snapshotSeqs: async () => ({ newest: 0, oldest: 0 }) });
  await store.start();
  expect(store.snapshotAt).toBe(time.now());
  expect(store.storage).not.toHaveProperty('lastSnapshotAt');
  await store.stop();
});

it('says how full streams are, which replicas are behind, and how old snapshots are', async () => {
  const { watch: store, time } = watch();
  await store.start();
  expect(store.sizes).toEqual([
    { name: 'JOURNAL', bytes: 7 },
    { name: 'OUTPUT', bytes: 9, bytesMax: 10 },
  ]);
  expect(store.replicas).toEqual([{ name: 'n2', behindMs: 8_000 }]);
  expect(store.snapshotAt).toBe(time.now());
  expect(store.storage).toEqual({
    streams: [
      { name: 'journal', messages: 10, bytes: 7, diskBytes: 9, heldBytes: 6 },
      { name: 'output', messages: 10, bytes: 9, bytesMax: 10, diskBytes: 0, heldBytes: 0 },
    ],
    lastSnapshotAt: expect.any(String),
    lastBackupAt: '1970-01-01T00:00:00.000Z',
  });
  await store.stop();
});

it('looks again, also after it failed, keeps what it knew until then, and stops', async () => {
  let reading: StorageParts['snapshotSeqs'] = async () => ({ newest: 100, oldest: 0 });
  const snapshotSeqs = vi.fn(() => reading());
  const { watch: store, time, onFailed } = watch({ snapshotSeqs });
  await store.start();
  const began = time.now();
  await time.pass(1_000);
  expect(snapshotSeqs).toHaveBeenCalledTimes(2);
  await time.pass(30_000);
  expect(store.snapshotAt).toBe(began);
  reading = () => Promise.reject(new Error('NATS does not answer'));
  await time.pass(30_000);
  expect(onFailed).toHaveBeenCalledTimes(1);
  expect(store.snapshotAt).toBe(began);
  reading = async () => ({ newest: 200, oldest: 0 });
  await time.pass(30_000);
  expect(store.snapshotAt).toBe(time.now());
  await store.stop();
  await time.pass(60_000);
  expect(snapshotSeqs).toHaveBeenCalledTimes(5);
});
