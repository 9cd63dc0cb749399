// The machine under a sidecar: its disk, and the agent's processes, which outlive the sidecar.

import type { Failure } from '@agentcom/sidecar/core/attempt';
import { BLANK_EXIT } from '@agentcom/sidecar/core/blank';
import { carryOver, type Job, type PreviousAttempt, verifyCommands } from '@agentcom/sidecar/core/job';
import { type AgentTurn, beginTurn } from './agent.js';
import { type Attempt, keyOf } from './facts.js';
import type { World } from './world.js';

export class Machine {
  /** The record on disk, as JSON; null when there is none. */
  record: string | null = null;
  /** What was pushed, and what passed its checks before. */
  readonly pushed = new Set<string>();
  readonly verified = new Set<string>();
  readonly #previous = new Map<string, PreviousAttempt>();
  readonly #turns = new Map<string, AgentTurn>();
  #brokenUntil = 0;

  constructor(
    private readonly world: World,
    private readonly agent: string,
  ) {}

  /** The process of the job's turn: begun once, then found again. */
  turnOf(job: Job): AgentTurn {
    const key = turnKey(job);
    const found = this.#turns.get(key);
    if (found !== undefined && this.world.mutation.forgetsProcesses !== true) return found;
    this.world.ledger.turnBegins(this.agent, { task: job.task.id, generation: job.generation }, job.turn);
    const turn = beginTurn(this.world, job);
    this.#turns.set(key, turn);
    return turn;
  }

  /** The process that is there, or was. */
  found(job: Job): AgentTurn | undefined {
    return this.#turns.get(turnKey(job));
  }

  halt(attempt: Attempt): void {
    for (const turn of this.#of(attempt)) {
      turn.isOver = true;
      this.#vanish(turn);
    }
  }

  /** The commands that must pass before the work is pushed. */
  verifies(job: Job): readonly string[] {
    return verifyCommands(job);
  }

  previous(task: string): PreviousAttempt | null {
    return this.#previous.get(task) ?? null;
  }

  /** The job is forgotten: what a later attempt can go on with stays. */
  forget(job: Job): void {
    const attempt = { task: job.task.id, generation: job.generation };
    const left = carryOver(job);
    if (left === null) this.#previous.delete(attempt.task);
    else this.#previous.set(attempt.task, left);
    this.record = null;
    for (const turn of this.#of(attempt)) this.#turns.delete(`${turn.key}/${turn.number}`);
  }

  /** Nothing can be started on it until then. */
  breakFor(ms: number): void {
    this.#brokenUntil = this.world.schedule.now + ms;
  }

  /** Why nothing can be started at present. */
  get fault(): Failure | undefined {
    if (this.world.schedule.now >= this.#brokenUntil) return undefined;
    return { class: 'machine', code: 'machine.broken', message: 'nothing can be started' };
  }

  /** The machine goes down: no process survives, the disk does. */
  goDown(): void {
    for (const turn of this.#turns.values()) if (!turn.isOver) this.#vanish(turn);
  }

  /** The job on disk, as a start finds it. */
  load(): Job | null {
    return this.record === null ? null : (JSON.parse(this.record) as Job);
  }

  /** The attempt on disk. */
  get held(): string | null {
    const job = this.load();
    return job === null ? null : keyOf({ task: job.task.id, generation: job.generation });
  }

  #vanish(turn: AgentTurn): void {
    const { now } = this.world.schedule;
    if (turn.endsAt <= now) return;
    turn.endsAt = now;
    turn.exit = BLANK_EXIT;
  }

  #of(attempt: Attempt): AgentTurn[] {
    return [...this.#turns.values()].filter(({ key }) => key === keyOf(attempt));
  }
}

function turnKey({ task, generation, turn }: Job): string {
  return `${keyOf({ task: task.id, generation })}/${turn.number}`;
}
