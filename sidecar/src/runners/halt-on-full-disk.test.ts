// A halt where no new file can be made; everything else is real.

import * as host from '@agentcom/schemas/host';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ATTEMPT } from '../core/fixture.js';
import { groupLives } from '../host/process-group.js';
import { RunnerBench } from './fixture.js';

let bench: RunnerBench;

beforeEach(async () => {
  bench = await RunnerBench.open();
});
afterEach(async () => {
  await bench.close();
});

it('ends what runs all the same, and rejects because it could not forbid the rest', async () => {
  bench.begin(bench.runner('trap "echo bye > bye; exit" TERM; echo x > started; while :; do sleep 0.05; done'));
  await bench.made('started');
  const shim = await bench.shim();
  const runner = bench.runner('');
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  const created = vi.spyOn(host, 'createDurably').mockRejectedValue(full);
  await expect(runner.halt(ATTEMPT)).rejects.toThrow('no space left');
  expect(groupLives(shim)).toBe(false);
  // Asked first, as always.
  expect(await bench.made('bye')).toBe('bye\n');
  created.mockRestore();
  await runner.halt(ATTEMPT);
});
