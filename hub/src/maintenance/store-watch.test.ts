import { expect, it, vi } from 'vitest';
import { ManualTime } from '../audit/testing.js';
import { StoreWatch, type StoreWatchParts } from './store-watch.js';

type Info = Awaited<ReturnType<StoreWatchParts['info']>>;

function info(name: string, bytes: number, maxBytes: number, replicas: readonly object[] = []): Info {
  return { config: { name, max_bytes: maxBytes }, state: { bytes }, cluster: { replicas } } as unknown as Info;
}

function watch(more: Partial<StoreWatchParts> = {}) {
  const time = new ManualTime();
  const onFailed = vi.fn();
  const parts: StoreWatchParts = {
    scheduler: time,
    streams: ['JOURNAL', 'OUTPUT'],
    info: async (stream) =>
      stream === 'JOURNAL'
        ? info(stream, 7, -1, [{ name: 'n2', current: true, active: 9e9 }])
        : info(stream, 9, 10, [{ name: 'n2', current: false, active: 8e9 }]),
    now: () => time.now(),
    newestSnapshot: async () => 100,
    onFailed,
    ...more,
  };
  return { time, onFailed, watch: new StoreWatch(parts) };
}

it('says how full streams are, which replicas are behind, and how old snapshots are', async () => {
  const { watch: store, time } = watch();
  await store.start();
  expect(store.sizes).toEqual([
    { name: 'JOURNAL', bytes: 7 },
    { name: 'OUTPUT', bytes: 9, bytesMax: 10 },
  ]);
  expect(store.replicas).toEqual([{ name: 'n2', behindMs: 8_000 }]);
  expect(store.snapshotAt).toBe(time.now());
  await store.stop();
});

it('looks again, also after it failed, keeps what it knew until then, and stops', async () => {
  let reading: () => Promise<number> = async () => 100;
  const newestSnapshot = vi.fn(() => reading());
  const { watch: store, time, onFailed } = watch({ newestSnapshot });
  await store.start();
  const began = time.now();
  await time.pass(30_000);
  expect(store.snapshotAt).toBe(began);
  reading = () => Promise.reject(new Error('NATS does not answer'));
  await time.pass(30_000);
  expect(onFailed).toHaveBeenCalledTimes(1);
  expect(store.snapshotAt).toBe(began);
  reading = async () => 200;
  await time.pass(30_000);
  expect(store.snapshotAt).toBe(time.now());
  await store.stop();
  await time.pass(60_000);
  expect(newestSnapshot).toHaveBeenCalledTimes(4);
});
