// What routes say of agents, beyond what the core decides.

import type { AgentPage, AgentView } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HUB_ORG } from '../../../core/access/access.js';
import { TestHub } from '../fixture.js';

let hub: TestHub;
beforeEach(async () => {
  hub = await TestHub.start();
  await hub.decide({ type: 'org.ensure', org: HUB_ORG });
});
afterEach(() => hub.stop());

/** Its key, once it has failed at a task so many times. */
async function failing(agent: string, times: number): Promise<string> {
  const { secret } = await hub.agent(agent);
  const from = { org: HUB_ORG, agent, connection: agent };
  const machine = { instance: agent, capabilities: [agent], version: '1.0.0', host: 'host', os: 'linux' };
  await hub.decide({ type: 'agent.hello', ...from, ...machine });
  for (let seq = 1; seq <= times; seq++) {
    const task = await hub.submit('key:x', HUB_ORG, { needs: [agent] });
    const attempt = { ...from, task, generation: 1 };
    await hub.decide({ type: 'task.accept', ...attempt });
    const usage = { costMicros: 500_000, currency: 'EUR' };
    const error = { class: 'permanent', code: 'it.failed', message: 'it failed' } as const;
    await hub.decide({ type: 'task.fail', ...attempt, report: { seq, digest: `d${seq}` }, error, usage });
  }
  return secret;
}

test('agents are listed by how much they fail, with their results', async () => {
  await failing('often', 3);
  await failing('once', 1);
  await failing('never', 0);
  const { secret: key } = await hub.key('viewer');
  const listed = async (query: string) =>
    (await hub.call<AgentPage>('GET', `/agents?${query}`, { key })).body.items.map(({ name, results }) => [
      name,
      results,
    ]);
  expect(await listed('sort=failures')).toEqual([
    ['often', 'fff'],
    ['once', 'f'],
    ['never', undefined],
  ]);
  expect(await listed('q=failures:>1')).toEqual([['often', 'fff']]);
});

test('what an agent has spent today is shown to those who may read costs, and not to the agent', async () => {
  const own = await failing('tern', 2);
  const { secret } = await hub.key('viewer');
  const shown = async (key: string) => (await hub.call<AgentView>('GET', '/agents/tern', { key })).body;
  const spentToday = { costs: [{ currency: 'EUR', costMicros: 1_000_000 }], unknownCost: 0 };
  expect(await shown(secret)).toMatchObject({ results: 'ff', spentToday });
  const seen = await shown(own);
  expect(seen.results).toBe('ff');
  expect(seen).not.toHaveProperty('spentToday');
});
