// Real runs: the shim as a process of its own, the agent a shell script in its group.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identify } from '@agentcom/schemas/host';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPT } from '../core/fixture.js';
import type { RunProgress } from '../core/job-model.js';
import { processesOf } from '../host/attempt-processes.js';
import { groupLives } from '../host/process-group.js';
import { RunnerBench } from './fixture.js';
import { runPaths, turnDir } from './run-files.js';
import { unattended } from './unattended.js';

let bench: RunnerBench;

/** A process takes its time to start on a busy machine. */
const SOON = { timeout: 15_000 };

beforeEach(async () => {
  bench = await RunnerBench.open();
});
afterEach(() => bench.close());

describe('a turn', () => {
  it('gets the prompt on its input, its directory, and ends with its code and the end of its output', async () => {
    const { ended } = bench.begin(bench.runner('cat; pwd; echo oops >&2; exit 3'), {
      job: bench.job({}, 'line one\n'),
    });
    const outcome = await ended;
    expect(outcome).toMatchObject({ ok: true, value: { code: 3, signal: null, cut: null } });
    const tail = outcome.ok ? outcome.value.tail : '';
    for (const line of ['line one\n', `${bench.work}\n`, 'oops\n']) expect(tail).toContain(line);
    expect(await bench.output()).toContain('line one\n');
  });

  it('sees what it needs of the environment and of its task, and nothing else', async () => {
    const env = { PATH: '/usr/bin:/bin', HOME: bench.dir, AGENTCOM_KEY: 'x', SSH_AUTH_SOCK: '/x', NODE_OPTIONS: '' };
    const runner = bench.runner('env > seen', {
      env,
      agentEnv: () => ({ GIT_AUTHOR_NAME: 'Tern' }),
      signing: 'configured',
    });
    await bench.begin(runner).ended;
    const seen = (await bench.made('seen')).split('\n').filter((line) => line !== '');
    const ofTheShell = ['PWD', 'OLDPWD', 'SHLVL', '_'];
    const instead = Object.keys(unattended({}, ''));
    const own = seen.filter((line) => ![...ofTheShell, ...instead].includes(line.split('=')[0] ?? ''));
    expect(own.sort()).toEqual(
      [
        `AGENTCOM_GENERATION=${ATTEMPT.generation}`,
        `AGENTCOM_SOCKET=${bench.dir}/agent.sock`,
        `AGENTCOM_TASK_ID=${ATTEMPT.task}`,
        'GIT_AUTHOR_NAME=Tern',
        `HOME=${bench.dir}`,
        `PATH=${bench.dir}/bin:/usr/bin:/bin`,
      ].sort(),
    );
  });

  it('tells of its progress while it goes on', async () => {
    const told: RunProgress[] = [];
    const script = 'echo \'::agentcom {"progress":{"note":"half","fraction":0.5}}\'; echo x > started; cat go';
    const { ended } = bench.begin(bench.runner(`mkfifo go; ${script}`), { told });
    await bench.made('started');
    await expect.poll(() => told, SOON).toEqual([{ note: 'half', fraction: 0.5 }]);
    await writeFile(join(bench.work, 'go'), '');
    expect(await ended).toMatchObject({ ok: true, value: { code: 0 } });
  });

  it('shows an unfinished line when it falls silent', async () => {
    const { ended } = bench.begin(bench.runner('mkfifo go; printf "Go on? [y/N] "; cat go; echo yes'));
    await expect.poll(() => bench.output(), SOON).toBe('Go on? [y/N] ');
    await writeFile(join(bench.work, 'go'), '');
    await ended;
    expect(await bench.output()).toBe('Go on? [y/N] yes\n');
  });

  it('shows no secret: neither one of its environment nor one that looks like it', async () => {
    const env = { PATH: process.env.PATH, HOME: bench.dir, MY_TOKEN: 'correct-horse', GREETING: 'good-morning' };
    const script = 'echo "$GREETING $MY_TOKEN"; echo ghp_0123456789abcdefghijABCDEFGHIJ456789 >&2';
    const { ended } = bench.begin(bench.runner(script, { env, passEnv: ['MY_TOKEN', 'GREETING'] }));
    const outcome = await ended;
    const shown = (outcome.ok ? outcome.value.tail : '') + (await bench.output());
    expect(shown).not.toMatch(/correct-horse|0123456789abc/);
    expect(shown).toContain('good-morning [masked]\n');
  });

  it('shows no secret of the sidecar that it got from elsewhere', async () => {
    const env = { PATH: process.env.PATH, HOME: bench.dir, DATABASE_URL: 'postgres://app:rusty-anchor@db/app' };
    const { ended } = bench.begin(bench.runner('printf "%s-%s\\n" rusty anchor; env | grep -c anchor', { env }));
    const outcome = await ended;
    expect(outcome).toMatchObject({ ok: true, value: { tail: expect.stringContaining('[masked]\n0\n') } });
    expect(await bench.output()).not.toContain('rusty-anchor');
  });

  it('that ended by a signal says which', async () => {
    expect(await bench.begin(bench.runner('kill -SEGV $$')).ended).toMatchObject({
      ok: true,
      value: { code: null, signal: 'SIGSEGV', cut: null },
    });
  });

  it('begins in the process that was started for it before', async () => {
    const runner = bench.runner('cat');
    runner.anticipate(bench.job({ turn: { number: 0, prompt: '', resume: null } }));
    const [waiting] = await waitingShims();
    expect(await bench.begin(runner).ended).toMatchObject({ ok: true, value: { code: 0, tail: 'the prompt\n' } });
    expect((await bench.shim()).pid).toBe(waiting);
  });

  it.each(['it is dismissed', 'its process was killed', 'the attempt is halted', 'another one begins after all'])(
    'leaves nothing of what was started for it when %s',
    async (why) => {
      const runner = bench.runner('cat');
      const dismiss = runner.anticipate(bench.job({ turn: { number: 0, prompt: '', resume: null } }));
      const [waiting = 0] = await waitingShims();
      if (why === 'it is dismissed') dismiss();
      if (why === 'its process was killed') process.kill(waiting, 'SIGKILL');
      if (why === 'the attempt is halted') await runner.halt(ATTEMPT);
      if (why === 'another one begins after all') await bench.begin(bench.runner('cat')).ended;
      else await expect.poll(() => shimsOf(), SOON).toEqual([]);
      const outcome = await bench.begin(runner).ended;
      expect(outcome.ok && outcome.value.code).toBe(why === 'the attempt is halted' ? null : 0);
      await expect.poll(() => shimsOf(), SOON).toEqual([]);
    },
  );

  it('whose shim ends as it is given its order is begun by another', async () => {
    const first = join(bench.dir, 'first');
    const dies = `if mkdir '${first}' 2>/dev/null; then read -r order; exit 1; fi; exec "$@"`;
    const runner = bench.runner('exit 5', { shim: ['/bin/sh', '-c', dies, 'sh', ...bench.shimArgv] });
    runner.anticipate(bench.job({ turn: { number: 0, prompt: '', resume: null } }));
    await expect.poll(() => existsSync(first), SOON).toBe(true);
    expect(await bench.begin(runner).ended).toMatchObject({ ok: true, value: { code: 5 } });
  });

  it('that cannot be started says why', async () => {
    const program = join(bench.dir, 'nothing');
    const runner = bench.runner('', { kind: 'codex', program });
    expect(
      await bench.begin(runner, { job: bench.job({ runner: { kind: 'codex', model: null } }) }).ended,
    ).toMatchObject({
      ok: false,
      failure: { class: 'machine', code: 'runner.not_started', message: `${program} cannot be started: ENOENT` },
    });
  });

  it('whose shim cannot be started says why', async () => {
    const runner = bench.runner('true', { shim: ['/bin/sh', '-c', 'echo no room >&2; exit 1'] });
    expect(await bench.begin(runner).ended).toMatchObject({
      ok: false,
      failure: { code: 'runner.not_started', message: 'no room' },
    });
  });

  it('is over when the agent is, and takes with it what the agent left behind', async () => {
    const { ended } = bench.begin(bench.runner('sleep 600 & echo $! > child; exit 0'));
    expect(await ended).toMatchObject({ ok: true, value: { code: 0 } });
    expect(identify(Number(await bench.made('child')))).toBeUndefined();
  });

  it('in a container has its files beside the socket, until it is over', async () => {
    const engine = join(bench.dir, 'engine');
    const inside = 'while [ "$1" != agent:1 ]; do shift; done; shift; exec /bin/sh "$@"';
    await writeFile(engine, `#!/bin/sh\n[ "$1" = run ] || exit 0\n${inside}\n`, { mode: 0o700 });
    const files = join(bench.dir, 'agent.files');
    const runner = bench.runner(`test -d '${files}' && echo there > '${bench.work}/seen'`, {
      container: { engine, image: 'agent:1', args: [] },
    });
    expect(await bench.begin(runner).ended).toMatchObject({ ok: true, value: { code: 0 } });
    expect(await bench.made('seen')).toBe('there\n');
    expect(existsSync(files)).toBe(false);
  });

  it.runIf(process.platform === 'linux')('takes with it what has left for a session of its own', async () => {
    const { ended } = bench.begin(
      bench.runner(
        "setsid sh -c 'echo $$ > child; exec sleep 600' & cat child 2>/dev/null; while ! [ -s child ]; do sleep 0.02; done",
      ),
    );
    expect(await ended).toMatchObject({ ok: true, value: { code: 0 } });
    expect(identify(Number(await bench.made('child')))).toBeUndefined();
  });

  it('that prints without an end is kept within bounds, its newest output whole', async () => {
    const runner = bench.runner('head -c 9000000 /dev/zero | tr "\\0" x; echo; seq 1 2000');
    const outcome = await bench.begin(runner).ended;
    expect(outcome.ok && outcome.value.tail.endsWith('1999\n2000\n')).toBe(true);
    expect(await bench.output()).toMatch(/x \[… \d+ more characters of this line left out …\]\n1\n2\n/);
  });
});

describe('a turn that must end', () => {
  it('is ended when it has printed nothing for too long, with what it started', async () => {
    const script = 'echo $$ > agent; sleep 600 & echo $! > child; wait';
    const { ended } = bench.begin(bench.runner(script, { limits: { inactivitySeconds: 1 } }));
    expect(await ended).toMatchObject({ ok: true, value: { cut: 'inactive', signal: 'SIGTERM' } });
    for (const name of ['agent', 'child']) expect(identify(Number(await bench.made(name)))).toBeUndefined();
  });

  it('is ended when its attempt has used the time of the task, whatever it prints', async () => {
    const runner = bench.runner('while :; do echo x; sleep 0.05; done');
    const job = bench.job();
    const late = { ...job, task: { ...job.task, runTimeoutSeconds: 60 }, usage: { seconds: 59.5 } };
    expect(await bench.begin(runner, { job: late }).ended).toMatchObject({ ok: true, value: { cut: 'timeout' } });
  });

  it('is ended by force when it does not end when asked', async () => {
    const script = 'trap "" TERM; echo x > started; sleep 600';
    const { ended } = bench.begin(bench.runner(script, { limits: { inactivitySeconds: 1, stopGraceSeconds: 1 } }));
    expect(await ended).toMatchObject({ ok: true, value: { cut: 'inactive', signal: 'SIGKILL' } });
  });

  it('is ended without the sidecar', async () => {
    const script = 'echo x > started; sleep 600';
    const { leave } = bench.begin(bench.runner(script, { limits: { inactivitySeconds: 1 } }));
    await bench.made('started');
    leave();
    const { exit } = runPaths(turnDir(bench.dir, 1));
    await expect.poll(() => existsSync(exit), SOON).toBe(true);
    expect(JSON.parse(await readFile(exit, 'utf8'))).toMatchObject({ exit: { cut: 'inactive' } });
  });

  it('is ended on request, for a question', async () => {
    const runner = bench.runner('trap "echo bye; exit 0" TERM; echo x > started; while :; do sleep 0.05; done');
    const { ended } = bench.begin(runner);
    await bench.made('started');
    await runner.endTurn(bench.job());
    expect(await ended).toMatchObject({ ok: true, value: { cut: 'asked', code: 0 } });
    await runner.endTurn(bench.job());
  });
});

describe('after a restart of the sidecar', () => {
  it('a turn that goes on is found, not begun again', async () => {
    const script = 'echo run >> runs; mkfifo go; echo x > started; cat go';
    const first = bench.begin(bench.runner(script));
    await bench.made('started');
    first.leave();
    await expect(first.ended).rejects.toThrow('the sidecar is stopping');
    const second = bench.begin(bench.runner(script));
    await writeFile(join(bench.work, 'go'), '');
    expect(await second.ended).toMatchObject({ ok: true, value: { code: 0 } });
    expect(await bench.made('runs')).toBe('run\n');
  });

  it('a turn that ended meanwhile is read, not begun again', async () => {
    const script = 'echo run >> runs; exit 4';
    await bench.begin(bench.runner(script)).ended;
    expect(await bench.begin(bench.runner(script)).ended).toMatchObject({ ok: true, value: { code: 4 } });
    expect(await bench.made('runs')).toBe('run\n');
  });

  it('two that begin the same turn start it once, and both learn how it ended', async () => {
    const script = 'echo run >> runs; exit 5';
    const outcomes = await Promise.all([
      bench.begin(bench.runner(script)).ended,
      bench.begin(bench.runner(script)).ended,
    ]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ ok: true, value: { code: 5 } });
    expect(await bench.made('runs')).toBe('run\n');
  });

  it('the next turn of the attempt is another run, in the same log', async () => {
    const runner = bench.runner('echo run >> runs; cat');
    await bench.begin(runner, { job: bench.job({}, 'one\n') }).ended;
    await bench.begin(runner, { job: bench.job({ turn: { number: 2, prompt: 'two\n', resume: null } }) }).ended;
    expect(await bench.made('runs')).toBe('run\nrun\n');
    expect(await bench.output()).toBe('one\ntwo\n');
  });

  it('a turn whose shim was killed is lost, its agent is ended, and what it told is kept', async () => {
    const told: RunProgress[] = [];
    const script = 'echo \'::agentcom {"progress":{"note":"half"}}\'; echo $$ > agent; exec sleep 600';
    const { ended } = bench.begin(bench.runner(script), { told });
    const agent = Number(await bench.made('agent'));
    await expect.poll(() => told, SOON).toEqual([{ note: 'half' }]);
    process.kill((await bench.shim()).pid, 'SIGKILL');
    expect(await ended).toMatchObject({ ok: true, value: { code: null, signal: null } });
    expect(identify(agent)).toBeUndefined();
  });

  it.runIf(process.platform === 'linux')(
    'what had left for a session of its own is ended with a lost turn',
    async () => {
      const script = 'setsid sh -c \'trap "" TERM; echo $$ > child; while :; do sleep 0.05; done\' & sleep 600';
      const { ended } = bench.begin(bench.runner(script));
      const child = Number(await bench.made('child'));
      process.kill((await bench.shim()).pid, 'SIGKILL');
      await ended;
      expect(identify(child)).toBeUndefined();
    },
  );

  it('a turn of before a reboot is lost, also when what it told last is no longer whole', async () => {
    const runner = bench.runner('true');
    await bench.begin(runner).ended;
    const { run, exit, progress } = runPaths(turnDir(bench.dir, 1));
    await writeFile(run, JSON.stringify({ shim: { ...identify(process.pid), bootId: 'another' } }));
    await rm(exit);
    await writeFile(progress, '');
    expect(await bench.begin(runner).ended).toMatchObject({ ok: true, value: { code: null, signal: null } });
  });
});

describe('a halt', () => {
  it('asks the agent to end, and its processes', async () => {
    const script = 'trap "echo bye > bye; exit 7" TERM; echo x > started; while :; do sleep 0.05; done';
    const { ended } = bench.begin(bench.runner(script));
    await bench.made('started');
    const shim = await bench.shim();
    await bench.runner('').halt(ATTEMPT);
    expect(await bench.made('bye')).toBe('bye\n');
    expect(groupLives(shim)).toBe(false);
    expect(await ended).toMatchObject({ ok: true, value: { code: 7, cut: null } });
  });

  it('ends by force what does not end when asked', async () => {
    bench.begin(bench.runner('trap "" TERM; echo x > started; while :; do sleep 0.05; done'));
    await bench.made('started');
    const shim = await bench.shim();
    await bench.runner('', { limits: { stopGraceSeconds: 0 } }).halt(ATTEMPT);
    expect(groupLives(shim)).toBe(false);
  });

  it.runIf(process.platform === 'linux')('ends what has left for a session of its own', async () => {
    const script = "setsid sh -c 'echo $$ > child; exec sleep 600' & sleep 600";
    bench.begin(bench.runner(script));
    const child = Number(await bench.made('child'));
    await bench.runner('', { limits: { stopGraceSeconds: 0 } }).halt(ATTEMPT);
    expect(identify(child)).toBeUndefined();
  });

  it('of what was not begun keeps it from beginning: this turn, the next, and what verifies', async () => {
    await bench.runner('').halt(ATTEMPT);
    const runner = bench.runner('echo run > runs');
    for (const number of [1, 2]) {
      const job = bench.job({ turn: { number, prompt: '', resume: null } });
      expect(await bench.begin(runner, { job }).ended).toMatchObject({ ok: true, value: { code: null } });
    }
    expect(await bench.verify(runner, ['touch runs']).ended).toMatchObject({ failure: { code: 'runner.lost' } });
    expect(existsSync(join(bench.work, 'runs'))).toBe(false);
  });

  it('that comes after a shim was started and before it looked keeps it from beginning', async () => {
    // Started, but by something that is no shim yet: the directory is ready, and nothing has begun.
    await bench.begin(bench.runner('echo run > runs', { shim: ['/bin/true'] })).ended;
    const dir = turnDir(bench.dir, 1);
    await writeFile(runPaths(dir).halted, '');
    const [program, ...args] = bench.shimArgv;
    const shim = spawn(program, [...args, dir], { stdio: ['pipe', 'ignore', 'ignore'] });
    shim.stdin.end(JSON.stringify({ env: {}, secrets: [] }));
    await once(shim, 'exit');
    expect(existsSync(runPaths(dir).run)).toBe(true);
    expect(existsSync(join(bench.work, 'runs'))).toBe(false);
  });

  it('can be done again, and after the end', async () => {
    await bench.begin(bench.runner('exit 0')).ended;
    await bench.runner('').halt(ATTEMPT);
    await bench.runner('').halt(ATTEMPT);
  });
});

/** Waits until there are some. */
async function waitingShims(): Promise<number[]> {
  await expect.poll(() => shimsOf().length, SOON).toBe(1);
  return shimsOf();
}

function shimsOf(): number[] {
  return processesOf({ group: null, tag: { AGENTCOM_SOCKET: join(bench.dir, 'agent.sock') } });
}
