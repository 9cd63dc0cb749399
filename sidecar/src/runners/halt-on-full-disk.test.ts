// A halt where no new file can be made; everything else is real.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ATTEMPT } from '../core/fixture.js';
import { groupLives } from '../host/process-group.js';
import { RunnerBench } from './fixture.js';

const disk = vi.hoisted(() => ({ isFull: false }));

vi.mock('@agentcom/schemas/host', async (original) => {
  const real = await original<typeof import('@agentcom/schemas/host')>();
  const createDurably: typeof real.createDurably = async (path, data) => {
    if (disk.isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    return real.createDurably(path, data);
  };
  return { ...real, createDurably };
});

let bench: RunnerBench;

beforeEach(async () => {
  bench = await RunnerBench.open();
});
afterEach(async () => {
  disk.isFull = false;
  await bench.close();
});

it('ends what runs all the same, and rejects because it could not forbid the rest', async () => {
  bench.begin(bench.runner('trap "echo bye > bye; exit" TERM; echo x > started; while :; do sleep 0.05; done'));
  await bench.made('started');
  const shim = await bench.shim();
  const runner = bench.runner('');
  disk.isFull = true;
  await expect(runner.halt(ATTEMPT)).rejects.toThrow('no space left');
  expect(groupLives(shim)).toBe(false);
  // Asked first, as always.
  expect(await bench.made('bye')).toBe('bye\n');
  disk.isFull = false;
  await runner.halt(ATTEMPT);
});
