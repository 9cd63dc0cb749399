import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identify } from '@agentcom/schemas/host';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idOf } from '../core/attempt.js';
import { RunnerBench } from './fixture.js';
import { setupDir, verifyDir } from './run-files.js';

let bench: RunnerBench;

beforeEach(async () => {
  bench = await RunnerBench.open();
});
afterEach(() => bench.close());

describe('verify commands', () => {
  it('run one after the other where the work is, and their output is kept', async () => {
    const { ended } = bench.verify(bench.runner(''), ['pwd', "sh -c 'echo two; echo oops >&2'"]);
    expect(await ended).toEqual({
      ok: true,
      value: [
        {
          command: 'pwd',
          exitCode: 0,
          seconds: expect.any(Number),
          output: expect.stringContaining(`${bench.work}\n`),
        },
        {
          command: "sh -c 'echo two; echo oops >&2'",
          exitCode: 0,
          seconds: expect.any(Number),
          output: expect.any(String),
        },
      ],
    });
    const output = await bench.output();
    expect(output).toContain(`[agent] $ pwd\n${bench.work}\n[agent] $ sh -c 'echo two; echo oops >&2'\n`);
    for (const line of ['two\n', 'oops\n']) expect(output).toContain(line);
  });

  it('stop at the first that fails', async () => {
    const { ended } = bench.verify(bench.runner(''), ["sh -c 'echo bad; exit 3'", 'touch after']);
    expect(await ended).toMatchObject({ ok: true, value: [{ exitCode: 3, output: expect.stringContaining('bad\n') }] });
    expect(existsSync(join(bench.work, 'after'))).toBe(false);
  });

  it.each(['npm test && npm run lint', 'echo $HOME', 'ls *'])(
    'that only a shell could run are refused: %s',
    async (line) => {
      expect(await bench.verify(bench.runner(''), ['touch before', line]).ended).toMatchObject({
        ok: false,
        failure: {
          class: 'permanent',
          code: 'verify.not_plain',
          mend: 'person',
          message: expect.stringContaining(line),
        },
      });
      expect(existsSync(join(bench.work, 'before'))).toBe(false);
    },
  );

  it('that cannot be started have failed', async () => {
    expect(await bench.verify(bench.runner(''), ['true', 'no-such-program-anywhere x']).ended).toMatchObject({
      ok: false,
      failure: {
        ...{ class: 'permanent', code: 'command.not_started', mend: 'person' },
        message: expect.stringMatching(/`no-such-program-anywhere x`.*cannot be started: ENOENT; install it/),
      },
    });
  });

  it.each(['#!/no/such/sh\n', '#!/bin/sh\r\nexit 0\r\n'])(
    'that name an interpreter that is missing say which: %j',
    async (content) => {
      await writeFile(join(bench.work, 'check.sh'), content, { mode: 0o755 });
      const [first] = content.split('\n');
      expect(await bench.verify(bench.runner(''), ['./check.sh']).ended).toMatchObject({
        ok: true,
        value: [
          {
            exitCode: 127,
            output: `./check.sh cannot be started: its first line names a program that is not there: ${JSON.stringify(first)}\n`,
          },
        ],
      });
    },
  );

  it('that are files of the repository, and missing, have failed as they would in a shell', async () => {
    expect(await bench.verify(bench.runner(''), ['./check.sh']).ended).toMatchObject({
      ok: true,
      value: [{ exitCode: 127, output: './check.sh cannot be started: ENOENT\n' }],
    });
  });

  it('that have no worktree any more say so', async () => {
    await rm(bench.work, { recursive: true });
    expect(await bench.verify(bench.runner(''), ['true']).ended).toMatchObject({
      ok: false,
      failure: { message: expect.stringContaining(`its directory ${bench.work} is gone`) },
    });
  });

  it('that take too long are ended and have failed', async () => {
    const runner = bench.runner('', { limits: { verifySeconds: 1 } });
    const outcome = await bench.verify(runner, ['sleep 600']).ended;
    expect(outcome).toMatchObject({
      ok: true,
      value: [{ output: expect.stringContaining('exceeded its time limit') }],
    });
    expect(outcome.ok && outcome.value[0]).not.toHaveProperty('exitCode');
  });

  it('see no secrets, and what is configured beside', async () => {
    const env = { PATH: process.env.PATH, HOME: bench.dir, MY_TOKEN: 'correct-horse', GREETING: 'good-morning' };
    const runner = bench.runner('', {
      env,
      passEnv: ['MY_TOKEN', 'GREETING'],
      agentEnv: () => ({ GIT_AUTHOR_NAME: 'Tern' }),
    });
    const outcome = await bench.verify(runner, ['env']).ended;
    const output = outcome.ok ? outcome.value[0]?.output : '';
    expect(output).toContain('GREETING=good-morning\n');
    expect(output).toContain('GIT_AUTHOR_NAME=Tern\n');
    expect(output).not.toContain('MY_TOKEN');
  });

  it('are found after a restart of the sidecar, not begun again', async () => {
    const commands = ["sh -c 'echo run >> runs'", "sh -c 'echo run >> runs; mkfifo go; echo x > started; cat go'"];
    const first = bench.verify(bench.runner(''), commands);
    await bench.made('started');
    first.leave();
    await expect(first.ended).rejects.toThrow('the sidecar is stopping');
    const second = bench.verify(bench.runner(''), commands);
    await writeFile(join(bench.work, 'go'), '');
    expect(await second.ended).toMatchObject({ ok: true, value: [{ exitCode: 0 }, { exitCode: 0 }] });
    expect(await bench.made('runs')).toBe('run\nrun\n');
  });

  it('run anew after a further turn', async () => {
    const after = (number: number) =>
      bench.verify(bench.runner(''), ["sh -c 'echo run >> runs'"], { turn: { number, prompt: '', resume: null } })
        .ended;
    await after(1);
    await after(2);
    expect(await bench.made('runs')).toBe('run\nrun\n');
  });

  it('whose process is gone are no verdict', async () => {
    const { ended } = bench.verify(bench.runner(''), ["sh -c 'echo x > started; exec sleep 600'"]);
    await bench.made('started');
    process.kill((await bench.shim(verifyDir(bench.dir, 1, 0, 1))).pid, 'SIGKILL');
    expect(await ended).toMatchObject({ ok: false, failure: { class: 'transient', code: 'runner.lost' } });
  });

  it.each([
    ['killed', "sh -c 'kill -9 $$'"],
    ['ended as when the machine shuts down', "sh -c 'kill -TERM $PPID; sleep 600'"],
    ['ended so, and left with a code', `sh -c 'trap "exit 1" TERM; kill -TERM $PPID; sleep 600 & wait'`],
  ])('that are %s are no verdict', async (_, command) => {
    expect(await bench.verify(bench.runner(''), [command]).ended).toMatchObject({
      ok: false,
      failure: { class: 'transient', code: 'runner.killed' },
    });
  });

  it('that crash have failed', async () => {
    expect(await bench.verify(bench.runner(''), ["sh -c 'echo almost; kill -SEGV $$'"]).ended).toMatchObject({
      ok: true,
      value: [{ output: expect.stringMatching(/almost\n\[crashed: SIGSEGV\]\n$/) }],
    });
  });

  it('that leave processes behind have them stopped, and named in their output', async () => {
    const command = "sh -c 'sleep 600 > /dev/null 2>&1 & echo $! > left; echo ok'";
    expect(await bench.verify(bench.runner(''), [command]).ended).toMatchObject({
      ok: true,
      value: [
        {
          exitCode: 0,
          output: expect.stringMatching(/ok\nStill running at the command's end, and stopped: `sleep 600`\.\n$/),
        },
      ],
    });
    expect(identify(Number(await bench.made('left')))).toBeUndefined();
  });

  it('run anew when they came to no verdict', async () => {
    const commands = ["sh -c 'echo run >> runs; test -e again || kill -9 $$'"];
    const runner = bench.runner('');
    expect(await bench.verify(runner, commands).ended).toMatchObject({ ok: false });
    await writeFile(join(bench.work, 'again'), '');
    expect(await bench.verify(runner, commands, { tries: 1 }).ended).toMatchObject({
      ok: true,
      value: [{ exitCode: 0 }],
    });
    expect(await bench.made('runs')).toBe('run\nrun\n');
  });
});

describe('set-up commands', () => {
  it('that fail are told with the end of what they printed, and end the set-up', async () => {
    const { signal } = new AbortController();
    const commands = ["sh -c 'echo no such package; exit 4'", 'touch after'];
    const outcome = await bench.runner('').setUp(bench.job(), commands, signal);
    expect(outcome).toMatchObject({ ok: false, failure: { class: 'permanent', code: 'setup.failed' } });
    if (!outcome.ok)
      expect(outcome.failure.message).toMatch(
        /exited with code 4; the agent was not started:\n[\s\S]*no such package$/,
      );
    expect(existsSync(join(bench.work, 'after'))).toBe(false);
  });

  it('of a try before are ended and run anew', async () => {
    const runner = bench.runner('');
    const abort = new AbortController();
    const commands = ["sh -c 'echo run >> runs; test -e second || exec sleep 600'"];
    const first = runner.setUp(bench.job(), commands, abort.signal);
    first.catch(() => undefined);
    await bench.made('runs');
    const { pid } = await bench.shim(setupDir(bench.dir, 1));
    abort.abort(new Error('the sidecar is stopping'));
    await expect(first).rejects.toThrow('the sidecar is stopping');
    await runner.reset(idOf(bench.job()));
    expect(() => process.kill(pid, 0)).toThrow();
    await writeFile(join(bench.work, 'second'), '');
    const { signal } = new AbortController();
    expect(await runner.setUp(bench.job(), commands, signal)).toEqual({ ok: true, value: null });
    expect(await bench.made('runs')).toBe('run\nrun\n');
  });
});
