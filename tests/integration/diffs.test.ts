// What tasks change, seen by people: a real hub, a real sidecar and real git, while the agent works and after it; and what is said about it.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Commented, InboxPage, TaskDiff, TaskSpec, TaskView } from '@agentcom/schemas';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openGate } from '../support/agent-task.js';
import { CLI } from '../support/cli.js';
import { type Hub, readyHub, spawnHub, startHub, untilReady } from '../support/hub.js';
import { Origin } from '../support/origin.js';
import { Sandbox } from '../support/sandbox.js';
import { Sidecar } from '../support/sidecar.js';
import { eventually } from '../support/wait.js';

/** Writes the files of its prompt and, once its gate is open, commits everything; of a prompt in words it makes a file. */
const AGENT = `
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
const prompt = readFileSync(0, 'utf8');
const orders = prompt.startsWith('{') ? JSON.parse(prompt.split('\\n')[0]) : { files: { 'said.txt': prompt } };
for (const [name, text] of Object.entries(orders.files)) writeFileSync(name, text);
for (const [name, bytes] of Object.entries(orders.binaries ?? {})) writeFileSync(name, Buffer.from(bytes));
if (orders.huge !== undefined) writeFileSync('huge.txt', 'a long line of text\\n'.repeat(orders.huge));
const deadline = Date.now() + 120_000;
const work = () => {
  if (orders.gate !== undefined && !existsSync(orders.gate)) {
    if (Date.now() > deadline) process.exit(1);
    return void setTimeout(work, 25);
  }
  execFileSync('git', ['add', '--all']);
  execFileSync('git', ['commit', '--quiet', '-m', 'Work']);
};
work();
`;

interface Orders {
  readonly files: Readonly<Record<string, string>>;
  readonly binaries?: Readonly<Record<string, readonly number[]>>;
  readonly huge?: number;
  readonly gate?: string;
}

const sandbox = new Sandbox();
let hub: Hub;
let sidecar: Sidecar;
let origin: Origin;

beforeAll(async () => {
  hub = await startHub(sandbox);
  const program = sandbox.path('agent.mjs');
  writeFileSync(program, AGENT);
  sidecar = await Sidecar.join(sandbox, hub.api, 'worker', { argv: [process.execPath, program] });
  origin = await Origin.make(sandbox.path('origin'), { 'a.txt': 'one\n', 'b.txt': 'b\n' });
});

afterAll(async () => {
  await sidecar?.child.stop();
  await hub?.stop();
  expect(await sandbox.close()).toEqual([]);
});

function submit(orders: Orders, more: Partial<TaskSpec> = {}): Promise<TaskView> {
  const repo = { url: origin.url, base: 'main' };
  return hub.api.submit({ title: 'Change', prompt: JSON.stringify(orders), repo, ...more });
}

const diffOf = ({ id }: TaskView, query = '') => hub.api.need<TaskDiff>('GET', `/tasks/${id}/diff${query}`);

function cli(...args: readonly string[]): string {
  const env = { ...process.env, AGENTCOM_HUB: hub.url, AGENTCOM_KEY: hub.key, NO_PROXY: '127.0.0.1' };
  return execFileSync(process.execPath, [CLI, ...args], { env, encoding: 'utf8' });
}

test('the diff of a finished task is what git says of its branch, whatever its files are called', async () => {
  const names = ['new\nline', 'c\u001b[31m.txt', '--output=evil', 'ü "q"'];
  const files = { 'a.txt': 'two\n', ...Object.fromEntries(names.map((name) => [name, 'x\n'])) };
  const task = await submit({ files, binaries: { 'logo.png': [0x89, 0x50, 0, 1] } });
  const { result } = await hub.api.taskIn(task.id, ['completed'], 60_000);
  // Kept before the completion was.
  const diff = await diffOf(task);
  const { branch = '', commit } = result ?? {};
  expect(diff.text).toBe(await origin.git('diff', `main..${branch}`));
  expect(diff).toMatchObject({ stage: 'result', generation: 1, commit, files: 6, added: 5, removed: 1 });
  expect(new Set(diff.items.map(({ path }) => path))).toEqual(new Set(['a.txt', 'logo.png', ...names]));
  expect(diff.items.find(({ path }) => path === 'logo.png')).toEqual({ path: 'logo.png', status: 'added' });
  expect(diff.text).not.toContain('\u001b');

  const text = await hub.api.call<{ text: string }>('GET', `/tasks/${task.id}/diff`, undefined, {
    accept: 'text/x-diff',
  });
  expect(text.headers.get('content-type')).toBe('text/x-diff; charset=utf-8');
  expect(text.body.text).toBe(diff.text);
  expect(cli('task', 'diff', task.id)).toBe(diff.text);
  expect(cli('task', 'diff', task.id, '--stat')).toContain('6 files changed, 5 lines added, 1 removed');
});

test('the work of an agent is seen as it goes on, through the death of its hub, and what is said of it reaches the agent', async () => {
  const gate = sandbox.path('gate');
  const task = await submit({ files: { 'a.txt': 'two\n', 'new.txt': 'new\n' }, gate });
  await hub.api.taskIn(task.id, ['working'], 60_000);
  const seen = await eventually('the files of the agent', 60_000, async () => {
    const diff = await hub.api.call<TaskDiff>('GET', `/tasks/${task.id}/diff`);
    if (diff.status === 200 && diff.body.files === 2) return diff.body;
    throw new Error(`${diff.status} ${JSON.stringify(diff.body)}`);
  });
  expect(seen).toMatchObject({ stage: 'working', added: 2, removed: 1 });
  expect(seen).not.toHaveProperty('commit');
  expect(seen.text).toContain('+++ b/new.txt\n@@ -0,0 +1 @@\n+new\n');
  const comments = [{ file: 'a.txt', line: 1, text: 'Why two?' }];
  expect(await hub.api.need<Commented>('POST', `/tasks/${task.id}/comments`, { comments })).toMatchObject({
    ...{ as: 'message', agent: 'worker' },
  });

  await hub.kill9();
  hub = await readyHub(spawnHub(sandbox, { port: hub.port }));
  await untilReady(hub.url);
  expect((await diffOf(task)).text).toBe(seen.text);
  const { items } = await hub.api.need<InboxPage>('GET', '/agents/worker/messages');
  expect(items[0]?.body).toContain('a.txt, line 1:\n      1 - one\n>     1 + two\n\n  Why two?');
  await sidecar.connected(hub.api);
  openGate(gate);
  const { result } = await hub.api.taskIn(task.id, ['completed'], 60_000);
  const diff = await diffOf(task);
  expect(diff).toMatchObject({ stage: 'result', commit: result?.commit });
  expect(diff.text).toBe(await origin.git('diff', `main..${result?.branch}`));
});

test('of a huge diff the sums are whole, and what is left out is said', async () => {
  const task = await submit({ files: { 'zz.txt': 'z\n' }, huge: 200_000 });
  await hub.api.taskIn(task.id, ['completed'], 60_000);
  const diff = await diffOf(task);
  expect(diff).toMatchObject({ files: 2, added: 200_001, leftOut: { files: 1, lines: 200_000 } });
  expect(diff.items[0]).toMatchObject({ path: 'huge.txt', added: 200_000, leftOut: 200_000 });
  expect(diff.text).toContain('+++ b/zz.txt');
  expect(diff.text).not.toContain('a long line');
});

test('comments on a completed task become one that goes on from its branch', async () => {
  const task = await submit({ files: { 'a.txt': 'two\n' } });
  const { result } = await hub.api.taskIn(task.id, ['completed'], 60_000);
  const said = JSON.parse(cli('task', 'comment', task.id, 'a.txt:1', 'Say three instead.', '--json')) as Commented;
  expect(said.as).toBe('task');
  const next = await hub.api.taskIn(said.task ?? '', ['completed'], 60_000);
  expect(next).toMatchObject({ parentBranch: result?.branch, title: 'Comments on: Change' });
  expect(await origin.show(next.result?.commit ?? '', 'a.txt')).toBe('two\n');
  expect(await origin.show(next.result?.commit ?? '', 'said.txt')).toContain('  Say three instead.');
  expect((await diffOf(next)).items.map(({ path }) => path)).toEqual(['said.txt']);
});

test('an attempt that is given up leaves what it had changed, and the next one has its own', async () => {
  const gate = sandbox.path('never');
  const task = await submit({ files: { 'a.txt': 'lost\n' }, gate });
  await hub.api.taskIn(task.id, ['working'], 60_000);
  await eventually('the files of the agent', 60_000, async () => {
    const diff = await hub.api.call<TaskDiff>('GET', `/tasks/${task.id}/diff`);
    return diff.status === 200 && diff.body.files === 1 ? true : undefined;
  });
  await hub.api.need('POST', `/tasks/${task.id}/cancel`, {});
  const left = await eventually('the diff of the stopped attempt', 60_000, async () => {
    const diff = await diffOf(task);
    return diff.stage === 'result' ? diff : undefined;
  });
  expect(left.text).toContain('+lost');
  expect(left).not.toHaveProperty('commit');
});
