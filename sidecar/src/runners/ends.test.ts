// Activity that is not output, and ends that are complete: real processes that are silent, leave their session, or outlive the agent.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { identify } from '@agentcom/schemas/host';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPT } from '../core/fixture.js';
import { enterCgroup, processesIn, removeCgroup } from '../host/cgroup.js';
import { RunnerBench } from './fixture.js';
import { readRun, runPaths, turnDir } from './run-files.js';

let bench: RunnerBench;

beforeEach(async () => {
  bench = await RunnerBench.open();
});
afterEach(() => bench.close());

const isLinux = process.platform === 'linux';

/** Whether this machine lets this user make control groups. */
const canConfine = ((): boolean => {
  const cgroup = enterCgroup(`agentcom-test-${process.pid}`);
  cgroup?.leave();
  if (cgroup !== undefined) removeCgroup(cgroup.dir);
  return cgroup !== undefined;
})();

/** Leaves group, session and environment behind, and its parent too. */
const ESCAPES = `
  env -i PATH="$PATH" sh -c '(setsid sh -c "echo \\$\\$ > child; exec sleep 600" > /dev/null 2>&1 < /dev/null &)'
  while ! [ -s child ]; do sleep 0.05; done`;

const hasTmux = spawnSync('tmux', ['-V']).status === 0;

/** A program of a terminal that nobody is at, told apart from others by its socket. */
const inTmux = (socket: string, seconds: number) =>
  `tmux -f /dev/null -S '${socket}' new-session -d 'echo $$ > child; exec sleep ${seconds}'
  while ! [ -s child ]; do sleep 0.05; done`;

const notesOf = (outcome: Awaited<ReturnType<RunnerBench['begin']>['ended']>) =>
  outcome.ok ? outcome.value.notes : [outcome.failure.message];

describe('a silent turn', () => {
  const limits = { inactivitySeconds: 2, stopGraceSeconds: 1 };

  it.runIf(isLinux)('goes on while a process of it is busy', async () => {
    const busy = `${process.execPath} -e 'const end = Date.now() + 5000; while (Date.now() < end);'`;
    const { ended } = bench.begin(bench.runner(busy, { limits }));
    expect(await ended).toMatchObject({ ok: true, value: { cut: null, code: 0 } });
  });

  it.runIf(isLinux)('goes on while short processes of it are busy one after the other', async () => {
    const piece = `${process.execPath} -e 'const end = Date.now() + 200; while (Date.now() < end);'`;
    const { ended } = bench.begin(
      bench.runner(`for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do ${piece}; done`, { limits }),
    );
    expect(await ended).toMatchObject({ ok: true, value: { cut: null, code: 0 } });
  });

  it('goes on while it calls its sidecar', async () => {
    const socket = join(bench.dir, 'agent.sock');
    writeFileSync(socket, '');
    const { ended } = bench.begin(bench.runner('echo x > started; sleep 5', { limits }));
    await bench.made('started');
    const calling = setInterval(() => utimesSync(socket, new Date(), new Date()), 200);
    try {
      expect(await ended).toMatchObject({ ok: true, value: { cut: null, code: 0 } });
    } finally {
      clearInterval(calling);
    }
  });

  it('goes on for as long as its task allows', async () => {
    const usual = bench.job();
    const job = { ...usual, task: { ...usual.task, inactivitySeconds: 60 } };
    const { ended } = bench.begin(bench.runner('sleep 4', { limits }), { job });
    expect(await ended).toMatchObject({ ok: true, value: { cut: null, code: 0 } });
  });

  it('is ended when all of its processes only wait', async () => {
    const { ended } = bench.begin(bench.runner('sleep 600 & sleep 600 & while :; do sleep 1; done', { limits }));
    expect(await ended).toMatchObject({ ok: true, value: { cut: 'inactive' } });
  });
});

describe('what outlives the agent', () => {
  it('is named when it was cut off', async () => {
    const outcome = await bench.begin(bench.runner('sleep 601 & sleep 602 & exit 0')).ended;
    expect(outcome).toMatchObject({ ok: true, value: { code: 0 } });
    expect(notesOf(outcome)).toHaveLength(1);
    expect(notesOf(outcome)[0]).toMatch(
      /^Still running at the agent's end, and stopped with it: `sleep 60[12]`, `sleep/,
    );
  });

  it('is named when the agent waited for it, and was stopped with it', async () => {
    const { progress } = runPaths(turnDir(bench.dir, 1));
    const script = `
      import { execFileSync, spawn, spawnSync } from 'node:child_process';
      import { once } from 'node:events';
      import { existsSync, watch } from 'node:fs';
      const watching = watch(${JSON.stringify(dirname(progress))});
      spawn('sleep', ['604'], { stdio: 'ignore' });
      print({ type: 'thread.started', thread_id: 't1' });
      while (!existsSync(${JSON.stringify(progress)})) await once(watching, 'change');
      spawn('sleep', ['603'], { stdio: 'ignore' });
      print({ type: 'turn.completed', usage: { input_tokens: 1, output_tokens: 1 } });
      setInterval(() => {}, 60_000);`;
    const runner = bench.runner('', {
      kind: 'codex',
      program: await bench.tool(script),
      limits: { finalGraceSeconds: 1 },
    });
    const job = bench.job({ runner: { kind: 'codex', model: null } });
    const outcome = await bench.begin(runner, { job }).ended;
    expect(outcome).toMatchObject({ ok: true, value: { cut: 'lingering' } });
    // What ran before the session began is a server of the tool.
    expect(notesOf(outcome)).toEqual(["Still running at the agent's end, and stopped with it: `sleep 603`."]);
  });

  it('is not named when it leaves by itself, nor when nothing was left', async () => {
    expect(notesOf(await bench.begin(bench.runner('sleep 0.3 & exit 0')).ended)).toEqual([]);
  });

  it('is not named when it is our own MCP server, and named when it is another', async () => {
    const [ours, others] = [join(bench.dir, 'ours'), join(bench.dir, 'others')];
    for (const file of [ours, others]) writeFileSync(file, 'read -r line < "$0.pipe"');
    const script = `mkfifo '${ours}.pipe' '${others}.pipe'; sh '${ours}' mcp & sh '${others}' mcp & exit 0`;
    const outcome = await bench.begin(bench.runner(script, { command: ['sh', ours] })).ended;
    expect(notesOf(outcome)).toEqual([`Still running at the agent's end, and stopped with it: \`sh ${others} mcp\`.`]);
  });

  it('is named without what may not be shown', async () => {
    const env = { PATH: process.env.PATH, HOME: bench.dir, MY_TOKEN: 'correct-horse' };
    const script = 'sh -c "sleep 600; : correct-horse" & exit 0';
    const outcome = await bench.begin(bench.runner(script, { env, passEnv: ['MY_TOKEN'] })).ended;
    expect(notesOf(outcome).join()).toMatch(/\[masked\]/);
    expect(notesOf(outcome).join()).not.toContain('correct-horse');
  });

  it.runIf(canConfine)('is found wherever it went: out of group, session, environment and family', async () => {
    const outcome = await bench.begin(bench.runner(`${ESCAPES}; exit 0`)).ended;
    expect(identify(Number(await bench.made('child')))).toBeUndefined();
    expect(notesOf(outcome)).toEqual([expect.stringContaining('`sleep 600`')]);
  });

  it.runIf(canConfine)('leaves no control group behind', async () => {
    bench.begin(bench.runner('echo x > started; sleep 600'));
    await bench.made('started');
    const run = await readRun(runPaths(turnDir(bench.dir, 1)));
    const dir = run !== undefined && 'shim' in run ? (run.cgroup ?? '') : '';
    expect(processesIn(dir).length).toBeGreaterThan(0);
    // The shim leaves it when it has started the agent.
    const shim = await bench.shim();
    await expect.poll(() => processesIn(dir), { timeout: 15_000 }).not.toContain(shim.pid);
    await bench.runner('').halt(ATTEMPT);
    expect(existsSync(dir)).toBe(false);
  });

  it.runIf(canConfine)('is ended with a turn whose shim was killed', async () => {
    const { ended } = bench.begin(bench.runner(`${ESCAPES}; sleep 600`));
    const child = Number(await bench.made('child'));
    process.kill((await bench.shim()).pid, 'SIGKILL');
    await ended;
    expect(identify(child)).toBeUndefined();
  });

  it.runIf(canConfine)('is asked to end, as the agent is', async () => {
    const script = `env -i PATH="$PATH" setsid sh -c 'trap "echo bye > bye; exit" TERM; echo $$ > child; while :; do sleep 0.1; done' & sleep 600`;
    bench.begin(bench.runner(script));
    await bench.made('child');
    await bench.runner('').halt(ATTEMPT);
    expect(await bench.made('bye')).toBe('bye\n');
  });

  it.runIf(isLinux)('is named where it cannot be known as the agent’s', async () => {
    const outcome = await bench.begin(bench.runner(`${ESCAPES}; exit 0`, { confined: false })).ended;
    const child = Number(await bench.made('child'));
    try {
      expect(identify(child)).toBeDefined();
      expect(notesOf(outcome)).toEqual([
        expect.stringMatching(new RegExp(`left alone: .sleep 600. \\(process ${child}\\)`)),
      ]);
    } finally {
      process.kill(child, 'SIGKILL');
    }
  });

  it.runIf(isLinux && hasTmux).each([true, false])(
    'is found in the terminal of a tmux that it started (%s)',
    async (confined) => {
      const socket = join(bench.dir, 'tmux');
      const script = `${inTmux(socket, 605)}; exit 0`;
      const outcome = await bench.begin(bench.runner(script, { confined })).ended;
      try {
        expect(identify(Number(await bench.made('child')))).toBeUndefined();
        expect(notesOf(outcome)).toEqual([expect.stringMatching(/stopped with it: .*`sleep 605`/)]);
      } finally {
        // Nobody is there any more, if it was found.
        spawnSync('tmux', ['-S', socket, 'kill-server']);
      }
    },
  );

  it.runIf(isLinux && hasTmux)('is named and left alone in the terminal of a tmux that was there before', async () => {
    const socket = join(bench.dir, 'tmux');
    const tmux = (...args: string[]) => execFileSync('tmux', ['-f', '/dev/null', '-S', socket, ...args]);
    tmux('new-session', '-d', 'sleep 607');
    try {
      const outcome = await bench.begin(bench.runner(`${inTmux(socket, 606)}; exit 0`)).ended;
      const child = Number(await bench.made('child'));
      expect(identify(child)).toBeDefined();
      expect(notesOf(outcome)).toEqual([expect.stringContaining(`\`sleep 606\` (process ${child})`)]);
    } finally {
      tmux('kill-server');
    }
  });

  it.runIf(isLinux)('is not confused with what the sidecar itself does there', async () => {
    const own = spawn('sleep', ['600'], { cwd: bench.work });
    try {
      expect(notesOf(await bench.begin(bench.runner('exit 0')).ended)).toEqual([]);
    } finally {
      own.kill('SIGKILL');
    }
  });
});
