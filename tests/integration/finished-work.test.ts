// What is paid for, and what is not: a run that could not end well is not begun, and work that is finished is not made again.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskView } from '@agentcom/schemas';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentRuns, agentTask } from '../support/agent-task.js';
import { type Hub, startHub } from '../support/hub.js';
import { Origin } from '../support/origin.js';
import { Sandbox } from '../support/sandbox.js';
import { Sidecar } from '../support/sidecar.js';

const sandbox = new Sandbox();
let hub: Hub;
let sidecar: Sidecar;

beforeAll(async () => {
  hub = await startHub(sandbox);
  sidecar = await Sidecar.join(sandbox, hub.api, 'worker');
});

afterAll(async () => {
  await sidecar?.child.stop();
  await hub?.stop();
  expect(await sandbox.close()).toEqual([]);
});

function submit(origin: Origin): Promise<TaskView> {
  return hub.api.submit({ title: 'Work', ...agentTask(sandbox, origin) });
}

function runsOf({ id }: TaskView): number {
  return agentRuns(sandbox).filter(({ task }) => task === id).length;
}

test('work that a hook of the remote refuses waits, and is pushed without another run once it is let through', async () => {
  const origin = await Origin.make(sandbox.path('refusing'));
  const hook = join(origin.dir, 'hooks', 'pre-receive');
  mkdirSync(join(origin.dir, 'hooks'), { recursive: true });
  writeFileSync(hook, '#!/bin/sh\necho "sign the agreement first" >&2\nexit 1\n', { mode: 0o755 });
  const task = await submit(origin);
  const dead = await hub.api.taskIn(task.id, ['dead'], 60_000);
  expect(dead).toMatchObject({ death: 'permanent', attempts: [{ error: { code: 'git.push_refused' } }] });
  expect(dead.attempts[0]?.error?.message).toContain('sign the agreement first');
  expect(dead.attempts[0]?.salvageRef).toMatch(/^refs\/agentcom\/salvage\//);

  rmSync(hook);
  await hub.api.need('POST', `/tasks/${task.id}/push`, {});
  const done = await hub.api.taskIn(task.id, ['completed'], 60_000);
  const { branch = '', commit = '', notes = [] } = done.result ?? {};
  expect((await origin.branches()).get(branch)).toBe(commit);
  expect(await origin.show(commit, 'work.txt')).toBe(`${task.id}\n`);
  expect(notes.join('\n')).toContain('approved by a person despite');
  expect(runsOf(task)).toBe(1);
});

test('a repository whose set-up fails, or needs a file that is missing, costs no run', async () => {
  for (const [settings, code] of [
    ['setup = ["git frobnicate"]\n', 'setup.failed'],
    ['files = [".env"]\n', 'setup.file_missing'],
    ['verify = ["no-such-program-anywhere"]\n', 'verify.not_found'],
  ] as const) {
    const origin = await Origin.make(sandbox.path(code), { '.agentcom.toml': settings });
    const task = await submit(origin);
    const dead = await hub.api.taskIn(task.id, ['dead'], 60_000);
    expect(dead).toMatchObject({ death: 'permanent', attempts: [{ error: { code } }] });
    expect(runsOf(task)).toBe(0);
  }
});

/** Kills a process the first time it is called. */
function killsOnce(name: string, victim: '$$' | '$PPID'): string {
  return `#!/bin/sh\nmkdir '${sandbox.path(name)}' 2>/dev/null && kill -9 ${victim}\nexit 0\n`;
}

test('a verify command that is killed, and a remote that hangs up, are tried again without another run', async () => {
  const check = sandbox.path('check.sh');
  writeFileSync(check, killsOnce('checked', '$$'), { mode: 0o755 });
  const origin = await Origin.make(sandbox.path('hanging-up'), { '.agentcom.toml': `verify = ["${check}"]\n` });
  mkdirSync(join(origin.dir, 'hooks'), { recursive: true });
  writeFileSync(join(origin.dir, 'hooks', 'pre-receive'), killsOnce('pushed', '$PPID'), { mode: 0o755 });
  const task = await submit(origin);
  const done = await hub.api.taskIn(task.id, ['completed', 'dead'], 60_000);
  expect(done).toMatchObject({ state: 'completed', result: { verification: [{ exitCode: 0 }] } });
  expect(done.attempts).toHaveLength(1);
  expect(readdirSync(sandbox.path('')).filter((name) => name === 'checked' || name === 'pushed')).toHaveLength(2);
  expect((await origin.branches()).get(done.result?.branch ?? '')).toBe(done.result?.commit);
  expect(runsOf(task)).toBe(1);
});
