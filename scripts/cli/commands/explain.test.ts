import { expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { testWorld } from '../testing.js';

async function explain(...args: readonly string[]) {
  const world = testWorld();
  return { exit: await runCommandLine(world, ['explain', ...args]), world };
}

it.each([
  ['git.no_commit', 'committed nothing'],
  ['hub.low_disk', 'Free up space'],
  ['verification', 'checks'],
  ['no_taker', 'could start it'],
  ['passed_over', 'could not start it'],
  ['unfit', 'doctor'],
  ['held back', 'doctor'],
  ['69', 'hub'],
  ['77', 'key'],
  ['agents_busy', 'busy'],
  ['blocked', 'task answer'],
  ['hub.unreachable', 'agentcom up'],
  ['git.no_commit:', 'committed nothing'],
])('%s is explained, without a hub', async (code, text) => {
  const { exit, world } = await explain(code);
  expect(exit).toBe(EXIT.done);
  expect(world.out()).toContain(text);
});

it.each([
  ['low_disk', 'data'],
  ['nats_unstable', 'nats-server'],
  ['clearing', 'found'],
  ['muted', 'explain'],
])('%s, which people see on a hub or an alert, is explained', async (word, text) => {
  const { exit, world } = await explain(word);
  expect(exit).toBe(EXIT.done);
  expect(world.out()).toContain(text);
});

it('a rule of alerts is explained by its runbook, readable without the repository', async () => {
  const { exit, world } = await explain('NoAgents');
  expect(exit).toBe(EXIT.done);
  const text = world.out();
  expect(text).toMatch(/^NoAgents\n/);
  expect(text).toContain('Its limits: `agentcom config get alerts.rules.NoAgents`.');
  expect(text).toContain('First look\n\nagentcom agent list\n');
  expect(text).toContain('• all left in the same minute\n  cause: the network');
  expect(text).not.toMatch(/\]\(|```|\*\*|^\|/m);
  expect((await explain('NoAgents', '--json')).world.lines()).toMatchObject([{ rule: 'NoAgents' }]);
  expect((await explain('NoAgent')).world.err()).toContain('NoAgents');
});

it('takes two words as they are shown', async () => {
  const { exit, world } = await explain('held', 'back');
  expect(exit).toBe(EXIT.done);
  expect(world.out()).toContain('held back');
});

it('knows every exit code', async () => {
  for (const code of new Set(Object.values(EXIT)))
    expect((await explain(String(code))).exit, String(code)).toBe(EXIT.done);
});

it('names commands as this person has to type them, for the hub that was named', async () => {
  const world = { ...testWorld(), self: 'npx agentcom' };
  await runCommandLine(world, ['explain', 'git.no_commit', '--hub', 'http://hub.test:7700']);
  expect(world.out()).toContain('`npx agentcom task logs ID --hub http://hub.test:7700`');
});

it('is one JSON value with --json', async () => {
  const { world } = await explain('git.no_commit', '--json');
  expect(world.lines()).toMatchObject([{ code: 'git.no_commit', meanings: [{ kind: 'Failures' }] }]);
});

it('names similar codes for one that it does not know', async () => {
  const { exit, world } = await explain('git.nocommit');
  expect(exit).toBe(EXIT.usage);
  expect(world.err()).toContain('git.');
  expect((await explain('xyz')).world.err()).toContain('errors.md');
});
