// Retry and requeue with a person: what they edit, what they are shown, and that nothing happens without them.

import { existsSync, readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EXIT } from './exit.js';
import { schemaHub } from './fixture.js';
import { Invocation } from './invocation.js';
import { runCommandLine } from './program.js';
import type { RequeueFlags } from './requeue-options.js';
import { requeueTask } from './requeue-task.js';
import { KEY, problem, type Reply, TASK, type TestHub, task, temporaryDir, testWorld } from './testing.js';

const DEAD = task({
  state: 'dead',
  generation: 3,
  prompt: 'It is broken.',
  budget: { costMicros: 2_000_000 },
  usage: { costMicros: 300_000, currency: 'EUR' },
  attempts: [1, 2].map((generation) => ({
    generation,
    agent: 'a',
    startedAt: '2026-01-31T11:00:00Z',
    counted: true,
    usage: { costMicros: 150_000, currency: 'EUR' },
    error: { class: 'permanent' as const, code: 'git.auth', message: 'denied' },
  })),
});

let hub: TestHub | undefined;
let dir: Awaited<ReturnType<typeof temporaryDir>>;
beforeEach(async () => {
  dir = await temporaryDir();
});
afterEach(async () => {
  await hub?.stop();
  await dir.remove();
});

const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('agentcom-edit-'));

interface Scene {
  readonly flags: RequeueFlags;
  /** What the editor does with the `text` of the file, as JavaScript; `end` ends it. */
  readonly editor?: string;
  readonly request?: 'task.retry' | 'dead.requeue';
  readonly shown?: ReturnType<typeof task>;
  readonly yes?: boolean;
  readonly answer?: Reply;
  readonly terminal?: boolean;
}

async function played({ flags, editor = '', request = 'task.retry', shown = DEAD, yes = true, ...more }: Scene) {
  const answer = more.answer ?? { status: 200, body: task({ state: 'queued' }) };
  hub = await schemaHub({
    'task.show': () => ({ status: 200, body: shown }),
    'task.retry': () => answer,
    'dead.requeue': () => answer,
  });
  const script = join(dir.path, 'editor.mjs');
  await writeFile(
    script,
    `import { readFileSync, writeFileSync } from 'node:fs';
const [, , flag, file] = process.argv;
if (flag !== '--wait') throw new Error('not as argv');
let text = readFileSync(file, 'utf8');
${editor}
writeFileSync(file, text);`,
  );
  const env = { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url, EDITOR: `${process.execPath} ${script} --wait` };
  const world = { ...testWorld({ env }), canAsk: more.terminal ?? true };
  const questions: string[] = [];
  const ask = async (_world: unknown, message: string) => {
    questions.push(message);
    return yes;
  };
  const before = leftovers();
  const outcome = await requeueTask(new Invocation(world, {}), request, TASK, flags, ask).catch((error) => error);
  const kept = leftovers().filter((name) => !before.includes(name));
  const sent = hub.received.filter(({ method }) => method === 'POST').map(({ url, body }) => [url, body]);
  return { outcome, sent, questions, kept, err: world.err(), out: world.out() };
}

test.each([
  ['task.retry', `/api/v1/tasks/${TASK}/retry`],
  ['dead.requeue', `/api/v1/dead-letters/${TASK}/requeue`],
] as const)('an edited prompt takes the place of the old one: %s', async (request, url) => {
  const { outcome, sent, kept, out } = await played({
    request,
    flags: { edit: true, toLane: 'high' },
    editor: "text += 'And ugly.\\n';",
  });
  const prompt = 'It is broken.\nAnd ugly.';
  expect([outcome, sent]).toEqual([undefined, [[url, { lane: 'high', prompt, ifGeneration: 3 }]]]);
  expect([out, kept]).toEqual([`Task ${TASK} is queued.\n`, []]);
});

test.each([
  ['unchanged', ''],
  ['empty', "text = ' \\n';"],
])('a prompt that is %s does nothing, and says so', async (_what, editor) => {
  const { outcome, sent, err, kept } = await played({ flags: { edit: true }, editor });
  expect([outcome, sent, kept]).toEqual([EXIT.failed, [], []]);
  expect(err).toBe('The prompt is unchanged or empty; nothing was retried.\n');
});

test('an editor that fails has changed nothing', async () => {
  const { outcome, sent, kept } = await played({ flags: { edit: true }, editor: "text = 'x'; process.exit(3);" });
  expect(outcome).toMatchObject({ code: 'editor.failed', message: expect.stringContaining('exit code 3') });
  expect([sent, kept]).toEqual([[], []]);
});

test('a text that could not be used is kept, and named', async () => {
  const refused = problem(409, 'task.attempted_since', 'the task was at generation 3, and is at 4 now');
  const { outcome, kept } = await played({ flags: { edit: true }, editor: "text = 'x';", answer: refused });
  const path = join(tmpdir(), kept[0] ?? '', 'prompt.md');
  expect(outcome).toMatchObject({ code: 'task.attempted_since', remedy: expect.stringContaining(path) });
  expect(existsSync(path)).toBe(true);
  await rm(dirname(path), { recursive: true });
});

test('a task that is running opens no editor', async () => {
  const { outcome, sent } = await played({
    flags: { edit: true },
    shown: task({ state: 'working', generation: 1 }),
    editor: 'process.exit(3);',
  });
  expect([outcome.code, sent]).toEqual(['task.not_retryable', []]);
  await hub?.stop();
  const waiting = task({ state: 'scheduled', reason: 'backoff', generation: 1 });
  const scene = { flags: { edit: true }, shown: waiting, editor: "text = 'x';" };
  expect((await played(scene)).sent).toHaveLength(1);
  await hub?.stop();
  expect((await played({ ...scene, request: 'dead.requeue' })).outcome.code).toBe('task.not_dead');
});

test('what will run, and what it may cost, is shown before it is asked for', async () => {
  const { questions, err, sent } = await played({
    flags: { confirm: true, freshSession: true, maxCost: 1_500_000, keepBudget: true, needs: ['git'], maxAttempts: 2 },
  });
  expect(questions).toEqual(['Retry it?']);
  for (const part of [
    /state +dead: git\.auth: denied/,
    /needs +git\n/,
    /attempts +up to 2, each up to 2 h/,
    /session +a new one/,
    /prompt +as before/,
    /used so far +0\.30 EUR in 2 attempts/,
    /may cost +about 0\.15 EUR an attempt, as before; at most 1\.50 EUR, with what was used so far/,
  ])
    expect(err).toMatch(part);
  expect(sent[0]?.[1]).toEqual({
    freshSession: true,
    keepBudget: true,
    budget: { costMicros: 1_500_000 },
    needs: ['git'],
    maxAttempts: 2,
    ifGeneration: 3,
  });
});

test('a no does nothing', async () => {
  const { outcome, sent, err } = await played({ flags: { confirm: true }, yes: false, request: 'dead.requeue' });
  expect([outcome, sent]).toEqual([EXIT.failed, []]);
  expect(err).toContain('Nothing was requeued.');
});

test('a no after an edit keeps the text, and names it', async () => {
  const flags = { edit: true, confirm: true };
  const { outcome, sent, err, kept } = await played({ flags, editor: "text = 'New.\\nText.';", yes: false });
  const path = join(tmpdir(), kept[0] ?? '', 'prompt.md');
  expect([outcome, sent, existsSync(path)]).toEqual([EXIT.failed, [], true]);
  expect(err).toMatch(/prompt +new, 2 lines in place of 1\n/);
  expect(err).toContain(`Your text is in ${path}.\n`);
  await rm(dirname(path), { recursive: true });
});

test.each([{ edit: true }, { confirm: true }])('nobody is asked without a terminal: %j', async (flags) => {
  const { outcome, sent, questions } = await played({ flags, terminal: false });
  expect([outcome.exit, sent, questions]).toEqual([EXIT.usage, [], []]);
  await hub?.stop();
  const option = Object.keys(flags).map((name) => `--${name}`);
  for (const args of [
    ['task', 'retry', TASK],
    ['dead', 'requeue', TASK],
    ['dead', 'requeue', '--cause', 'permanent'],
  ]) {
    const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: 'http://127.0.0.1:1' } });
    expect(await runCommandLine(world, [...args, ...option])).toBe(EXIT.usage);
  }
});
