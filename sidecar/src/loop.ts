// Drives the job machine: carries out its actions in order, and feeds back how they ended. It decides nothing itself.

import type { Cancel, Question, RunnerKind } from '@agentcom/schemas';
import { pause } from '@agentcom/schemas/scheduler';
import { ActionQueue } from './action-queue.js';
import { type AccountChoice, type Assignment, type AttemptId, type Exit, idOf, sameAttempt } from './core/attempt.js';
import { type Budget, budgetOf } from './core/budget.js';
import { type Chosen, chooseRunner, type RunnersAllowed } from './core/choose-runner.js';
import {
  type Action,
  begin,
  type CallOutcome,
  holdingOf,
  type Job,
  type JobEvent,
  type JobState,
  type PreviousAttempt,
  type Step,
  type Submitted,
  step,
  type Work,
} from './core/job.js';
import type { AgentCalls, HubLink, JobMemory, TaskFrame } from './ports.js';
import { type WorkParts, workDone } from './work.js';

export interface LoopParts extends WorkParts {
  readonly memory: JobMemory;
  readonly link: HubLink;
  /** When the hub gave its last sign of life on the link; undefined while there is none. */
  readonly heardAt?: () => number | undefined;
  /** Who may work on tasks here, and what a task without a budget of its own may use. */
  readonly runners: RunnersAllowed;
  readonly budget: Budget;
  /** The accounts of a runner to use, if there are several; `preferred` has the session. */
  readonly accountsOf?: (kind: RunnerKind, preferred?: string) => AccountChoice | undefined;
  /** Why a task of this runner cannot be taken at present; undefined when it can. */
  readonly whyNot?: (kind: RunnerKind) => string | undefined;
}

/** Between tries of what has to succeed before anything else may happen. */
const INSIST_MS = 1_000;
/** Waits last up to this much longer, so that many sidecars do not come again together. */
const WAIT_JITTER = 0.2;

/** Calls of the agent that wait at the same time, as for a full disk: who hangs up and calls again makes them more. */
const CALLS_MAX = 64;

const STOPPING: CallOutcome = { ok: false, code: 'sidecar.stopping', message: 'the sidecar is stopping' };
const TOO_MANY: CallOutcome = {
  ok: false,
  code: 'sidecar.internal',
  message: 'too many calls are waiting for the disk; retry later',
};

interface Running {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export class JobLoop implements AgentCalls {
  readonly #parts: LoopParts;
  readonly #stopping = new AbortController();
  readonly #waits = new Set<Cancel>();
  readonly #running = new Set<Running>();
  readonly #queue = new ActionQueue();
  readonly #atStart: readonly Action[];
  /** The halt that was begun ahead of the queue. */
  #halting: Running | null = null;
  /** Calls of the agent that wait for their reply, at most `CALLS_MAX`. */
  readonly #calls = new Map<number, (outcome: CallOutcome) => void>();
  #lastCall = 0;
  #state: JobState;
  #isPumping = false;
  #pumped: Promise<void> = Promise.resolve();

  /** `job` is what the last run of the sidecar left. */
  constructor(parts: LoopParts, job: Job | null) {
    this.#parts = parts;
    const { state, actions } = begin(job);
    this.#state = state;
    this.#atStart = actions;
  }

  get state(): JobState {
    return this.#state;
  }

  holding() {
    return holdingOf(this.#state);
  }

  job(attempt: AttemptId): Job | null {
    const { job } = this.#state;
    return job !== null && sameAttempt(idOf(job), attempt) ? job : null;
  }

  progress(attempt: AttemptId, progress: { readonly note?: string; readonly fraction?: number }): Promise<CallOutcome> {
    return this.#call((call) => ({ type: 'noted', attempt, call, ...progress }));
  }

  ask(attempt: AttemptId, question: Question): Promise<CallOutcome> {
    return this.#call((call) => ({ type: 'asked', attempt, call, question }));
  }

  submit(attempt: AttemptId, submitted: Submitted): Promise<CallOutcome> {
    return this.#call((call) => ({ type: 'submitted', attempt, call, submitted }));
  }

  start(): void {
    this.#add(this.#atStart);
    this.#pump();
  }

  /** What the hub says of a task. */
  hear(frame: TaskFrame): void {
    if (frame.type === 'task.assign') {
      const { type: _type, ...assignment } = frame;
      return this.assign(assignment);
    }
    const attempt = { task: frame.task, generation: frame.generation };
    if (frame.type === 'task.cancel') return this.feed({ type: 'cancel', attempt });
    if (frame.type === 'task.turns') return this.feed({ type: 'turns', attempt, allowed: frame.allowed });
    this.feed({ type: 'answer', attempt, questionId: frame.questionId, answer: frame.answer });
  }

  assign(assignment: Assignment): void {
    const { memory, runners, budget } = this.#parts;
    const { task } = assignment;
    const previous = memory.previous(task.id);
    this.feed({
      type: 'assign',
      assignment,
      chosen: this.#withAccount(this.#fitting(chooseRunner(task, runners)), previous),
      budget: budgetOf(task.budget, budget),
      previous,
    });
  }

  #withAccount(chosen: Chosen, previous: PreviousAttempt | null): Chosen {
    const accounts = 'unfit' in chosen ? undefined : this.#parts.accountsOf?.(chosen.kind, previous?.session?.account);
    return accounts === undefined ? chosen : { ...chosen, accounts };
  }

  /** An offer may have been on its way when the machine was found to be unable. */
  #fitting(chosen: Chosen): Chosen {
    const why = 'unfit' in chosen ? undefined : this.#parts.whyNot?.(chosen.kind);
    return why === undefined ? chosen : { unfit: why };
  }

  feed(event: JobEvent): void {
    if (this.#stopping.signal.aborted) return;
    const before = this.#state.job?.phase;
    const { state, actions, ignored }: Step = step(
      this.#state,
      event,
      this.#parts.scheduler.now(),
      this.#parts.heardAt?.(),
    );
    this.#state = state;
    if (ignored !== undefined) this.#parts.log.debug({ step: event.type, ignored }, 'step ignored');
    else if (before !== state.job?.phase)
      this.#parts.log.info({ step: event.type, phase: state.job?.phase ?? 'idle' }, 'job');
    this.#add(actions);
    this.#pump();
  }

  /**
   * A halt ends what runs at once, and has its outcome in its turn: on a full disk that may be a long time, and what runs may be what
   * fills it. That is harmless without a record: after a crash the hub says again that the attempt is over.
   */
  #add(actions: readonly Action[]): void {
    for (const action of actions) {
      this.#queue.add(action);
      if (action.do === 'halt') this.#halting = this.#haltAhead(idOf(action.job));
    }
  }

  /** Ends everything but the agent's own process. What was promised is on disk; the next start goes on from there. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the sidecar is stopping'));
    for (const { abort } of this.#running) abort.abort(this.#stopping.signal.reason);
    for (const cancel of this.#waits) cancel();
    await this.#pumped;
    await Promise.all([...this.#running].map(({ done }) => done));
    for (const call of this.#calls.keys()) this.#reply(call, STOPPING);
  }

  #call(event: (call: number) => JobEvent): Promise<CallOutcome> {
    if (this.#stopping.signal.aborted) return Promise.resolve(STOPPING);
    if (this.#calls.size >= CALLS_MAX) return Promise.resolve(TOO_MANY);
    const call = ++this.#lastCall;
    return new Promise((resolve) => {
      this.#calls.set(call, resolve);
      this.feed(event(call));
    });
  }

  #reply(call: number, outcome: CallOutcome): void {
    this.#calls.get(call)?.(outcome);
    this.#calls.delete(call);
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
    return this.#stopping.signal.aborted ? undefined : this.#queue.next();
  }

  async #do(action: Action): Promise<void> {
    const { memory } = this.#parts;
    if (action.do === 'persist') return this.#insist('store the job record', () => memory.persist(action.job));
    if (action.do === 'forget') {
      return this.#insist('remove the job record', () => memory.forget(action.job, action.keepFiles));
    }
    this.#begin(action);
  }

  /** Tries until it is done or not wanted any more: nothing may follow before. */
  async #insist(what: string, action: () => Promise<void>, signal = this.#stopping.signal): Promise<void> {
    while (!signal.aborted) {
      try {
        return await action();
      } catch (error) {
        this.#parts.log.error({ err: error }, `cannot ${what}; retrying`);
        await pause(this.#parts.scheduler, INSIST_MS, signal);
      }
    }
  }

  #begin(action: Exclude<Action, { do: 'persist' | 'forget' }>): void {
    switch (action.do) {
      case 'send': {
        const { attempt, ref } = action;
        return this.#parts.link.request(action.frame, (error) => this.feed({ type: 'answered', attempt, ref, error }));
      }
      case 'reply':
        return this.#reply(action.call, action.outcome);
      case 'wait':
        return this.#wait(action);
      case 'endTurn':
        this.#track((signal) => this.#insist('end the turn', () => this.#parts.runner.endTurn(action.job), signal));
        return;
      default:
        return this.#work(action.do, action.job);
    }
  }

  #wait({ attempt, for: what, ms }: Extract<Action, { do: 'wait' }>): void {
    const { scheduler } = this.#parts;
    const cancel = scheduler.after(ms * (1 + WAIT_JITTER * scheduler.random()), () => {
      this.#waits.delete(cancel);
      this.feed({ type: 'waited', attempt, for: what });
    });
    this.#waits.add(cancel);
  }

  #work(work: Work, job: Job): void {
    const before = [...this.#running];
    const listener = { tell: (event: JobEvent) => this.feed(event), links: () => this.#state.links };
    this.#track(async (signal) => {
      const event =
        work === 'halt' ? await this.#halt(job, before) : await workDone(this.#parts, work, job, listener, signal);
      this.feed(event);
    });
  }

  /** Begins something that a halt can cut short. What was cut short has no outcome. */
  #track(action: (signal: AbortSignal) => Promise<void>): Running {
    const abort = new AbortController();
    const { signal } = abort;
    const running: Running = {
      abort,
      done: action(signal)
        .catch((error: unknown) => {
          if (!signal.aborted) this.#parts.log.error({ err: error }, 'work ended without an outcome');
        })
        .finally(() => this.#running.delete(running)),
    };
    this.#running.add(running);
    return running;
  }

  #haltAhead(attempt: AttemptId): Running {
    const before = [...this.#running];
    return this.#track(async (signal) => {
      await cutShort(before);
      await this.#insist('stop the agent', () => this.#parts.runner.halt(attempt), signal);
    });
  }

  /** Also what was begun between the halt's beginning and its turn. No process of the agent can have been. */
  async #halt(job: Job, running: readonly Running[]): Promise<JobEvent> {
    await cutShort(running.filter((one) => one !== this.#halting));
    await this.#halting?.done;
    this.#halting = null;
    const exit = job.isCutShort ? await this.#exitOf(job) : null;
    return { type: 'halted', attempt: idOf(job), ...(exit !== null && { exit }) };
  }

  /** What cannot be read is not worth keeping the attempt from its end. */
  async #exitOf(job: Job): Promise<Exit | null> {
    try {
      return await this.#parts.runner.cutShort(job);
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'cannot read how the turn ended');
      return null;
    }
  }
}

async function cutShort(running: readonly Running[]): Promise<void> {
  for (const { abort } of running) abort.abort(new Error('the attempt was stopped'));
  await Promise.all(running.map(({ done }) => done));
}
