// The audit log at the command line.

import type { AuditPage } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { KEY, problem, type TestHub, testHub, testWorld } from '../testing.js';

const done = {
  id: '9.0',
  at: '2026-01-31T11:00:00Z',
  caller: 'key:1',
  name: 'ci',
  action: 'tasks.change',
  route: 'task.cancel',
  target: 'a-task',
  address: '192.0.2.7',
  outcome: 'done',
  status: 200,
} as const;
const { name: _name, ...nameless } = done;
const refused = { ...nameless, id: '3.0', outcome: 'refused', code: 'auth.invalid', count: 40 } as const;

/** By cursor. */
let pages: Record<string, AuditPage>;
let hub: TestHub;

beforeEach(async () => {
  pages = {
    '': { items: [], nextCursor: '9.1', breaks: [] },
    '9.1': { items: [done], nextCursor: '9.0', breaks: [] },
    '9.0': { items: [refused], nextCursor: null, breaks: [] },
  };
  hub = await testHub(({ method, url }) => {
    const { pathname, searchParams } = new URL(url, 'http://hub');
    const page = pages[searchParams.get('cursor') ?? ''];
    if (pathname !== '/api/v1/audit' || page === undefined)
      return problem(404, 'request.not_found', `${method} ${url}`);
    return { status: 200, body: page };
  });
});
afterEach(() => hub.stop());

async function run(...args: readonly string[]) {
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
  const exit = await runCommandLine(world, ['audit', ...args]);
  return { exit, out: world.out(), err: world.err() };
}

it('fills a page, also behind one on which there is nothing, and says how to go on', async () => {
  const { exit, out } = await run('--limit', '1');
  expect(exit).toBe(EXIT.done);
  expect(out).toMatch(
    /^TIME +CALLER +ACTION +TARGET +FROM +OUTCOME\n1 h ago +ci +task\.cancel +a-task +192\.0\.2\.7 +done\n/,
  );
  expect(out).toContain('More: add --cursor 9.0');
  expect((await run()).out).toMatch(/task\.cancel .* done\n.* auth\.invalid ×40\n$/);
});

it('exports all pages', async () => {
  const { out } = await run('--all', '--json');
  expect(JSON.parse(out)).toMatchObject({ items: [{ id: '9.0' }, { id: '3.0', count: 40 }], nextCursor: null });
  expect((await run('--all')).out).toMatch(/key:1 +task\.cancel .* auth\.invalid ×40\n$/);
});

it('asks for what the flags say', async () => {
  pages[''] = { items: [done], nextCursor: null, breaks: [] };
  await run('--since', '1d', '--caller', 'ci', '--action', 'key.create', '--target', 'k', '--outcome', 'refused');
  const asked = new URL(hub.received[0]?.url ?? '', 'http://hub').searchParams;
  expect(Object.fromEntries(asked)).toEqual({
    since: '2026-01-30T12:00:00.000Z',
    caller: 'ci',
    action: 'key.create',
    target: 'k',
    outcome: 'refused',
    limit: '50',
  });
});

it('says whether the log is intact, and fails when it is not', async () => {
  expect(await run('--verify')).toMatchObject({ exit: EXIT.done, out: 'The audit log is intact: 2 entries.\n' });
  pages['9.0'] = { items: [refused], nextCursor: null, breaks: [{ record: 8, kind: 'missing' }] };
  const { exit, out } = await run('--verify');
  expect(exit).toBe(EXIT.failed);
  expect(out).toContain('The audit log is not intact: record 8 is missing.');
  pages['9.1'] = { items: [done], nextCursor: '9.0', breaks: [{ record: 8, kind: 'altered' }] };
  expect((await run('--limit', '1')).out).toContain('record 8 is altered');
});

it('names what is broken on a page on which nothing was found', async () => {
  pages[''] = { items: [], nextCursor: '9.1', breaks: [{ record: 8, kind: 'missing' }] };
  expect((await run('--limit', '1')).out).toContain('record 8 is missing');
});

it.each([
  ['--verify', '--since', '1d'],
  ['--verify', '--outcome', 'refused'],
  ['--verify', '--limit', '5'],
  ['--verify', '--all'],
  ['--all', '--cursor', '9.0'],
  ['--all', '--limit', '5'],
])('takes no flag that it would ignore: %s %s', async (...args) => {
  const { exit, err } = await run(...args);
  expect(exit).toBe(EXIT.usage);
  expect(err).toContain(`'${args[1]}`);
  expect(hub.received).toEqual([]);
});
