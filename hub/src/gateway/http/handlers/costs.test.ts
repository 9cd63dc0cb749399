// What work has cost, as each caller may see it.

import type { CostReport, Estimate, SubmittedTask } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { noFigures } from '../../../core/ledger/ledger.js';
import { TestHub } from '../fixture.js';

let hub: TestHub;
beforeEach(async () => {
  hub = await TestHub.start();
});
afterEach(() => hub.stop());

const DAY = new Date(Date.now()).toISOString().slice(0, 10);

/** Books costs as if attempts had reported them. */
function spend(org: string, member: string, repo: string, costMicros: number, unknownCost = 0): void {
  const own = hub.state.ledger.org(org);
  const day = Math.floor(Date.parse(DAY) / 86_400_000);
  own.add(day, [repo, 'a', 'claude', 'opus', '[["team","shop"]]', member], {
    ...noFigures(),
    attempts: 1,
    unknownCost,
    cost: { USD: costMicros },
  });
}

async function costs(key: string, query = '', accept?: string) {
  return hub.call<CostReport>('GET', `/costs${query}`, { key, ...(accept !== undefined && { headers: { accept } }) });
}

test('costs are grouped as asked, dearest first, with those of unknown cost and what the month will cost', async () => {
  const { secret } = await hub.key('viewer');
  spend('default', 'key:1', 'r1', 5);
  spend('default', 'key:2', 'r2', 7, 1);
  const { body } = await costs(secret, '?by=repo&by=label:team');
  expect(body.items.map(({ group, costs: sums, unknownCost }) => [group, sums, unknownCost])).toEqual([
    [{ repo: 'r2', 'label:team': 'shop' }, [{ currency: 'USD', costMicros: 7 }], 1],
    [{ repo: 'r1', 'label:team': 'shop' }, [{ currency: 'USD', costMicros: 5 }], 0],
  ]);
  expect(body.total).toMatchObject({ attempts: 2, unknownCost: 1, costs: [{ currency: 'USD', costMicros: 12 }] });
  expect(body.forecast).toMatchObject([{ currency: 'USD', spentMicros: 12 }]);
  expect((await costs(secret, '?by=day')).body.items.map(({ group }) => group.day)).toEqual([DAY]);
});

test('as CSV where that is asked for, in which no cell is run as a formula', async () => {
  const { secret } = await hub.key('viewer');
  spend('default', 'key:1', '=1+1', 5);
  const sent = { key: secret, headers: { accept: 'text/csv' } };
  const { status, headers, body } = await hub.call('GET', '/costs?by=repo', sent);
  expect([status, headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
  expect(body.text).toBe(
    'repo,other,attempts,unknownCost,inputTokens,outputTokens,unpricedTokens,seconds,costMicros USD\r\n' +
      "'=1+1,,1,0,0,0,0,0,5\r\n",
  );
});

test('days that are none, or the wrong way round, are refused', async () => {
  const { secret } = await hub.key('viewer');
  for (const query of [
    '?from=2026-02-31T99:99:99Z',
    '?from=2026-02-30&to=2026-03-05',
    '?to=2026-02-31T12:00:00Z',
    '?from=2026-02-02&to=2026-02-01',
    '?by=colour',
  ])
    expect((await costs(secret, query)).status, query).toBe(400);
});

test('a submitter sees what it submitted itself, and nobody sees another organisation', async () => {
  const { secret, id } = await hub.key('submitter');
  spend('default', `key:${id}`, 'mine', 5);
  spend('default', 'key:other', 'theirs', 7);
  spend('other', `key:${id}`, 'elsewhere', 9);
  const { body } = await costs(secret, '?by=repo&by=member');
  expect(body.items.map(({ group }) => group.repo)).toEqual(['mine']);
  expect(body.total.costs).toEqual([{ currency: 'USD', costMicros: 5 }]);
  expect(body.forecast).toMatchObject([{ spentMicros: 5 }]);
  expect(Object.keys(body.names ?? {})).toEqual([`key:${id}`]);
});

test('whoever runs the hub sees organisations apart, everybody else their own alone', async () => {
  spend('default', 'key:1', 'r', 5);
  spend('other', 'key:1', 'r', 7);
  const orgs = async (role: 'owner' | 'operator') =>
    (await costs((await hub.key(role)).secret, '?by=org')).body.items.map(({ group }) => group.org);
  expect(await orgs('owner')).toEqual(['other', 'default']);
  expect(await orgs('operator')).toEqual(['default']);
  const { secret } = await hub.key('owner');
  expect((await costs(secret, '?by=org&by=repo')).body.items.map(({ group }) => group.org)).toEqual(['default']);
});

test('an estimate is made from what tasks like it have used', async () => {
  const { secret } = await hub.key('submitter');
  const { history } = hub.state.ledger.org('default');
  for (let i = 1; i <= 10; i++)
    history.add(['https://example.org/a.git', 'claude', '', ''], { costMicros: i, currency: 'USD' });
  const body = { repo: { url: 'https://EXAMPLE.org/a.git' }, runner: 'claude' };
  const answer = await hub.call<Estimate>('POST', '/tasks/estimate', { key: secret, body });
  expect(answer.body).toMatchObject({
    n: 10,
    like: ['repo', 'runner'],
    median: { costMicros: 5 },
    p90: { costMicros: 9 },
  });
  const several = { ...body, runner: ['codex', 'claude'] };
  const { body: each } = await hub.call<Estimate>('POST', '/tasks/estimate', { key: secret, body: several });
  expect(each.routes).toEqual([
    { runner: 'claude', costMicros: 9, currency: 'USD', n: 10 },
    { runner: 'codex', n: 0 },
  ]);
  const limited = await hub.key('submitter', 'default', { repositories: ['https://example.org/b.git'] });
  expect((await hub.call('POST', '/tasks/estimate', { key: limited.secret, body })).status).toBe(403);
});

test('a task that may use more than is left of a spend limit is submitted, and the limit is named', async () => {
  await hub.decide({ type: 'org.ensure', org: 'default' });
  const { secret } = await hub.key('operator');
  const { history } = hub.state.ledger.org('default');
  for (let i = 0; i < 5; i++) history.add(['', '', '', ''], { costMicros: 7, currency: 'USD' });
  const body = { title: 'A task', prompt: 'Do it.' };
  const submitted = () => hub.call<SubmittedTask>('POST', '/tasks', { key: secret, body });
  expect((await submitted()).body.overLimits).toBeUndefined();
  const limit = { currency: 'USD', day: { costMicros: 5 } };
  expect((await hub.call('PUT', '/limits/org', { key: secret, body: limit })).status).toBe(200);
  const { status, body: task } = await submitted();
  expect(status).toBe(201);
  expect(task.overLimits).toEqual([
    { limit: 'org', window: 'day', currency: 'USD', expected: { costMicros: 7 }, left: { costMicros: 5 } },
  ]);
});
