import { systemScheduler } from '@agentcom/schemas/host';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Exit } from './core/attempt.js';
import { BLANK_EXIT } from './core/blank.js';
import { ATTEMPT, assignment, type EXIT, jobIn, QUESTION, stateWith, WORKSPACE } from './core/fixture.js';
import { type Job, type RunProgress, step } from './core/job.js';
import { JobLoop, type LoopParts } from './loop.js';
import type { Outcome } from './ports.js';

/** Ports that do nothing until the test says so, and tell what was asked of them. */
class Ports {
  readonly asked: string[] = [];
  readonly logged: string[] = [];
  readonly frames: object[] = [];
  /** What the looks at the changed paths find, one after the other. */
  paths: string[][] = [];
  tell: (progress: RunProgress) => void = () => undefined;
  /** How the turn ended that a halt cuts short. */
  cut: Exit | null = null;
  /** Makes the next persist fail or wait. */
  persist: () => Promise<void> = async () => undefined;
  prepare: (signal: AbortSignal) => Promise<Outcome<Job['workspace'] & object>> = (signal) => untilAborted(signal);
  run: (signal: AbortSignal) => Promise<Outcome<typeof EXIT>> = (signal) => untilAborted(signal);

  parts(): LoopParts {
    const ask = (what: string) => this.asked.push(what);
    const log = () => undefined;
    return {
      memory: {
        persist: async (job) => {
          await this.persist();
          ask(`persist ${job.phase}`);
        },
        forget: async () => void ask('forget'),
        previous: () => ({ session: null, salvageRef: 'refs/x' }),
      },
      workspaces: {
        prepare: (_job, signal) => {
          ask('prepare');
          return this.prepare(signal);
        },
        setUp: (_job, run) => run(),
        check: (_job, signal) => untilAborted(signal),
        push: (_job, signal) => untilAborted(signal),
        isPushed: async () => true,
        beyondChecked: async () => [],
        target: async () => ({ ok: true, value: 'main' }),
        changedPaths: async () => this.paths.shift() ?? ['roof.md'],
        salvage: async () => {
          ask('salvage');
          throw new Error('nobody foresaw this');
        },
      },
      runner: {
        anticipate: () => {
          ask('anticipate the turn');
          return () => ask('dismiss the turn');
        },
        run: (job, tell, signal) => {
          ask(`run ${job.turn.number}`);
          this.tell = tell;
          return this.run(signal);
        },
        reset: async () => undefined,
        setUp: async (_job, commands) => {
          ask(`set up ${commands.join()}`);
          return { ok: true, value: null };
        },
        endTurn: async () => void ask('end the turn'),
        cutShort: async () => this.cut,
        verify: (_job, commands, signal) => {
          ask(`verify ${commands.join()}`);
          return untilAborted(signal);
        },
        halt: async () => void ask('halt'),
      },
      forge: { request: (_job, signal) => untilAborted(signal), withdraw: async () => null },
      runners: { kind: 'command', also: [], models: [] },
      budget: { tokens: 100 },
      progressEveryMs: 10,
      pathsEveryMs: 10,
      link: {
        request: (frame, done) => {
          ask(frame.type);
          this.frames.push(frame);
          if (frame.type === 'task.accept') queueMicrotask(() => done(null));
        },
      },
      log: { debug: log, info: log, warn: log, error: (_about, message) => this.logged.push(message) },
      scheduler: { ...systemScheduler, now: () => 0 },
    };
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

let ports: Ports;
let loop: JobLoop;

beforeEach(() => {
  ports = new Ports();
});
afterEach(() => loop.stop());

function start(job: Job | null = null): void {
  loop = new JobLoop(ports.parts(), job);
  loop.start();
}

const asked = () => expect.poll(() => ports.asked);

describe('the loop', () => {
  it('takes up what comes in one breath', async () => {
    start();
    loop.feed({ type: 'online', verdict: null });
    loop.assign(assignment());
    await asked().toEqual(['persist assigned', 'task.accept', 'persist preparing', 'anticipate the turn', 'prepare']);
  });

  it('says nothing before it is on disk, and tries until it is', async () => {
    let isFull = true;
    ports.persist = async () => {
      if (isFull) throw new Error('no space left');
    };
    start();
    loop.feed({ type: 'online', verdict: null });
    loop.assign(assignment());
    await expect.poll(() => ports.logged).toEqual(['cannot store the job record; retrying']);
    expect(ports.asked).toEqual([]);
    isFull = false;
    await expect.poll(() => ports.asked, { timeout: 10_000 }).toContain('task.accept');
    expect(ports.asked[0]).toBe('persist assigned');
  });

  it('ends what runs before it halts, and only then keeps the work', async () => {
    start(jobIn('running'));
    loop.feed({ type: 'online', verdict: 'keep' });
    await asked().toContain('run 1');
    loop.feed({ type: 'cancel', attempt: ATTEMPT });
    await asked().toContain('task.stopped');
    expect(ports.asked.filter((what) => what !== 'persist stopping')).toEqual([
      'run 1',
      'halt',
      'persist salvaging',
      'salvage',
      'persist stopped',
      'task.stopped',
    ]);
    expect(ports.asked.indexOf('persist stopping')).toBeLessThan(ports.asked.indexOf('persist salvaging'));
  });

  it('says what the turn has used that a halt cut short', async () => {
    ports.cut = { ...BLANK_EXIT, usage: { inputTokens: 7 }, seconds: 2 };
    start(jobIn('running', { usage: { inputTokens: 5, seconds: 1 } }));
    loop.feed({ type: 'online', verdict: 'keep' });
    loop.feed({ type: 'cancel', attempt: ATTEMPT });
    await asked().toContain('task.stopped');
    expect(ports.frames.find((frame) => 'type' in frame && frame.type === 'task.stopped')).toMatchObject({
      usage: { inputTokens: 12, seconds: 3 },
    });
  });

  it('adds nothing for a turn that had ended', async () => {
    ports.cut = { ...BLANK_EXIT, usage: { inputTokens: 7 } };
    start(jobIn('checking', { usage: { inputTokens: 5 } }));
    loop.feed({ type: 'online', verdict: 'keep' });
    loop.feed({ type: 'cancel', attempt: ATTEMPT });
    await asked().toContain('task.stopped');
    expect(ports.frames.find((frame) => 'type' in frame && frame.type === 'task.stopped')).toMatchObject({
      usage: { inputTokens: 5 },
    });
  });

  it('stops what runs on a full disk too, and keeps and says it once there is room', async () => {
    let isFull = true;
    ports.persist = async () => {
      if (isFull) throw new Error('no space left');
    };
    start(jobIn('running'));
    loop.feed({ type: 'online', verdict: 'keep' });
    await asked().toEqual(['run 1']);
    loop.feed({ type: 'progress', attempt: ATTEMPT, turn: 1, progress: { note: 'busy' } });
    loop.feed({ type: 'cancel', attempt: ATTEMPT });
    await asked().toEqual(['run 1', 'halt']);
    isFull = false;
    await expect.poll(() => ports.asked, { timeout: 10_000 }).toContain('task.stopped');
    expect(ports.asked.filter((what) => what === 'halt')).toHaveLength(1);
  });

  it('cuts short also what is begun after the halt was and before it was its turn', async () => {
    let isFull = true;
    ports.persist = async () => {
      if (isFull) throw new Error('no space left');
    };
    start();
    loop.feed({ type: 'online', verdict: null });
    loop.assign(assignment());
    isFull = false;
    await asked().toContain('prepare');
    let prepared: () => void = () => undefined;
    ports.persist = () =>
      new Promise((resolve) => {
        prepared = resolve;
      });
    ports.run = (signal) => {
      signal.addEventListener('abort', () => ports.asked.push('run is cut short'));
      return untilAborted(signal);
    };
    loop.feed({ type: 'prepared', attempt: ATTEMPT, workspace: WORKSPACE });
    loop.feed({ type: 'cancel', attempt: ATTEMPT });
    await asked().toContain('halt');
    expect(ports.asked).not.toContain('run 1');
    ports.persist = async () => undefined;
    prepared();
    await asked().toContain('task.stopped');
    const order = ports.asked.filter((what) => ['run 1', 'run is cut short', 'salvage'].includes(what));
    expect(order).toEqual(['run 1', 'run is cut short', 'salvage']);
  });

  it('keeps only the newest of what a run tells while the disk is full', async () => {
    let isFull = true;
    let writes = 0;
    ports.persist = async () => {
      if (isFull) throw new Error('no space left');
      writes += 1;
    };
    start(jobIn('running'));
    loop.feed({ type: 'online', verdict: 'keep' });
    for (let n = 0; n < 500; n += 1) {
      loop.feed({ type: 'progress', attempt: ATTEMPT, turn: 1, progress: { fraction: n / 500 } });
    }
    isFull = false;
    await asked().toContain('task.progress');
    await expect.poll(() => writes).toBeGreaterThan(1);
    expect(writes).toBeLessThan(5);
    expect(loop.state.job?.outbox.reports.at(-1)?.body).toMatchObject({ fraction: 499 / 500 });
  });

  it('leaves the files where they are when keeping the work fails in a way nobody foresaw', async () => {
    start(jobIn('salvaging'));
    await asked().toContain('persist stopped');
    expect(loop.state.job?.salvage).toEqual({ ref: null, isComplete: false });
  });

  it('takes an error nobody foresaw for a failure of the attempt', async () => {
    ports.run = async () => {
      throw new Error('a bug');
    };
    ports.prepare = async () => ({ ok: true, value: WORKSPACE });
    start(jobIn('preparing'));
    loop.feed({ type: 'online', verdict: 'keep' });
    await asked().toContain('task.fail');
    expect(loop.state.job?.failure).toEqual({ class: 'transient', code: 'sidecar.internal', message: 'a bug' });
  });

  it.each([
    [
      'a failed one',
      async () => ({ ok: false, failure: { class: 'permanent', code: 'git.not_found', message: 'gone' } }),
    ],
    [
      'one that nobody foresaw',
      async () => {
        throw new Error('a bug');
      },
    ],
  ] satisfies [string, Ports['prepare']][])('dismisses the turn that it anticipated at %s', async (_what, prepare) => {
    ports.prepare = prepare;
    start(jobIn('preparing'));
    loop.feed({ type: 'online', verdict: 'keep' });
    await asked().toContain('task.fail');
    expect(ports.asked.filter((what) => what.endsWith('the turn'))).toEqual([
      'anticipate the turn',
      'dismiss the turn',
    ]);
  });

  it('dismisses it before the set-up commands run', async () => {
    ports.prepare = async () => ({
      ok: true,
      value: { ...WORKSPACE, settings: { ...WORKSPACE.settings, setup: ['npm ci'] } },
    });
    start(jobIn('preparing'));
    loop.feed({ type: 'online', verdict: 'keep' });
    await asked().toContain('run 1');
    const order = ports.asked.filter((what) => /the turn$|^set up|^run/.test(what));
    expect(order.slice(0, 3)).toEqual(['anticipate the turn', 'dismiss the turn', 'set up npm ci']);
  });

  it('offers the machine what is allowed here and what is known of the task', async () => {
    start();
    loop.feed({ type: 'online', verdict: null });
    loop.assign(assignment({ runner: 'claude' }));
    expect(ports.frames).toMatchObject([{ type: 'task.reject', reason: 'this agent does not have the runner claude' }]);
    loop.assign(assignment({ budget: { costMicros: 7 } }));
    expect(loop.state.job).toMatchObject({
      runner: { kind: 'command' },
      budget: { tokens: 100, costMicros: 7 },
      previous: { salvageRef: 'refs/x' },
    });
  });

  it('tells of what a run says of itself and of the paths it changes, each when it is new', async () => {
    ports.paths = [[], ['a'], ['a'], ['a', 'b']];
    start(jobIn('running'));
    loop.feed({ type: 'online', verdict: 'keep' });
    await asked().toContain('run 1');
    ports.tell({ note: 'one' });
    for (const note of ['two', 'three']) ports.tell({ note });
    const told = () => loop.state.job?.outbox.reports.at(-1)?.body;
    await expect.poll(told).toMatchObject({ note: 'three', paths: ['roof.md'] });
    const persisted = ports.asked.filter((what) => what === 'persist running').length;
    expect(persisted).toBeLessThanOrEqual(5);
  });

  it('tells of the changed paths again after a loss of the link', async () => {
    start(jobIn('running'));
    loop.feed({ type: 'online', verdict: 'keep' });
    const reports = () => loop.state.job?.outbox.nextSeq;
    await expect.poll(reports).toBe(2);
    loop.feed({ type: 'offline' });
    loop.feed({ type: 'online', verdict: 'keep' });
    await expect.poll(reports).toBe(3);
  });

  it('runs the commands of the task or the repository', async () => {
    start(jobIn('verifying'));
    loop.feed({ type: 'online', verdict: 'keep' });
    await asked().toEqual(['verify npm test']);
  });

  it('when it stops, ends what it waits for and takes nothing more', async () => {
    start(jobIn('running'));
    loop.feed({ type: 'online', verdict: 'keep' });
    await asked().toEqual(['run 1']);
    await loop.stop();
    loop.feed({ type: 'cancel', attempt: ATTEMPT });
    expect(ports.asked).toEqual(['run 1']);
    expect(loop.holding()).toEqual({ ...ATTEMPT, phase: 'running' });
  });
});

describe('a call of the agent', () => {
  it('is answered once it is on disk', async () => {
    start(jobIn('running'));
    loop.feed({ type: 'online', verdict: 'keep' });
    const outcome = loop.ask(ATTEMPT, QUESTION).then((answered) => ports.asked.push(`answered ${answered.ok}`));
    await outcome;
    expect(ports.asked).toEqual(['run 1', 'persist running', 'answered true']);
    expect(loop.job(ATTEMPT)?.question).toEqual(QUESTION);
    expect(await loop.submit({ ...ATTEMPT, generation: 1 }, { summary: 'x' })).toMatchObject({
      ok: false,
      code: 'task.stale_generation',
    });
    expect(loop.job({ ...ATTEMPT, generation: 1 })).toBeNull();
  });

  it('ends its turn when that does not end by itself', async () => {
    const { state } = step(
      stateWith(jobIn('running')),
      { type: 'asked', attempt: ATTEMPT, call: 1, question: QUESTION },
      0,
    );
    start(state.job);
    loop.feed({ type: 'online', verdict: 'keep' });
    loop.feed({ type: 'waited', attempt: ATTEMPT, for: { kind: 'turn', turn: 1 } });
    await asked().toContain('end the turn');
  });

  it('is refused when too many wait already', async () => {
    ports.persist = () => new Promise(() => undefined);
    const waiting = new JobLoop(ports.parts(), jobIn('running'));
    start(jobIn('running'));
    waiting.start();
    for (let n = 0; n < 64; n += 1) void waiting.progress(ATTEMPT, { note: `${n}` });
    expect(await waiting.progress(ATTEMPT, { note: 'more' })).toMatchObject({ ok: false, code: 'sidecar.internal' });
  });

  it('has its answer even when the sidecar is stopping before it is on disk', async () => {
    ports.persist = async () => {
      throw new Error('no space left');
    };
    start(jobIn('running'));
    const outcome = loop.progress(ATTEMPT, { note: 'half' });
    await expect.poll(() => ports.logged).toEqual(['cannot store the job record; retrying']);
    await loop.stop();
    expect(await outcome).toMatchObject({ ok: false, code: 'sidecar.stopping' });
    expect(await loop.progress(ATTEMPT, { note: 'half' })).toMatchObject({ ok: false, code: 'sidecar.stopping' });
  });
});
