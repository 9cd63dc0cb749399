import { expect, it } from 'vitest';
import { upFlags } from './up-flags.mjs';

it.each([
  [[], ['--demo']],
  [['--demo'], ['--demo']],
  [['--no-demo'], []],
  [
    ['--json', '--port', '0'],
    ['--demo', '--json', '--port', '0'],
  ],
  [
    ['--data-dir', 'a b', '--no-demo'],
    ['--data-dir', 'a b'],
  ],
])('npm start with %j is agentcom up with %j', (given, flags) => {
  expect(upFlags(given)).toEqual(flags);
});
