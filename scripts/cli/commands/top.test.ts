import { expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { deadAddress, KEY, testWorld } from '../testing.js';

it('says what to do where there is no terminal', async () => {
  const world = testWorld();
  expect(await runCommandLine(world, ['top'])).toBe(EXIT.usage);
  expect(world.err()).toContain('agentcom top needs a terminal');
  expect(world.err()).toContain('--once');
  expect(world.out()).toBe('');
});

it('says that no hub answers before it takes the terminal', async () => {
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: await deadAddress() } });
  expect(await runCommandLine({ ...world, canAsk: true }, ['top'])).toBe(EXIT.unreachable);
  expect(world.err()).toContain('nothing answers at');
  expect(world.out()).toBe('');
});
