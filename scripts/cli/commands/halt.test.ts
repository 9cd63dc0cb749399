// Halts at the command line.

import type { HaltView, MadeHalt } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { KEY, problem, type Reply, TASK, type TestHub, testHub, testWorld } from '../testing.js';

const OTHER = TASK.replace(/.$/, '0');
const halt: HaltView = {
  id: TASK,
  scope: { kind: 'repo', value: 'https://example.org/*' },
  strength: 'running',
  reason: 'the build is broken',
  by: 'key:k',
  since: '2026-01-31T11:00:00Z',
  until: '2026-01-31T14:00:00Z',
};
const fleet: HaltView = { ...halt, id: OTHER, scope: { kind: 'fleet' }, strength: 'new' };

let hub: TestHub;
let halts: readonly HaltView[];
let about: Partial<MadeHalt>;

beforeEach(async () => {
  halts = [halt, fleet];
  about = { running: 1, pending: 12 };
  hub = await testHub(({ method, url }): Reply => {
    const path = url.replace('/api/v1', '').replace(/\?.*/, '');
    if (path === '/halts')
      return method === 'POST'
        ? { status: 201, body: { ...halt, ...about } }
        : { status: 200, body: { items: halts, nextCursor: null } };
    if (method === 'DELETE' && path === `/halts/${TASK}`) return { status: 204 };
    return problem(403, 'auth.forbidden', `${method} ${path}`);
  });
});
afterEach(() => hub.stop());

async function run(...args: readonly string[]) {
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
  const exit = await runCommandLine(world, args);
  return { exit, out: world.out(), err: world.err() };
}

it.each([
  [['all'], { kind: 'fleet' }, 'new'],
  [['org'], { kind: 'org' }, 'new'],
  [['org', 'acme', '--stop'], { kind: 'org', value: 'acme' }, 'running'],
  [['label', 'team=roof'], { kind: 'label', value: 'team=roof' }, 'new'],
  [['runner', 'claude'], { kind: 'runner', value: 'claude' }, 'new'],
  [['agent', 'tern', '--stop'], { kind: 'agent', value: 'tern' }, 'running'],
] as const)('halts %j', async (args, scope, strength) => {
  const { exit } = await run('halt', ...args, '--reason', 'r');
  expect(exit).toBe(EXIT.done);
  expect(hub.received.at(-1)?.body).toEqual({ scope, strength, reason: 'r' });
});

it('says what was halted, until when, and how to go on', async () => {
  const { out } = await run('halt', 'repo', 'https://example.org/*', '--stop', '--until', '2h', '--reason', 'r');
  expect(hub.received.at(-1)?.body).toMatchObject({ until: '2026-01-31T14:00:00.000Z' });
  expect(out).toBe(
    'Halted: repo https://example.org/* gets no new work, and what runs is stopped. 1 task is with agents now, 12 tasks wait. It ends in 2 h.\n' +
      `End it with: agentcom resume ${TASK}\n`,
  );
});

it('warns of a name that nothing has, and halts it all the same', async () => {
  about = { running: 0, pending: 0, unknown: true };
  const { exit, out } = await run('halt', 'repo', 'https://example.org/rof.git', '--reason', 'r');
  expect(exit).toBe(EXIT.done);
  expect(out).toContain(
    'Set, but it holds nothing back: no task, agent or cost here has the name repo https://example.org',
  );
  expect(out).toContain(`If it is mistyped, end it with: agentcom resume ${TASK}`);
});

it.each([
  [['all', 'everything', '--reason', 'r']],
  [['repo', '--reason', 'r']],
  [['moon', '--reason', 'r']],
  [['runner', 'cluade', '--reason', 'r']],
  [['all']],
])('does not take %j', async (args) => {
  expect(await run('halt', ...args)).toMatchObject({ exit: EXIT.usage });
});

it('lists what is halted, and why', async () => {
  const { out } = await run('halts');
  const lines = out.trim().split('\n');
  expect(lines[1]).toMatch(/repo https:\/\/example.org\/\* +all work +1 h ago +in 2 h +the build is broken/);
  expect(lines[2]).toMatch(/the whole fleet +new work/);
  halts = [];
  expect((await run('halts')).out).toBe('nothing is halted\n');
});

it('ends one by a part of its id, or all that it may', async () => {
  expect((await run('resume', TASK.slice(-6))).out).toBe('Ended 1 halt: what it held back goes on.\n');
  expect(hub.received.at(-1)).toMatchObject({ method: 'DELETE' });
  expect((await run('resume', '--all')).out).toBe(
    'Ended 1 halt: what it held back goes on. 1 halt is not yours to end.\n',
  );
  for (const args of [[], [TASK, '--all']]) expect(await run('resume', ...args)).toMatchObject({ exit: EXIT.usage });
});

it('ends what was halted by the words it was halted with', async () => {
  expect((await run('resume', 'repo', 'https://example.org/*')).out).toBe('Ended 1 halt: what it held back goes on.\n');
  expect(hub.received.at(-1)).toMatchObject({ method: 'DELETE', url: `/api/v1/halts/${TASK}` });
  const none = await run('resume', 'agent', 'tern');
  expect(none.err).toContain('no halt of agent tern is in force');
  expect(none.err).toContain('agentcom halts');
  for (const args of [['repo'], ['moon', 'tern']])
    expect(await run('resume', ...args)).toMatchObject({ exit: EXIT.usage });
  expect(await run('resume', 'all')).toMatchObject({ exit: EXIT.notAllowed });
});
