// Tasks that name several runners and models, on a real machine whose tools are played: one that is at its usage limit is left for the next,
// with its accounts taking their turns before, and is used again when its limit ends.

import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentView, CostReport, TaskSpec, TaskView, Why } from '@agentcom/schemas';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLI, REPOSITORY } from '../support/cli.js';
import { type Hub, startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';
import { Sidecar } from '../support/sidecar.js';

const SETTLE_MS = 60_000;
const FAR = Math.floor(Date.now() / 1000) + 7200;
const BOTH = ['claude', 'codex'];

const sandbox = new Sandbox();
const tools = sandbox.path('tools');
let hub: Hub;
let sidecar: Sidecar;

beforeAll(async () => {
  mkdirSync(tools);
  for (const name of BOTH) {
    copyFileSync(join(REPOSITORY, 'tests', 'fixtures', 'fake-tool.mjs'), join(tools, name));
    chmodSync(join(tools, name), 0o755);
  }
  limit({});
  const accounts = ['work', 'home'].map((name) => {
    const home = sandbox.path('accounts', name);
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, '.credentials.json'), '{}');
    return `{ name = "${name}", kind = "claude", home = "${home}" }`;
  });
  hub = await startHub(sandbox);
  sidecar = await Sidecar.join(sandbox, hub.api, 'ann', {
    capabilities: BOTH.map((name) => `runner:${name}`),
    runner: ['kind = "claude"', 'also = ["codex"]', `accounts = [${accounts.join(', ')}]`],
    env: { PATH: `${tools}:${process.env.PATH}`, OPENAI_API_KEY: 'x' },
  });
});

afterAll(async () => {
  await sidecar?.child.stop();
  await hub?.stop();
  expect(await sandbox.close()).toEqual([]);
});

/** When the limits of tools, or of their accounts, end: seconds since 1970. */
function limit(limits: Readonly<Record<string, number>>): void {
  writeFileSync(join(tools, 'limits.json'), JSON.stringify(limits));
}

/** Which tools were run for the task, each with its account and model. */
function runs(task: string): string[] {
  const lines = readFileSync(join(tools, 'runs.log'), 'utf8').trim().split('\n');
  return lines.flatMap((line) => (line.startsWith(task) ? [line.slice(task.length + 1)] : []));
}

async function done(spec: Partial<TaskSpec>): Promise<TaskView> {
  const { id } = await hub.api.submit(spec);
  try {
    return await hub.api.taskIn(id, ['completed', 'dead'], SETTLE_MS);
  } catch (error) {
    throw new Error(JSON.stringify(await hub.api.need('GET', `/tasks/${id}/why`)), { cause: error });
  }
}

test('the first is used, then its other account, then the next tool; and the first again once its limit is lifted', async () => {
  const first = await done({ runner: BOTH });
  expect(runs(first.id)).toEqual(['claude/work claude-default']);
  expect(first.choice).toEqual({ runner: 'claude', place: 1, of: 2 });

  limit({ 'claude/work': FAR });
  const second = await done({ runner: BOTH });
  expect(runs(second.id)).toEqual(['claude/work claude-default', 'claude/home claude-default']);
  expect(second.attempts).toHaveLength(1);

  limit({ claude: FAR, 'claude/work': FAR, 'claude/home': FAR });
  const third = await done({ runner: BOTH, model: ['claude-opus-5', 'gpt-5.5'] });
  expect(runs(third.id)).toEqual(['claude/home claude-opus-5', 'codex gpt-5.5']);
  const [limited, worked] = third.attempts;
  expect(limited).toMatchObject({ error: { class: 'rate_limited' }, counted: false, choice: { runner: 'claude' } });
  expect(worked).toMatchObject({
    session: { runner: 'codex', model: 'gpt-5.5' },
    choice: { runner: 'codex', model: 'gpt-5.5', place: 2, of: 2 },
    // 2,000 tokens in, 20 out, at the list price.
    usage: { inputTokens: 2000, costMicros: 10_600, currency: 'USD' },
  });
  expect(third.choice?.because).toContain(
    'claude with claude-opus-5: 1 agent could do it, but the usage limit of claude',
  );
  expect(third.attemptsUsed).toBe(0);

  // Its limit is known: it is not tried again.
  const fourth = await done({ runner: BOTH });
  expect(runs(fourth.id)).toEqual(['codex codex-default']);
  const { limits } = await hub.api.need<AgentView>('GET', '/agents/ann');
  expect(limits).toMatchObject([{ runner: 'claude', until: new Date(FAR * 1000).toISOString() }]);

  limit({});
  await hub.api.need('POST', '/agents/ann/resume', {});
  const fifth = await done({ runner: BOTH });
  expect(fifth.choice).toEqual({ runner: 'claude', place: 1, of: 2 });

  const { items } = await hub.api.need<CostReport>('GET', '/costs?by=provider&by=runner');
  expect(items.map(({ group }) => `${group.provider} ${group.runner}`).sort()).toEqual([
    'anthropic claude',
    'openai codex',
    'undefined codex',
  ]);
});

test('a limit of one model leaves the others of its tool', async () => {
  await hub.api.need('POST', '/agents/ann/resume', {});
  limit({ 'codex gpt-5.5': FAR });
  const task = await done({ runner: 'codex', model: ['gpt-5.5', 'gpt-5-mini'] });
  expect(task.attempts.map(({ choice }) => choice?.model)).toContain('gpt-5-mini');
});

test('of several models the cheapest is used, and nothing that is expected to cost too much', async () => {
  limit({});
  await hub.api.need('POST', '/agents/ann/resume', {});
  const spec = { runner: 'codex', model: ['gpt-5.5', 'gpt-5-mini'] };
  for (let i = 0; i < 5; i++) await done({ runner: 'codex', model: 'gpt-5.5' });
  const cheap = await done({ ...spec, maxCost: 5_000 });
  // 2,000 tokens in, 20 out: 0.0106 USD with the one, 0.00054 with the other, by its price.
  expect(cheap.routes).toMatchObject([
    { model: 'gpt-5-mini', costMicros: 540, byPrice: true },
    { model: 'gpt-5.5', costMicros: 10_600 },
  ]);
  expect(runs(cheap.id)).toEqual(['codex gpt-5-mini']);

  const child = sandbox.run(process.execPath, [
    ...[CLI, '--json', '--hub', hub.url, '--key-file', hub.keyFile, 'submit', 'Dear', '--prompt', 'Do it.'],
    ...['--runner', 'codex', '--model', 'gpt-5.5,gpt-5.4', '--max-cost', '0.0001'],
  ]);
  expect((await child.ended).code, child.tail).toBe(0);
  const { id } = child.events[0] as { id: string };
  const { state, reasons } = await hub.api.need<Why>('GET', `/tasks/${id}/why`);
  expect([state, reasons.map(({ code }) => code)]).toEqual(['queued', ['over_max_cost']]);
  await hub.api.need('POST', `/tasks/${id}/cancel`, {});
});
