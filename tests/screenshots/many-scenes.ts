// The pages of a hub with very much on it.

import type { Page } from 'playwright-core';
import { AgentSocket } from '../support/agent-socket.js';
import type { Machine } from '../support/api.js';
import type { Hub } from '../support/hub.js';
import { completion, failure, question, workingOn } from '../support/on-hub.js';
import type { Scene } from './scenes.js';

const TASKS = 3_000;
const AGENTS = 400;
const AT_ONCE = 50;
const WORKING = 24;
const LOG_LINES = 4_000;

const REPOS = ['acme/shop', 'acme/billing-api', 'acme/search', 'acme/mobile-app-with-a-rather-long-name'];
const WHAT = ['Upgrade', 'Translate', 'Speed up', 'Write tests for', 'Fix the flaky test of', 'Document', 'Remove'];
const WHERE = ['the checkout', 'the search index', 'the nightly export', 'sign-in by passkey', 'the old importer'];
const TEAMS = ['docs', undefined, 'web', undefined, 'platform', undefined, undefined];
const LANES = ['normal', 'normal', 'normal', 'low', 'high', 'urgent'] as const;

export const MANY_SCENES: readonly Scene[] = [
  { name: 'many-tasks', path: '/tasks', signedIn: true, hub: 'many', prepare: rows },
  { name: 'many-tasks-below', path: '/tasks', signedIn: true, hub: 'many', prepare: scrolled },
  { name: 'many-agents', path: '/agents', signedIn: true, hub: 'many', prepare: rows },
  { name: 'many-agents-failing', path: '/agents?sort=failures', signedIn: true, hub: 'many', prepare: rows },
  {
    name: 'many-lines',
    path: '/tasks?q=Rebuild+everything',
    signedIn: true,
    hub: 'many',
    prepare: async (page) => {
      await page.locator('tbody tr[data-row]').waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.getByText('4,000 lines', { exact: true }).waitFor();
      await page.getByLabel('Search the log').fill('warning');
      await page.getByText(/of 40$/).waitFor();
      await page.getByRole('button', { name: 'Next match' }).click();
    },
  },
];

async function rows(page: Page): Promise<void> {
  await page.locator('tbody tr[data-row]').nth(5).waitFor();
}

async function scrolled(page: Page): Promise<void> {
  await rows(page);
  const at = page.locator('tr[aria-rowindex="400"]');
  while ((await at.count()) === 0) await page.mouse.wheel(0, 1_000);
}

/** Thousands of tasks, hundreds of agents, and a long log. */
export async function manyHub(hub: Hub): Promise<readonly AgentSocket[]> {
  const { token } = await hub.api.need<{ token: string }>('POST', '/enrolments', { uses: AGENTS });
  const machines: Machine[] = [];
  for (let from = 0; from < AGENTS; from += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, (_, i) => `builder-${String(from + i).padStart(3, '0')}`);
    machines.push(...(await Promise.all(some.map((name) => hub.api.enrolWith(token, name, ['git', 'node'])))));
  }
  for (let from = 0; from < TASKS; from += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, (_, i) => hub.api.submit({ ...specOf(from + i), needs: ['gpu'] }));
    await Promise.all(some);
  }
  const agents: AgentSocket[] = [];
  for (let i = 0; i < WORKING; i++) {
    const agent = await connected(hub, machines[i * 7]);
    agents.push(agent);
    await past(hub, agent, i);
    const seen = await workingOn(hub, agent, { ...specOf(TASKS + i), maxAttempts: 1 });
    const usage = { costMicros: 180_000 * (i + 1), currency: 'USD', seconds: 40 * i };
    if (i % 4 === 0) await agent.ok({ ...completion(seen), usage });
    else if (i % 7 === 0) await agent.ok({ ...failure(seen, 'permanent'), usage });
    else if (i % 9 === 0) await agent.ok(question(seen));
    else
      await agent.ok({
        type: 'task.progress',
        ...seen,
        seq: 1,
        note: 'Running the tests',
        fraction: ((i * 13) % 90) / 100,
        usage,
      });
  }
  const printer = await connected(hub, machines[AGENTS - 1]);
  await print(hub, printer);
  agents.push(printer);
  return agents;
}

/** What an agent had before: the more of it the longer it is there, and some fail more than others. */
async function past(hub: Hub, agent: AgentSocket, n: number): Promise<void> {
  agent.send({ type: 'heartbeat', load: 0.2 + (n % 9) * 0.6, freeDiskBytes: (3 + ((n * 7) % 80)) * 2 ** 30 });
  for (let i = 0; i < (n % 6) * 5; i++) {
    const seen = await workingOn(hub, agent, { ...specOf(i), maxAttempts: 1 });
    const usage = { costMicros: 90_000 * (i + 1), currency: 'USD', seconds: 40 };
    const isFailed = (i * 7 + n) % (3 + (n % 7)) === 0;
    await agent.ok({ ...(isFailed ? failure(seen, 'permanent') : completion(seen)), usage });
  }
}

function specOf(n: number) {
  const title = `${WHAT[n % WHAT.length]} ${WHERE[n % WHERE.length]}`;
  const repo = { url: `https://github.com/${REPOS[n % REPOS.length]}.git` };
  const team = TEAMS[n % TEAMS.length];
  return { title, repo, labels: team === undefined ? {} : { team }, lane: LANES[n % LANES.length] ?? 'normal' };
}

function connected(hub: Hub, machine: Machine | undefined): Promise<AgentSocket> {
  if (machine === undefined) throw new Error('there are more at work than there are agents');
  const capabilities = [machine.name, 'git', 'node'];
  return AgentSocket.join(hub.url, machine, { capabilities, version: String(hub.ready.version) });
}

async function print(hub: Hub, agent: AgentSocket): Promise<void> {
  const seen = await workingOn(hub, agent, {
    title: 'Rebuild everything',
    repo: { url: 'https://github.com/acme/shop.git' },
  });
  const line = (n: number) =>
    n % 100 === 0
      ? `\u001b[33mwarning\u001b[0m: src/part-${n}.ts:${n % 90}:12 is never used\n`
      : `\u001b[32m✓\u001b[0m built part-${n} in ${(n * 37) % 400} ms\n`;
  const PIECE = 400;
  for (let from = 0; from < LOG_LINES; from += PIECE) {
    const data = Array.from({ length: PIECE }, (_, i) => line(from + i + 1)).join('');
    agent.send({ type: 'task.output', ...seen, outputSeq: from / PIECE + 1, stream: 'agent', data });
  }
  await agent.next((frame) => frame.type === 'task.output.ack' && frame.outputSeq === LOG_LINES / PIECE);
}
