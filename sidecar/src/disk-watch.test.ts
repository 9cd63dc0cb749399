import { systemScheduler } from '@agentcom/schemas/host';
import { expect, it } from 'vitest';
import { watchDisk } from './disk-watch.js';

const MIB = 1024 ** 2;

async function watched(...free: (number | undefined)[]) {
  const notes: string[] = [];
  const full: number[] = [];
  const over = new AbortController();
  const freeBytes = async () => {
    if (free.length === 0) over.abort();
    const next = free.shift();
    return next === undefined ? undefined : next * MIB;
  };
  const settings = {
    freeBytes,
    floorBytes: 256 * MIB,
    full: (bytes: number) => void full.push(bytes / MIB),
    everyMs: 1,
  };
  const isFull = await watchDisk(settings, systemScheduler, (text) => void notes.push(text), over.signal);
  return { isFull, notes, full };
}

it('says once when it gets tight, and that it is full below the floor', async () => {
  expect(await watched(9_000, 500, 400, 300, 255, 1)).toEqual({
    isFull: true,
    notes: ['only 500 MiB of disk space left; below 256 MiB the agent is stopped'],
    full: [255],
  });
});

it('goes on where nothing can be told, and ends with the run', async () => {
  expect(await watched(undefined, 9_000)).toEqual({ isFull: false, notes: [], full: [] });
});
