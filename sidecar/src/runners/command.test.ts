// Real runs: the shim as a process of its own, the agent a shell script in its group.

import { once } from 'node:events';
import { existsSync, readFileSync, watch } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPT, jobIn, task } from '../core/fixture.js';
import type { Job } from '../core/job-model.js';
import { groupLives } from '../host/process-group.js';
import { markOf, type ProcessMark } from '../host/process-mark.js';
import type { Progress } from '../ports.js';
import { CommandRunner, type RunnerSettings } from './command.js';
import { readRun, runPaths } from './run-files.js';
import { shimArgv } from './shim-argv.js';

let dir: string;
const aborts: AbortController[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-run-'));
  await mkdir(join(dir, 'work'));
});
afterEach(async () => {
  for (const abort of aborts.splice(0)) abort.abort(new Error('the test is over'));
  const shim = await shimMark().catch(() => undefined);
  if (shim !== undefined) await runnerOf('true', { graceMs: 0 }).halt(ATTEMPT);
  await rm(dir, { recursive: true, force: true });
});

function job(prompt = 'the prompt'): Job {
  return jobIn('running', { task: task({ prompt }), workspace: { kind: 'scratch', dir: join(dir, 'work') } });
}

function runnerOf(script: string, more: Partial<RunnerSettings> = {}): CommandRunner {
  return new CommandRunner({
    argv: ['/bin/sh', '-c', script],
    shim: shimArgv(),
    outputBytes: 1024 * 1024,
    graceMs: 10_000,
    dirOf: () => dir,
    env: { PATH: process.env.PATH, HOME: dir },
    ownEnv: {},
    ...more,
  });
}

function begin(runner: CommandRunner, told: Progress[] = [], of = job()) {
  const abort = new AbortController();
  aborts.push(abort);
  const ended = runner.run(of, (progress) => told.push(progress), abort.signal);
  // A test may end without waiting for it.
  ended.catch(() => undefined);
  return { ended, leave: () => abort.abort(new Error('the sidecar stops')) };
}

async function shimMark(): Promise<ProcessMark> {
  const run = await readRun(runPaths(dir));
  if (run === undefined || !('shim' in run)) throw new Error('nothing runs');
  return run.shim;
}

/** Waits until the agent has made a file in its directory, and returns what is in it. */
async function made(name: string): Promise<string> {
  const path = join(dir, 'work', name);
  const watching = watch(join(dir, 'work'));
  try {
    while (!existsSync(path) || readFileSync(path, 'utf8') === '') await once(watching, 'change');
  } finally {
    watching.close();
  }
  return readFile(path, 'utf8');
}

describe('a run', () => {
  it('gets the prompt on its input, its directory, and ends with its code and the end of its output', async () => {
    const { ended } = begin(runnerOf('cat; pwd; echo oops >&2; exit 3'), [], job('line one\n'));
    const outcome = await ended;
    expect(outcome).toMatchObject({ ok: true, value: { code: 3, signal: null } });
    const tail = outcome.ok ? outcome.value.tail : '';
    expect(tail).toContain('line one\n');
    expect(tail).toContain(join(dir, 'work'));
    expect(tail).toContain('oops');
  });

  it('sees what it needs of the environment and of its task, and nothing else', async () => {
    const env = { PATH: process.env.PATH, HOME: dir, AGENTCOM_KEY: 'ac_secret', SSH_AUTH_SOCK: '/x', NODE_OPTIONS: '' };
    const runner = runnerOf('env', { env, ownEnv: { GIT_AUTHOR_NAME: 'Tern' } });
    const outcome = await begin(runner).ended;
    const names = (outcome.ok ? outcome.value.tail : '')
      .split('\n')
      .map((line) => line.split('=')[0])
      .filter((name) => name !== '');
    const ofTheShell = ['PWD', 'OLDPWD', 'SHLVL', '_'];
    expect(names.filter((name) => !ofTheShell.includes(name ?? '')).sort()).toEqual(
      ['AGENTCOM_GENERATION', 'AGENTCOM_TASK_ID', 'GIT_AUTHOR_NAME', 'HOME', 'PATH'].sort(),
    );
  });

  it('tells of its progress', async () => {
    const told: Progress[] = [];
    const script = 'echo \'::agentcom {"progress":{"note":"half","fraction":0.5}}\'; echo x > started; cat go';
    const { ended } = begin(runnerOf(`mkfifo go; ${script}`), told);
    await made('started');
    await expect.poll(() => told).toEqual([{ note: 'half', fraction: 0.5 }]);
    await writeFile(join(dir, 'work', 'go'), '');
    expect(await ended).toMatchObject({ ok: true, value: { code: 0 } });
  });

  it('that ended by a signal says which', async () => {
    expect(await begin(runnerOf('kill -SEGV $$')).ended).toMatchObject({
      ok: true,
      value: { code: null, signal: 'SIGSEGV' },
    });
  });

  it('that cannot be started says why', async () => {
    const runner = runnerOf('', { argv: [join(dir, 'nothing')] });
    expect(await begin(runner).ended).toMatchObject({
      ok: false,
      failure: { class: 'transient', code: 'runner.not_started', message: expect.stringContaining('ENOENT') },
    });
  });

  it('whose shim cannot be started says why', async () => {
    const runner = runnerOf('true', { shim: ['/bin/sh', '-c', 'echo no room >&2; exit 1'] });
    expect(await begin(runner).ended).toMatchObject({
      ok: false,
      failure: { code: 'runner.not_started', message: 'no room' },
    });
  });

  it('is over when the agent is, and takes with it what the agent left behind', async () => {
    const { ended } = begin(runnerOf('sleep 600 & echo $! > child; exit 0'));
    expect(await ended).toMatchObject({ ok: true, value: { code: 0 } });
    const child = Number(await made('child'));
    await expect.poll(() => markOf(child)).toBeNull();
  });

  it('keeps only the end of a long output', async () => {
    const runner = runnerOf('i=0; while [ $i -lt 2000 ]; do echo "line $i of the output"; i=$((i+1)); done', {
      outputBytes: 16_384,
    });
    const outcome = await begin(runner).ended;
    expect(outcome.ok && outcome.value.tail.endsWith('line 1999 of the output\n')).toBe(true);
    const { output, outputBefore } = runPaths(dir);
    const kept = (await readFile(output)).length + (await readFile(outputBefore)).length;
    expect(kept).toBeLessThanOrEqual(16_384);
  });
});

describe('after a restart of the sidecar', () => {
  it('a run that goes on is found, not begun again', async () => {
    const script = 'echo run >> runs; mkfifo go; echo x > started; cat go';
    const first = begin(runnerOf(script));
    await made('started');
    first.leave();
    await expect(first.ended).rejects.toThrow('the sidecar stops');
    const second = begin(runnerOf(script));
    await writeFile(join(dir, 'work', 'go'), '');
    expect(await second.ended).toMatchObject({ ok: true, value: { code: 0 } });
    expect(await made('runs')).toBe('run\n');
  });

  it('a run that ended meanwhile is read, not begun again', async () => {
    const script = 'echo run >> runs; exit 4';
    await begin(runnerOf(script)).ended;
    expect(await begin(runnerOf(script)).ended).toMatchObject({ ok: true, value: { code: 4 } });
    expect(await made('runs')).toBe('run\n');
  });

  it('two that begin the same run start it once, and both learn how it ended', async () => {
    const script = 'echo run >> runs; exit 5';
    const outcomes = await Promise.all([begin(runnerOf(script)).ended, begin(runnerOf(script)).ended]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ ok: true, value: { code: 5 } });
    expect(await made('runs')).toBe('run\n');
  });

  it('a run whose shim was killed is lost, and its agent is ended', async () => {
    const { ended } = begin(runnerOf('echo $$ > agent; exec sleep 600'));
    const agent = Number(await made('agent'));
    process.kill((await shimMark()).pid, 'SIGKILL');
    expect(await ended).toMatchObject({ ok: true, value: { code: null, signal: null } });
    await expect.poll(() => markOf(agent)).toBeNull();
  });

  it('a run of before a reboot is lost', async () => {
    const mark = markOf(process.pid);
    await writeFile(runPaths(dir).run, JSON.stringify({ shim: { ...mark, boot: 'another' } }));
    expect(await begin(runnerOf('true')).ended).toMatchObject({ ok: true, value: { code: null, signal: null } });
  });
});

describe('a halt', () => {
  it('asks the agent to end, and its processes', async () => {
    const { ended } = begin(
      runnerOf('trap "echo bye > bye; exit 7" TERM; echo x > started; while :; do sleep 0.05; done'),
    );
    await made('started');
    const shim = await shimMark();
    await runnerOf('').halt(ATTEMPT);
    expect(await made('bye')).toBe('bye\n');
    expect(groupLives(shim)).toBe(false);
    expect(await ended).toMatchObject({ ok: true, value: { code: 7 } });
  });

  it('ends by force what does not end when asked', async () => {
    begin(runnerOf('trap "" TERM; echo x > started; while :; do sleep 0.05; done'));
    await made('started');
    const shim = await shimMark();
    await runnerOf('', { graceMs: 300 }).halt(ATTEMPT);
    expect(groupLives(shim)).toBe(false);
  });

  it('of a run that was not begun keeps it from beginning', async () => {
    await runnerOf('').halt(ATTEMPT);
    expect(await begin(runnerOf('echo run > runs')).ended).toMatchObject({ ok: true, value: { code: null } });
    expect(existsSync(join(dir, 'work', 'runs'))).toBe(false);
  });

  it('can be done again, and after the end', async () => {
    await begin(runnerOf('exit 0')).ended;
    await runnerOf('').halt(ATTEMPT);
    await runnerOf('').halt(ATTEMPT);
  });
});
