// Drives the fitness machine: probes this machine at the start and after it could not start work, and tells of what changes.

import type { Cancel, LogWriter, RunnerKind, Scheduler, Unfit } from '@agentcom/schemas';
import { clip } from '@agentcom/schemas/clip';
import { LIMITS } from '@agentcom/schemas/limits';
import type { Failure } from './core/attempt.js';
import { FITNESS_BEGIN, type FitnessEvent, type FitnessState, fitnessStep } from './core/fitness.js';

export interface ProbeResult {
  /** Why no task can be started. */
  readonly unfit?: Unfit | undefined;
  /** Why tasks that name one of these cannot be, though others can. */
  readonly withoutRunners: ReadonlyMap<RunnerKind, string>;
}

export interface FitnessParts {
  /** Looks at the machine. Never rejects. */
  readonly probe: () => Promise<ProbeResult>;
  /** Told after `unfit` has changed. */
  readonly changed: () => void;
  readonly scheduler: Scheduler;
  readonly log: LogWriter;
}

export class FitnessWatch {
  readonly #parts: FitnessParts;
  #state: FitnessState = FITNESS_BEGIN;
  #withoutRunners: ReadonlyMap<RunnerKind, string> = new Map();
  #cancelDue: Cancel | undefined;
  #probing: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: FitnessParts) {
    this.#parts = parts;
  }

  /** Resolves when the first probe has ended. */
  async begin(): Promise<void> {
    this.#feed({ type: 'start' });
    await this.#probing;
  }

  /** Resolves when the probe that may be under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelDue?.();
    await this.#probing;
  }

  get unfit(): Unfit | undefined {
    return this.#state.unfit;
  }

  /** Why a task of this runner cannot be taken; undefined when it can. */
  whyNot(kind: RunnerKind): string | undefined {
    return this.#state.unfit?.message ?? this.#withoutRunners.get(kind);
  }

  failed({ code, message }: Pick<Failure, 'code' | 'message'>): void {
    this.#feed({ type: 'failed', unfit: { code, message: clip(message, LIMITS.unfitMessageBytes) } });
  }

  started(): void {
    this.#feed({ type: 'started' });
  }

  #feed(event: FitnessEvent): void {
    if (this.#isStopped) return;
    const { scheduler, log, changed } = this.#parts;
    const { dueAt } = this.#state;
    const { state, actions } = fitnessStep(this.#state, event, scheduler.now());
    this.#state = state;
    // A timer may come a little early; then the machine stays as it is, and is woken again.
    if (state.dueAt !== dueAt || event.type === 'due') {
      this.#cancelDue?.();
      const inMs = Math.ceil(Math.max(0, state.dueAt - scheduler.now()));
      this.#cancelDue =
        state.dueAt === Number.POSITIVE_INFINITY ? undefined : scheduler.after(inMs, () => this.#feed({ type: 'due' }));
    }
    for (const action of actions) {
      if (action.do === 'probe') this.#probing = this.#probe(action.probe);
      else {
        if (state.unfit === undefined) log.info({}, 'this machine can work again');
        else log.error({ code: state.unfit.code }, `takes no tasks: ${state.unfit.message}`);
        changed();
      }
    }
  }

  async #probe(probe: number): Promise<void> {
    const { unfit, withoutRunners } = await this.#parts.probe();
    for (const [kind, why] of withoutRunners) {
      if (this.#withoutRunners.get(kind) !== why)
        this.#parts.log.warn({ runner: kind }, `takes no tasks for it: ${why}`);
    }
    this.#withoutRunners = withoutRunners;
    this.#feed({ type: 'probed', probe, unfit, isPartial: withoutRunners.size > 0 });
  }
}
