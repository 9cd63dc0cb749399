// Large bodies on a real object store: stored once, pinned while needed, erased for good.

import { Objm, StorageType } from '@nats-io/obj';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { Objects } from '../jetstream/objects.js';
import { TestStore } from '../journal/testing.js';
import { Bodies } from './bodies.js';

let store: TestStore;
let objects: Objects;
let bodies: Bodies;
let count = 0;
beforeAll(async () => {
  store = await TestStore.start();
});
beforeEach(async () => {
  const bucket = `bodies_${++count}`;
  await new Objm(store.js).create(bucket, { storage: StorageType.File });
  objects = await Objects.open(store.js, store.jsm, bucket);
  bodies = new Bodies(objects, 1024);
});
afterAll(() => store.stop());

async function names(): Promise<string[]> {
  const found: string[] = [];
  for await (const name of objects.names()) found.push(name);
  return found.sort();
}

async function storedMessages(): Promise<number> {
  return (await store.jsm.streams.info(objects.stream)).state.messages;
}

it('gives back what was put, from the cache and from the store', async () => {
  const text = 'ü'.repeat(50_000);
  const { ref, bytes } = await bodies.put(text, 7);
  expect(ref).toMatch(/^7\.[0-9a-f]{64}$/);
  expect(bytes).toBe(100_000);
  expect(await bodies.get(ref)).toBe(text);
  expect(await new Bodies(objects, 1024).get(ref)).toBe(text);
});

it('stores a body as any client of object stores reads it', async () => {
  const text = 'ü'.repeat(50_000);
  const { ref } = await bodies.put(text, 7);
  const read = await (await new Objm(store.js).open(`bodies_${count}`)).get(ref);
  expect(await new Response(read?.data).text()).toBe(text);
  await expect(read?.error).resolves.toBeUndefined();
});

it('puts a body in place of one of another size, and leaves nothing of that', async () => {
  const { ref } = await bodies.put('text', 1);
  await objects.replace(ref, Buffer.from('cut short'), await objects.info(ref));
  for (const known of [bodies, new Bodies(objects, 1024)]) await known.put('text', 1);
  expect(await new Bodies(objects, 1024).get(ref)).toBe('text');
  expect(await storedMessages()).toBe(2);
});

it('stores the same body once, however often and at once it is put', async () => {
  const refs = await Promise.all([1, 2, 3].map(() => bodies.put('same', 1)));
  for (const known of [bodies, new Bodies(objects, 1024)]) await known.put('same', 1);
  expect(new Set(refs.map(({ ref }) => ref)).size).toBe(1);
  expect(await storedMessages()).toBe(2);
});

it('does not lose a body that was stored without an answer, and is put again', async () => {
  const publish = store.js.publish.bind(store.js);
  const unanswered = vi.spyOn(store.js, 'publish').mockImplementation(async (subject, ...rest) => {
    const stored = await publish(subject, ...rest);
    if (subject.includes('.M.')) throw new Error('timeout');
    return stored;
  });
  await expect(bodies.put('text', 1)).rejects.toThrow('timeout');
  unanswered.mockRestore();
  const { ref } = await bodies.put('text', 1);
  expect(await new Bodies(objects, 1024).get(ref)).toBe('text');
});

it('keeps the bodies of different epochs apart', async () => {
  const old = await bodies.put('same', 1);
  const present = await bodies.put('same', 2);
  bodies.release(old.ref);
  await bodies.erase(old.ref);
  expect(await names()).toEqual([present.ref]);
});

it('erases nothing that a command under way names', async () => {
  const { ref } = await bodies.put('text', 1);
  await bodies.put('text', 1);
  bodies.release(ref);
  await bodies.erase(ref);
  expect(await bodies.get(ref)).toBe('text');
  bodies.release(ref);
  await bodies.erase(ref);
  expect(await storedMessages()).toBe(0);
  await expect(bodies.get(ref)).rejects.toMatchObject({ name: 'BodyLost', ref });
});

it('stores a body that is put while the same one is being erased', async () => {
  const { ref } = await bodies.put('text', 1);
  bodies.release(ref);
  const erased = bodies.erase(ref);
  await bodies.put('text', 1);
  await erased;
  expect(await new Bodies(objects, 1024).get(ref)).toBe('text');
});

it('waits with erasures while they are held, and then does them', async () => {
  const { ref } = await bodies.put('text', 1);
  bodies.release(ref);
  const first = bodies.holdErasures();
  const second = bodies.holdErasures();
  await bodies.erase(ref);
  await first();
  expect(await names()).toEqual([ref]);
  await second();
  expect(await names()).toEqual([]);
});

it('keeps a body that is put again while erasures are held', async () => {
  const { ref } = await bodies.put('text', 1);
  bodies.release(ref);
  const letGo = bodies.holdErasures();
  await bodies.erase(ref);
  await bodies.put('text', 1);
  bodies.release(ref);
  await letGo();
  expect(await names()).toEqual([ref]);
});

it('sweeps what earlier leaders stored and nobody names, and nothing of the present one', async () => {
  const named = await bodies.put('named', 1);
  const orphan = await bodies.put('orphan', 2);
  const present = await bodies.put('present', 3);
  for (const { ref } of [named, orphan, present]) bodies.release(ref);
  expect(await bodies.sweep((ref) => ref === named.ref, 3)).toBe(1);
  expect(await names()).toEqual([named.ref, present.ref].sort());
});

it('does not hand out a body that is not what it was', async () => {
  const { ref } = await bodies.put('text', 1);
  await objects.replace(ref, Buffer.from('tampered'), await objects.info(ref));
  await expect(new Bodies(objects, 1024).get(ref)).rejects.toMatchObject({ name: 'BodyLost' });
});

it('keeps no more text in memory than it may', async () => {
  const first = await bodies.put('a'.repeat(1_000), 1);
  const second = await bodies.put('b'.repeat(1_000), 1);
  for (const { ref } of [first, second]) await objects.erase(ref);
  expect(await bodies.get(second.ref)).toBe('b'.repeat(1_000));
  await expect(bodies.get(first.ref)).rejects.toMatchObject({ name: 'BodyLost' });
});

it('refuses a body that does not fit one chunk, and pins nothing', async () => {
  await expect(bodies.put('x'.repeat(600_000), 1)).rejects.toThrow(RangeError);
});
