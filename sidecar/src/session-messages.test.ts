// From the mailbox into the session of an agent that works: a real shim, and a process that plays Claude Code.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Message } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Mailbox } from './agent-api/mailbox.js';
import type { Job } from './core/job-model.js';
import { RunnerBench } from './runners/fixture.js';
import { runPaths, turnDir } from './runners/run-files.js';
import { SessionMessages } from './session-messages.js';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const message = (n: number, body: string): Message => ({
  messageId: `019a8f6c-0000-7000-8000-00000000000${n}`,
  from: 'key:ci',
  to: 'agent:tern',
  body,
  sentAt: '2026-01-31T12:00:00Z',
});

let bench: RunnerBench;
let dir: string;
let mailbox: Mailbox;
let messages: SessionMessages;

beforeEach(async () => {
  bench = await RunnerBench.open();
  dir = await mkdtemp(join(tmpdir(), 'agentcom-messages-'));
  mailbox = await Mailbox.open(join(dir, 'messages.json'), log);
  messages = new SessionMessages({ mailbox, dirOf: () => bench.dir, log });
});
afterEach(async () => {
  await messages.settled();
  await bench.close();
  await rm(dir, { recursive: true, force: true });
});

const claude = (): Job => bench.job({ runner: { kind: 'claude', model: null } });

it('a message to an agent at work is said in its session, once, and is seen then', async () => {
  const script = `
    import { writeFileSync } from 'node:fs';
    const text = async () => JSON.parse(await readLine()).message.content[0].text;
    await text();
    print({ type: 'system', subtype: 'init', session_id: 's1' });
    writeFileSync('begun', 'yes');
    const said = await text();
    print({ type: 'assistant', message: { content: [{ type: 'text', text: 'heard: ' + said.split('\\n').at(-1) }] } });
    print({ type: 'result', subtype: 'success', is_error: false, result: 'done', session_id: 's1' });`;
  const runner = bench.runner('', { kind: 'claude', program: await bench.tool(script) });
  const job = claude();
  const { ended } = bench.begin(runner, { job });
  await bench.made('begun');
  await mailbox.keep(message(1, 'The staging database is back.'));
  messages.follow(job);
  expect(await ended).toMatchObject({ ok: true, value: { code: 0, final: { ok: true } } });
  const output = await bench.output();
  expect(output).toContain('A message from key:ci');
  expect(output).toContain('heard: The staging database is back.');
  messages.arrived();
  await messages.settled();
  expect(mailbox.unseen()).toEqual([]);
  expect(await readdir(runPaths(turnDir(bench.dir, 1)).messages)).toEqual([`${message(1, '').messageId}.taken`]);
});

it('a message that the turn does not take stays unseen', async () => {
  await mkdir(turnDir(bench.dir, 1));
  await mailbox.keep(message(1, 'too late'));
  messages.follow(claude());
  await messages.settled();
  messages.arrived();
  await messages.settled();
  expect(mailbox.unseen()).toHaveLength(1);
});

it('a tool that takes no input while it runs, and a turn that has not begun, are given nothing', async () => {
  await mailbox.keep(message(1, 'wait'));
  messages.follow(claude());
  await messages.settled();
  await mkdir(turnDir(bench.dir, 1));
  messages.follow(bench.job({ runner: { kind: 'codex', model: null } }));
  messages.follow(null);
  await messages.settled();
  expect(existsSync(runPaths(turnDir(bench.dir, 1)).messages)).toBe(false);
  expect(mailbox.unseen()).toHaveLength(1);
});
