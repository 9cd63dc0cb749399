// A whole sidecar whose agent is signed out: its program prints what the real one did (`tests/fixtures/agents`), and works once there are
// credentials.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { logger, SidecarBench } from './fixture.js';
import { startSidecar } from './main.js';
import { shimText } from './runners/fixture.js';

const SIGNED_OUT = fileURLToPath(new URL('../../tests/fixtures/agents/claude-2.1.329/expired.jsonl', import.meta.url));
const COMMIT = 'date > work.txt && git add --all && git commit --quiet -m work';
const CALL = JSON.stringify({ type: 'assistant', message: { content: [{ type: 'tool_use', id: 't', name: 'Bash' }] } });
const ANSWER = JSON.stringify({ type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: 't' }] } });
const DONE = JSON.stringify({ type: 'result', subtype: 'success', is_error: false, result: 'done' });

let bench: SidecarBench;
let home: string;

beforeEach(async () => {
  bench = await SidecarBench.open();
  home = join(bench.place.root, 'home');
  await mkdir(join(home, '.claude'), { recursive: true });
  vi.stubEnv('HOME', home);
});
afterEach(async () => {
  await bench.close();
  vi.unstubAllEnvs();
});

const signIn = () => writeFile(join(home, '.claude', '.credentials.json'), '{}');

/** `before`: what it does before its account is refused. */
async function start(before = ':'): Promise<void> {
  const program = join(bench.place.root, 'claude');
  const refused = `${before}; cat '${SIGNED_OUT}'; exit 1`;
  const works = `${COMMIT}; echo '${DONE}'`;
  const script = `[ "$1" = --version ] && exec echo 2.1.329; [ -e "$HOME/.claude/.credentials.json" ] || { ${refused}; }; ${works}`;
  await writeFile(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const { runner, ...rest } = bench.config();
  const own = { ...rest, runner: { ...runner, kind: 'claude', program } } as const;
  bench.adopt(await startSidecar(own, { logger, shim: shimText() }));
}

it('uses no attempt, takes nothing more, and takes work again after a sign-in, without a restart', async () => {
  await start();
  const caller = await bench.idleCaller();
  bench.assign(caller);
  const { error } = await caller.next('task.fail');
  expect(error).toMatchObject({ class: 'machine', code: 'runner.not_signed_in' });
  expect(error.message).toMatch(/OAuth token has expired.*: run `claude` once and sign in, or set ANTHROPIC_API_KEY/);
  expect((await caller.next('heartbeat')).unfit).toEqual({
    code: error.code,
    message: error.message.split('\n', 1)[0],
  });
  bench.assign(caller);
  expect((await caller.next('task.reject')).reason).toContain('run `claude` once');
  await signIn();
  expect((await caller.next('heartbeat')).unfit).toBeUndefined();
  bench.assign(caller);
  expect((await caller.next('task.complete')).result.summary).toBe('done');
});

it('keeps what was done before its account was refused', async () => {
  await start(`${COMMIT}; echo '${CALL}'; echo '${ANSWER}'`);
  const caller = await bench.idleCaller();
  bench.assign(caller);
  const { error, salvageRef } = await caller.next('task.fail');
  expect(error).toMatchObject({ class: 'machine', code: 'runner.not_signed_in' });
  expect(salvageRef).toMatch(/^refs\/agentcom\/salvage\//);
  expect((await caller.next('heartbeat')).unfit?.code).toBe('runner.not_signed_in');
});
