// One decision under way: the events so far, already applied, so that what follows in the same decision sees them.

import type { ErrorCode, ErrorDetail } from '@agentcom/schemas';
import { apply } from './apply.js';
import { type Change, changeOf, taskOfEvent } from './change.js';
import type { Event } from './events.js';
import { collectOutputs, type Output } from './outputs.js';
import type { Settings } from './settings.js';
import { type Agent, isAvailable, type State, type Task } from './state.js';

/** A command that changes nothing, and why. */
export class Refusal {
  constructor(
    readonly code: ErrorCode,
    readonly message: string,
    readonly details: readonly ErrorDetail[] = [],
    readonly retryAfterMs?: number,
  ) {}
}

/** What decisions take from outside: ids and chance come in, so that the same inputs decide the same. */
export interface Inputs {
  readonly settings: Settings;
  /** A new id, growing with time. */
  readonly newId: () => string;
  /** In [0, 1). */
  readonly random: () => number;
}

export class Decision {
  readonly changes: Change[] = [];
  readonly outputs: Output[] = [];

  constructor(
    readonly state: State,
    readonly now: number,
    readonly inputs: Inputs,
  ) {}

  get settings(): Settings {
    return this.inputs.settings;
  }

  emit(event: Event): void {
    const task = taskOfEvent(this.state, event);
    const holder = task?.agent ?? null;
    apply(this.state, event, this.now);
    this.changes.push(changeOf(event, this.now, task ?? taskOfEvent(this.state, event)));
    collectOutputs(this.outputs, this.state, event, holder, this.now);
  }

  /** Offers a queued task to the agent that suits it best, if one is idle. */
  matchTask(task: Task): void {
    if (task.state !== 'queued') return;
    const agent = this.state.matching.agentFor(task, this.now);
    if (agent !== undefined) this.#assign(task, agent);
  }

  /** Gives an available agent the task that comes first, if there is one. */
  matchAgent(agent: Agent): void {
    if (!isAvailable(agent)) return;
    const task = this.state.matching.taskFor(agent, this.now, this.settings.agingStepMs);
    if (task !== undefined) this.#assign(task, agent);
  }

  #assign(task: Task, agent: Agent): void {
    this.emit({
      type: 'task.assigned',
      task: task.id,
      agent: agent.name,
      generation: task.generation + 1,
      acceptBy: this.now + this.settings.acceptTimeoutMs,
    });
  }
}
