// What waits for a person, by the route that the command asks.

import type { NeedPage } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HUB_ORG } from '../../../core/access/access.js';
import { TestHub } from '../fixture.js';

let hub: TestHub;
beforeEach(async () => {
  hub = await TestHub.start();
  for (const org of [HUB_ORG, 'other']) await hub.decide({ type: 'org.ensure', org });
});
afterEach(() => hub.stop());

const ROOF = { url: 'https://git.example.com/roof.git' };
const CELLAR = { url: 'https://git.example.com/cellar.git' };

async function needs(key: string, query = '') {
  const { status, body } = await hub.call<NeedPage>('GET', `/needs${query}`, { key });
  return { status, total: body.total, said: body.items?.map(({ kind, title, repo }) => [kind, title, repo]) };
}

test('has work that no agent is there for and dead letters, narrowed by a query', async () => {
  const { secret } = await hub.key('viewer');
  await hub.agent('crane');
  await hub.submit('key:x', HUB_ORG, { title: 'Mend', needs: ['gpu'], repo: ROOF });
  await hub.submit('key:x', HUB_ORG, { title: 'Paint', needs: ['brush'], repo: CELLAR });
  await hub.submit('key:x', 'other', { title: 'Secret', needs: ['gpu'] });
  const both = [
    ['unmatched', 'Paint', CELLAR.url],
    ['unmatched', 'Mend', ROOF.url],
  ];
  const { said, total } = await needs(secret);
  expect([said?.toSorted(), total]).toEqual([both.toSorted(), 2]);
  expect(await needs(secret, '?q=repo:roof')).toMatchObject({ said: [['unmatched', 'Mend', ROOF.url]], total: 1 });
  expect(await needs(secret, '?q=kind:question')).toMatchObject({ said: [], total: 0 });
  expect(await needs(secret, '?limit=1')).toMatchObject({ said: [expect.anything()], total: 2 });
  expect((await needs(secret, '?q=colour:red')).status).toBe(400);
  expect((await needs(secret, '?sort=colour')).status).toBe(400);
});

test('has of tasks what the caller may see, and only its own where that is asked', async () => {
  const { secret, id } = await hub.key('submitter');
  await hub.submit('key:x', HUB_ORG, { title: 'Mend', needs: ['gpu'] });
  expect(await needs(secret)).toMatchObject({ said: [], total: 0 });
  await hub.submit(`key:${id}`, HUB_ORG, { title: 'Paint', needs: ['gpu'] });
  expect((await needs(secret)).said).toEqual([['unmatched', 'Paint', undefined]]);
  const some = await hub.key('viewer', HUB_ORG, { repositories: [ROOF.url] });
  expect((await needs(some.secret)).said).toEqual([]);
  const owner = await hub.key('owner');
  await hub.deadTask('key:x');
  const kinds = async (query: string) => (await needs(owner.secret, query)).said?.map(([kind]) => kind).toSorted();
  expect(await kinds('?mine=1')).toEqual([]);
  expect(await kinds('?mine=auto')).toContain('dead-letters');
});

test('cuts what is least urgent, and says how many there are', async () => {
  const { secret } = await hub.key('owner');
  await hub.agent('crane');
  for (let nth = 0; nth < 230; nth++) await hub.submit('key:x', HUB_ORG, { title: `t${nth}`, needs: [`need-${nth}`] });
  const asks = async (title: string) => {
    const task = await hub.submit('key:x', HUB_ORG, { title, needs: ['crane'] });
    const attempt = { org: HUB_ORG, agent: 'crane', connection: 'c', task, generation: 1 };
    const hello = { type: 'agent.hello' as const, org: HUB_ORG, agent: 'crane', connection: 'c', instance: 'i' };
    await hub.decide({ ...hello, capabilities: ['crane'], version: '1.0.0', host: 'h', os: 'linux' });
    await hub.decide({ type: 'task.accept', ...attempt });
    const report = { seq: 1, digest: 'd' };
    await hub.decide({ type: 'task.block', ...attempt, report, question: { questionId: 'q', question: 'Which?' } });
  };
  await asks('Choose');
  const found = { value: 2, limit: 1, subjects: [], count: 1, why: 'it is so' } as const;
  await hub.decide({
    type: 'alerts.evaluate',
    conditions: [
      { ...found, org: HUB_ORG, rule: 'TaskStuck', severity: 'warn' },
      { ...found, org: HUB_ORG, rule: 'AttemptFailures', severity: 'page' },
    ],
  });
  const { said, total } = await needs(secret, '?limit=200');
  expect([said?.length, total]).toEqual([200, 233]);
  expect(said?.slice(0, 3).map(([kind, title]) => [kind, title])).toEqual([
    ['alert', 'AttemptFailures'],
    ['question', 'Choose'],
    // Which of them is the oldest, their times of the same millisecond do not tell.
    ['unmatched', expect.stringMatching(/^t\d+$/)],
  ]);
});
