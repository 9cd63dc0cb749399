import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPT, assignment, type EXIT, jobIn, WORKSPACE } from './core/fixture.js';
import type { Job } from './core/job.js';
import { JobLoop, type LoopParts } from './loop.js';
import type { Outcome } from './ports.js';

/** Ports that do nothing until the test says so, and tell what was asked of them. */
class Ports {
  readonly asked: string[] = [];
  readonly logged: string[] = [];
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
      },
      workspaces: {
        prepare: (_job, signal) => {
          ask('prepare');
          return this.prepare(signal);
        },
        check: (_job, signal) => untilAborted(signal),
        push: (_job, signal) => untilAborted(signal),
        salvage: async () => {
          ask('salvage');
          throw new Error('nobody foresaw this');
        },
      },
      runner: {
        run: (_job, _tell, signal) => {
          ask('run');
          return this.run(signal);
        },
        halt: async () => void ask('halt'),
      },
      link: {
        request: (frame, done) => {
          ask(frame.type);
          if (frame.type === 'task.accept') queueMicrotask(() => done(null));
        },
      },
      log: { debug: log, info: log, warn: log, error: (_about, message) => this.logged.push(message) },
      now: () => 0,
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
    loop.feed({ type: 'assign', assignment: assignment(), unfit: null });
    await asked().toEqual(['persist assigned', 'task.accept', 'persist preparing', 'prepare']);
  });

  it('says nothing before it is on disk, and tries until it is', async () => {
    let isFull = true;
    ports.persist = async () => {
      if (isFull) throw new Error('no space left');
    };
    start();
    loop.feed({ type: 'online', verdict: null });
    loop.feed({ type: 'assign', assignment: assignment(), unfit: null });
    await expect.poll(() => ports.logged).toEqual(['cannot keep the record; will try again']);
    expect(ports.asked).toEqual([]);
    isFull = false;
    await expect.poll(() => ports.asked, { timeout: 10_000 }).toContain('task.accept');
    expect(ports.asked[0]).toBe('persist assigned');
  });

  it('ends what runs before it halts, and only then keeps the work', async () => {
    start(jobIn('running'));
    loop.feed({ type: 'online', verdict: 'keep' });
    await asked().toContain('run');
    loop.feed({ type: 'cancel', attempt: ATTEMPT });
    await asked().toEqual([
      'run',
      'persist stopping',
      'halt',
      'persist salvaging',
      'salvage',
      'persist stopped',
      'task.stopped',
    ]);
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

  it('when it stops, ends what it waits for and takes nothing more', async () => {
    start(jobIn('running'));
    loop.feed({ type: 'online', verdict: 'keep' });
    await asked().toEqual(['run']);
    await loop.stop();
    loop.feed({ type: 'cancel', attempt: ATTEMPT });
    expect(ports.asked).toEqual(['run']);
    expect(loop.holding()).toEqual({ ...ATTEMPT, phase: 'running' });
  });
});
