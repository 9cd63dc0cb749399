import { expect, it } from 'vitest';
import { MACHINE_COMMANDS } from './machine-program.js';
import { COMMANDS } from './program.js';

it('has every command that hints name, but those that need a hub, what it sends by, or a checkout', () => {
  const here = new Set(MACHINE_COMMANDS.map(({ name }) => name));
  expect(COMMANDS.map(({ name }) => name).filter((name) => !here.has(name))).toEqual([
    'up',
    'watch',
    'backup',
    'compact',
    'bench',
  ]);
});
