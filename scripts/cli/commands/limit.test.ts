// Spend limits at the command line.

import type { LimitView } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { KEY, problem, type Reply, TASK, type TestHub, testHub, testWorld } from '../testing.js';

const used = { costMicros: 45_000_000, tokens: 7, unpricedTokens: 0, unknownCost: 0, otherCosts: [] };
const org: LimitView = {
  scope: { kind: 'org' },
  currency: 'EUR',
  windows: [
    {
      window: 'day',
      costMicros: 50_000_000,
      used,
      share: 0.9,
      since: '2026-01-31T00:00:00Z',
      until: '2026-02-01T00:00:00Z',
    },
    {
      window: 'month',
      tokens: 1_000,
      used,
      share: 0.007,
      since: '2026-01-01T00:00:00Z',
      until: '2026-02-01T00:00:00Z',
    },
  ],
  reserved: { costMicros: 2_000_000, tokens: 5, tasks: 2 },
  level: 'closed',
  holdsBack: 'used',
  by: 'key:k',
  since: '2026-01-31T11:00:00Z',
};

let hub: TestHub;
let known: LimitView;
let isNew: boolean;
/** What others have made of it by the time that a change arrives, one after the other. */
let others: LimitView[];

beforeEach(async () => {
  known = org;
  isNew = false;
  others = [];
  hub = await testHub(({ method, url }): Reply => {
    const path = url.replace('/api/v1', '').replace(/\?.*/, '');
    if (path === '/limits') return { status: 200, body: { items: [known], nextCursor: null } };
    if (path === '/members')
      return {
        status: 200,
        body: {
          items: [{ id: TASK, email: 'ada@example.org', name: 'Ada', role: 'owner', joinedAt: '2026-01-31T11:00:00Z' }],
          nextCursor: null,
        },
      };
    if (!path.startsWith('/limits/')) return problem(403, 'auth.forbidden', `${method} ${path}`);
    if (method === 'DELETE') return { status: 204 };
    if (method === 'GET' && isNew) return problem(404, 'limit.not_found', 'this scope has no spend limit');
    const other = method === 'PUT' ? others.shift() : undefined;
    if (other !== undefined) {
      known = other;
      return problem(412, 'limit.version_conflict', 'somebody else has changed this spend limit meanwhile');
    }
    return { status: 200, body: known, headers: { etag: `"v${others.length}"` } };
  });
});
afterEach(() => hub.stop());

async function run(...args: readonly string[]) {
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
  const exit = await runCommandLine(world, ['limit', ...args]);
  return { exit, out: world.out(), err: world.err() };
}

const lastPath = () => decodeURIComponent(hub.received.at(-1)?.url.replace('/api/v1/limits/', '') ?? '');

it.each([
  [['all'], 'fleet'],
  [['org'], 'org'],
  [['org', 'acme'], 'org:acme'],
  [['repo', 'https://example.org/*'], 'repo:https://example.org/*'],
  [['label', 'team=roof'], 'label:team=roof'],
  [['runner', 'claude'], 'runner:claude'],
  [['agent', 'tern'], 'agent:tern'],
  [['member', 'ada@example.org'], `member:person:${TASK}`],
  [['member', 'key:k'], 'member:key:k'],
])('sets that of %j', async (args, path) => {
  isNew = true;
  expect(await run('set', ...args, '--day', '50')).toMatchObject({ exit: EXIT.done });
  expect(hub.received.at(-1)).toMatchObject({
    method: 'PUT',
    body: { currency: 'USD', day: { costMicros: 50_000_000 } },
  });
  expect(lastPath()).toBe(path);
});

it('takes money and tokens for each window', async () => {
  await run('set', 'org', '--month', '2.50', '--month-tokens', '9', '--total-tokens', '8', '--currency', 'eur');
  expect(hub.received.at(-1)?.body).toEqual({
    currency: 'EUR',
    month: { costMicros: 2_500_000, tokens: 9 },
    total: { tokens: 8 },
  });
});

it('raises what is named, and keeps the rest', async () => {
  const { out } = await run('raise', 'org', '--day', '80');
  expect(hub.received.at(-1)?.body).toEqual({
    currency: 'EUR',
    day: { costMicros: 80_000_000 },
    month: { tokens: 1_000 },
  });
  expect(out).toContain('Reserved for what runs (2): 2.00 EUR, 5 tokens.');
});

const dayOf = (costMicros: number): LimitView => ({
  ...org,
  windows: org.windows.map((window) => (window.window === 'day' ? { ...window, costMicros } : window)),
});

it('raises what others have made of it meanwhile, and says so', async () => {
  others = [dayOf(60_000_000), dayOf(70_000_000)];
  const { exit, err } = await run('raise', 'org', '--month-tokens', '2000');
  expect([exit, err.match(/Somebody else changed the limit meanwhile/g)?.length]).toEqual([EXIT.done, 1]);
  expect(hub.received.at(-1)).toMatchObject({
    headers: { 'if-match': '"v0"' },
    body: { currency: 'EUR', day: { costMicros: 70_000_000 }, month: { tokens: 2_000 } },
  });
});

it('raises nothing that others have raised further meanwhile', async () => {
  others = [dayOf(90_000_000)];
  expect(await run('raise', 'org', '--day', '80')).toMatchObject({ exit: EXIT.usage });
});

it('gives up a raise that others always come before', async () => {
  others = Array.from({ length: 9 }, () => org);
  const { exit, err } = await run('raise', 'org', '--day', '80');
  expect([exit, others.length]).toEqual([EXIT.failed, 4]);
  expect(err).toContain('limit.version_conflict');
});

it.each([
  [['set', 'org']],
  [['set', 'label', '--day', '5']],
  [['set', 'label', 'roof', '--day', '5']],
  [['set', 'all', 'of-them', '--day', '5']],
  [['set', 'org', '--day-tokens', '5', '--currency', 'EUR']],
  [['raise', 'org', '--day', '40']],
  [['raise', 'org', '--day', '80', '--currency', 'USD']],
  [['set', 'moon', '--day', '5']],
])('does not take %j', async (args) => {
  expect(await run(...args)).toMatchObject({ exit: EXIT.usage });
});

it('set anew, keeps its currency, and says what it has no more', async () => {
  const { err } = await run('set', 'org', '--day', '60');
  expect(hub.received.at(-1)?.body).toEqual({ currency: 'EUR', day: { costMicros: 60_000_000 } });
  expect(err).toContain('What it had for month is gone.');
});

it('lists what is used of each, and what that means', async () => {
  const { out } = await run('list');
  const lines = out.trim().split('\n');
  expect(lines[1]).toMatch(/the organisation +day +45.00 +50.00 EUR +90 +nothing new +in 12 h/);
  expect(lines[2]).toMatch(/^ +month +7 +1,000 tokens +0 +in 12 h/);
});

it('says nothing of money for a limit of tokens', async () => {
  const unknown = { ...used, unknownCost: 1, unpricedTokens: 7, otherCosts: [{ currency: 'USD', costMicros: 1 }] };
  known = { ...org, windows: org.windows.map((window) => ({ ...window, used: unknown })) };
  const { out } = await run('show', 'org');
  expect(out).toContain('Not in the money of day: 1 attempt of unknown cost, ');
  expect(out).not.toContain('Not in the money of month');
});

it('says what nobody knows the cost of, and what was spent in other currencies', async () => {
  const unknown = {
    ...used,
    unknownCost: 3,
    unpricedTokens: 1_200,
    otherCosts: [{ currency: 'USD', costMicros: 1_000_000 }],
  };
  known = { ...org, windows: org.windows.slice(0, 1).map((window) => ({ ...window, used: unknown })) };
  expect((await run('show', 'org')).out).toContain(
    'Not in the money of day: 3 attempts of unknown cost, 1,200 tokens without a price, 1.00 USD in other currencies.',
  );
});

it('removes one', async () => {
  expect((await run('remove', 'agent', 'tern')).out).toBe(
    'Removed the spend limit: what it alone held back goes on.\n',
  );
  expect(hub.received.at(-1)).toMatchObject({ method: 'DELETE' });
});
