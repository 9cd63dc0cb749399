// Finished tasks in the archive stream of a real nats-server.

import { StorageType } from '@nats-io/jetstream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestStore } from '../journal/testing.js';
import { Archive } from './archive.js';

let store: TestStore;
let archive: Archive;
beforeAll(async () => {
  store = await TestStore.start();
  await store.jsm.streams.add({
    name: 'ARCHIVE',
    subjects: ['archive.0.>'],
    storage: StorageType.File,
    max_msgs_per_subject: 1,
  });
  archive = new Archive(store.js, store.jsm, { archive: 'ARCHIVE', archivePrefix: 'archive.0' });
});
afterAll(() => store.stop());

it('gives a task back by organisation and id, and nothing to another organisation', async () => {
  await archive.put('default', 'task-1', '{"title":"ü"}');
  expect(await archive.get('default', 'task-1')).toBe('{"title":"ü"}');
  expect(await archive.get('other', 'task-1')).toBeUndefined();
  expect(await archive.get('default', 'task-2')).toBeUndefined();
});

it('stores a task once, however often it is archived', async () => {
  const before = (await store.jsm.streams.info('ARCHIVE')).state.last_seq;
  await archive.put('default', 'task-3', '{}');
  await archive.put('default', 'task-3', '{}');
  expect((await store.jsm.streams.info('ARCHIVE')).state.last_seq).toBe(before + 1);
});

it('takes what has become known since', async () => {
  await archive.put('default', 'task-4', '{}');
  await archive.replace('default', 'task-4', '{"left":1}');
  await archive.put('default', 'task-4', '{}');
  expect(await archive.get('default', 'task-4')).toBe('{"left":1}');
});

it.each(['*', '>', 'a.b', '', 'a b'])('reaches no other subject by the id "%s"', async (id) => {
  await expect(archive.get('default', id)).rejects.toThrow(RangeError);
});
