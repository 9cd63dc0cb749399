// The machine under a sidecar: its disk, the agent's processes, which outlive the sidecar, and what the work of an attempt comes to.

import type { Exit, Failure } from '@agentcom/sidecar/core/attempt';
import type { Job } from '@agentcom/sidecar/core/job';
import { type Attempt, keyOf } from './ledger.js';
import type { World } from './world.js';

/** What an agent's process will come to, decided when it begins. */
export interface Run {
  readonly endsAt: number;
  readonly exit: Exit | Failure;
  /** When it asks something, and whether that was answered. */
  readonly asksAt: number;
  answered: boolean;
  isOver: boolean;
}

export class Machine {
  /** The record on disk, as JSON; null when there is none. */
  record: string | null = null;
  /** A question that was asked and not answered yet, by attempt. */
  readonly questions = new Map<string, { readonly questionId: string; readonly seq: number }>();
  readonly runs = new Map<string, Run>();

  constructor(
    private readonly world: World,
    private readonly agent: string,
  ) {}

  /** Begins the agent's process; once for each attempt. */
  begin(attempt: Attempt): Run {
    const { ledger, random, schedule } = this.world;
    ledger.runBegins(this.agent, attempt);
    const run: Run = {
      endsAt: schedule.now + random.between(200, random.chance(0.05) ? 90_000 : 15_000),
      exit: this.#outcome(),
      asksAt: random.chance(0.12) ? schedule.now + random.between(100, 4_000) : Number.POSITIVE_INFINITY,
      answered: false,
      isOver: false,
    };
    this.runs.set(keyOf(attempt), run);
    return run;
  }

  halt(attempt: Attempt): void {
    const run = this.runs.get(keyOf(attempt));
    if (run !== undefined) run.isOver = true;
    this.questions.delete(keyOf(attempt));
  }

  /** What is left of an attempt is removed: whoever begins it again begins it anew. */
  remove(attempt: Attempt): void {
    this.runs.delete(keyOf(attempt));
    this.questions.delete(keyOf(attempt));
  }

  /** The machine goes down: no process survives, the disk does. */
  goDown(): void {
    for (const [key, run] of this.runs) {
      if (run.isOver || run.endsAt <= this.world.schedule.now) continue;
      run.isOver = true;
      this.runs.set(key, { ...run, endsAt: this.world.schedule.now, exit: VANISHED, asksAt: Number.POSITIVE_INFINITY });
    }
  }

  /** The job on disk, as a start finds it. */
  load(): Job | null {
    return this.record === null ? null : (JSON.parse(this.record) as Job);
  }

  #outcome(): Exit | Failure {
    const { random } = this.world;
    if (random.chance(0.8)) return { code: 0, signal: null, tail: 'done', seconds: 1 };
    if (random.chance(0.6)) return { code: 1, signal: null, tail: 'no', seconds: 1 };
    return {
      class: random.pick(['transient', 'permanent', 'rate_limited', 'verification', 'budget'] as const),
      code: 'runner.failed',
      message: 'the runner failed',
    };
  }
}

const VANISHED: Failure = { class: 'transient', code: 'runner.vanished', message: 'its process is gone' };
