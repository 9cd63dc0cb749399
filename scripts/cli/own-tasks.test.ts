// Whose tasks lists show by themselves, and what is said of the others.

import { afterEach, expect, test } from 'vitest';
import { EXIT } from './exit.js';
import { schemaHub } from './fixture.js';
import { runCommandLine } from './program.js';
import { KEY, type Received, type TestHub, task, testWorld } from './testing.js';

let hub: TestHub | undefined;
afterEach(() => hub?.stop());

/** A hub at which the caller has so many tasks, and others so many, which it may not change. */
async function listed(args: readonly string[], own = 1, others = 12) {
  const page = ({ url }: Received) => {
    const isOwn = url.includes('mine=auto');
    const letter = { ...task({ state: 'dead' }), death: 'permanent', diedAt: '2026-01-31T11:00:00Z' };
    const items = Array.from({ length: isOwn ? own : own + others }, () => letter);
    const counts = url.includes('count=1') ? { total: items.length, ...(isOwn && { others }) } : {};
    return { status: 200, body: { items, nextCursor: null, ...counts } };
  };
  const stats = { at: '', uptimeSeconds: 1, queued: {}, tasks: {}, agents: {} };
  hub = await schemaHub({
    health: () => ({ status: 200, body: { status: 'healthy', reasons: [] } }),
    stats: () => ({ status: 200, body: stats }),
    'agent.list': () => ({ status: 200, body: { items: [], nextCursor: null } }),
    'alert.list': () => ({ status: 200, body: { items: [], nextCursor: null } }),
    'notify.list': () => ({ status: 200, body: { items: [], nextCursor: null } }),
    'need.list': () => ({ status: 200, body: { items: [], nextCursor: null, total: 0 } }),
    'task.list': page,
    'dead.list': page,
  });
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url, NO_COLOR: '1' }, isTerminal: true });
  const exit = await runCommandLine(world, args);
  const lists = hub.received.filter(({ url }) => /\/(tasks|dead-letters)\?/.test(url));
  await hub.stop();
  const asked = [...new Set(lists.map(({ url }) => new URL(url, 'http://hub').searchParams.get('mine')))];
  return { exit, asked, out: world.out(), lines: world.lines };
}

test.each([
  [['task', 'list'], '1 task of yours; --all shows 12 more'],
  [['task', 'list', '--sort', 'title'], '1 task of yours; --all shows 12 more'],
  [['dead', 'list'], '1 dead letter of yours; --all shows 12 more'],
])('%j shows what is the caller’s own, and says how much that leaves out', async (args, said) => {
  const { exit, asked, out } = await listed(args);
  expect([exit, asked, out.trimEnd().split('\n').at(-1)]).toEqual([EXIT.done, ['auto'], said]);
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect((await listed(args, 0)).out).toMatch(/^no .*\nyours only; --all shows 12 more\n$/);
  expect((await listed(args, 1, 0)).out).not.toContain('--all');
});

test.each([[['task', 'list']], [['dead', 'list']], [['status']]])('%j --all shows everybody’s', async (args) => {
  const { asked, out } = await listed([...args, '--all']);
  expect(asked).toEqual([null]);
  expect(out).not.toContain('yours');
});

test('what is mine is so for whoever asks for it, and not together with all', async () => {
  expect((await listed(['task', 'list', '--mine'])).asked).toEqual(['1']);
  expect((await listed(['task', 'list', '--mine', '--all'])).exit).toBe(EXIT.usage);
  expect((await listed(['dead', 'list', '--mine', '--all'])).exit).toBe(EXIT.usage);
});

test('programs get the same items in the same form', async () => {
  const lists = [await listed(['task', 'list', '--json']), await listed(['dead', 'list', '--json'])];
  for (const { asked, lines } of lists) {
    expect(asked).toEqual(['auto']);
    expect(Object.keys(lines()[0] as object)).toEqual(['items', 'nextCursor']);
  }
});

test('the status is about own tasks, and says so', async () => {
  const { asked, out, exit } = await listed(['status'], 1, 3);
  expect([exit, asked]).toEqual([EXIT.done, ['auto']]);
  expect(out).toMatch(/\nshown +your tasks; --all shows 15 more\n/);
  expect((await listed(['status'], 1, 0)).out).not.toContain('shown');
  expect((await listed(['status'], 9, 0)).out).not.toContain('more questions');
});
