// Drives the job machine: carries out its actions in order, and feeds back how they ended. It decides nothing itself.

import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptId } from './core/attempt.js';
import {
  type Action,
  begin,
  holdingOf,
  type Job,
  type JobEvent,
  type JobState,
  type Step,
  step,
  type Work,
} from './core/job.js';
import type { HubLink, JobMemory, Log, Outcome, Progress, Runner, Workspaces } from './ports.js';

export interface LoopParts {
  readonly memory: JobMemory;
  readonly workspaces: Workspaces;
  readonly runner: Runner;
  readonly link: HubLink;
  readonly log: Log;
  /** Monotonic, ms. */
  readonly now: () => number;
}

/** Between tries of what has to succeed before anything else may happen. */
const INSIST_MS = 1_000;
/** Waits last up to this much longer, so that many sidecars do not come again together. */
const WAIT_JITTER = 0.2;

interface Running {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export class JobLoop {
  readonly #parts: LoopParts;
  readonly #stopping = new AbortController();
  readonly #waits = new Set<NodeJS.Timeout>();
  readonly #running = new Set<Running>();
  readonly #queue: Action[] = [];
  #state: JobState;
  #isPumping = false;
  #pumped: Promise<void> = Promise.resolve();

  /** `job` is what the last run of the sidecar left. */
  constructor(parts: LoopParts, job: Job | null) {
    this.#parts = parts;
    const { state, actions } = begin(job);
    this.#state = state;
    this.#queue.push(...actions);
  }

  get state(): JobState {
    return this.#state;
  }

  holding() {
    return holdingOf(this.#state);
  }

  start(): void {
    this.#pump();
  }

  feed(event: JobEvent): void {
    if (this.#stopping.signal.aborted) return;
    const before = this.#state.job?.phase;
    const { state, actions, ignored }: Step = step(this.#state, event, this.#parts.now());
    this.#state = state;
    const attempt = state.job === null ? undefined : { task: state.job.task.id, generation: state.job.generation };
    if (ignored !== undefined) this.#parts.log.debug({ event: event.type, ignored, ...attempt }, 'event ignored');
    else if (before !== state.job?.phase)
      this.#parts.log.info({ event: event.type, phase: state.job?.phase ?? 'idle', ...attempt }, 'job');
    this.#queue.push(...actions);
    this.#pump();
  }

  /** Ends everything but the agent's own process. What was promised is on disk; the next start goes on from there. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the sidecar stops'));
    for (const wait of this.#waits) clearTimeout(wait);
    await this.#pumped;
    await Promise.all([...this.#running].map(({ done }) => done));
  }

  #pump(): void {
    if (!this.#isPumping) this.#pumped = this.#carryOut();
  }

  async #carryOut(): Promise<void> {
    this.#isPumping = true;
    for (let action = this.#next(); action !== undefined; action = this.#next()) await this.#do(action);
    // In the same breath as the look into the queue, so that nothing can come between.
    this.#isPumping = false;
  }

  #next(): Action | undefined {
    return this.#stopping.signal.aborted ? undefined : this.#queue.shift();
  }

  async #do(action: Action): Promise<void> {
    const { memory } = this.#parts;
    if (action.do === 'persist') return this.#insist('keep the record', () => memory.persist(action.job));
    if (action.do === 'forget') {
      return this.#insist('remove the record', () => memory.forget(action.job, action.keepFiles));
    }
    this.#begin(action);
  }

  /** Tries until it is done or the sidecar stops: nothing may follow before. */
  async #insist(what: string, action: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        return await action();
      } catch (error) {
        this.#parts.log.error({ err: error }, `cannot ${what}; will try again`);
        await sleep(INSIST_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #begin(action: Exclude<Action, { do: 'persist' | 'forget' }>): void {
    switch (action.do) {
      case 'send': {
        const { attempt, ref } = action;
        return this.#parts.link.request(action.frame, (error) => this.feed({ type: 'answered', attempt, ref, error }));
      }
      case 'wait': {
        const wait = setTimeout(
          () => {
            this.#waits.delete(wait);
            this.feed({ type: 'waited', attempt: action.attempt, for: action.for });
          },
          action.ms * (1 + WAIT_JITTER * Math.random()),
        );
        this.#waits.add(wait);
        return;
      }
      default:
        return this.#work(action.do, action.job);
    }
  }

  #work(work: Work, job: Job): void {
    const abort = new AbortController();
    const before = [...this.#running];
    const signal = AbortSignal.any([abort.signal, this.#stopping.signal]);
    const running: Running = {
      abort,
      done: (work === 'halt' ? this.#halt(job, before) : this.#eventOf(work, job, signal))
        .then((event) => this.feed(event))
        .catch((error: unknown) => {
          // What was aborted has no outcome.
          if (!signal.aborted) this.#parts.log.error({ err: error, work }, 'work ended without an outcome');
        })
        .finally(() => this.#running.delete(running)),
    };
    this.#running.add(running);
  }

  async #halt(job: Job, running: readonly Running[]): Promise<JobEvent> {
    const attempt = idOf(job);
    for (const { abort } of running) abort.abort(new Error('the attempt is stopped'));
    await Promise.all(running.map(({ done }) => done));
    await this.#insist('stop the agent', () => this.#parts.runner.halt(attempt));
    return { type: 'halted', attempt };
  }

  async #eventOf(work: Exclude<Work, 'halt'>, job: Job, signal: AbortSignal): Promise<JobEvent> {
    const { workspaces, runner } = this.#parts;
    const attempt = idOf(job);
    const tell = (progress: Progress) => this.feed({ type: 'progress', attempt, ...progress });
    switch (work) {
      case 'prepare': {
        const prepared = await this.#try(signal, () => workspaces.prepare(job, signal));
        return prepared.ok
          ? { type: 'prepared', attempt, workspace: prepared.value }
          : { type: 'failed', attempt, phase: 'preparing', failure: prepared.failure };
      }
      case 'run': {
        const ran = await this.#try(signal, () => runner.run(job, tell, signal));
        return ran.ok
          ? { type: 'ran', attempt, exit: ran.value }
          : { type: 'failed', attempt, phase: 'running', failure: ran.failure };
      }
      case 'check': {
        const checked = await this.#try(signal, () => workspaces.check(job, signal));
        return checked.ok
          ? { type: 'checked', attempt, commit: checked.value }
          : { type: 'failed', attempt, phase: 'checking', failure: checked.failure };
      }
      case 'push': {
        const pushed = await this.#try(signal, () => workspaces.push(job, signal));
        return pushed.ok
          ? { type: 'pushed', attempt }
          : { type: 'failed', attempt, phase: 'pushing', failure: pushed.failure };
      }
      case 'salvage': {
        const kept = await this.#try(signal, async () => ({ ok: true, value: await workspaces.salvage(job, signal) }));
        return { type: 'salvaged', attempt, salvage: kept.ok ? kept.value : { ref: null, isComplete: false } };
      }
    }
  }

  /** A port that throws has met something nobody foresaw; that ends the attempt, not the sidecar. */
  async #try<T>(signal: AbortSignal, action: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    try {
      return await action();
    } catch (error) {
      if (signal.aborted) throw error;
      this.#parts.log.error({ err: error }, 'unexpected error');
      const message = error instanceof Error ? error.message : String(error);
      return { ok: false, failure: { class: 'transient', code: 'sidecar.internal', message } };
    }
  }
}

function idOf(job: Job): AttemptId {
  return { task: job.task.id, generation: job.generation };
}
