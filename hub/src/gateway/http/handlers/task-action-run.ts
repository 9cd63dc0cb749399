// Does to each of many tasks what was asked for all of them: some at once, or so many a minute, in turns of the event loop that others are served
// between. Each is changed as the one that began it may change it then, and only as it was when it was selected. It ends with the lead of this hub:
// what is done stays done, and the same asked again goes on with the rest.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Action, Operation, Scheduler, TaskAction, TaskActionBody } from '@agentcom/schemas';
import { type Caller, callerNow } from '../../../access/authenticate.js';
import { reachOf } from '../../../access/policy.js';
import { viewOf } from '../../../access/view.js';
import type { Bodies } from '../../../bodies/body-writer.js';
import type { ShardAccess } from '../../../coordinator/runner.js';
import type { Command } from '../../../core/commands.js';
import { Refusal } from '../../../core/refusal.js';
import type { StoredSpec } from '../../../core/task/events.js';
import type { Undo, UndoStep } from '../../../core/task/undo.js';
import { requeueOne } from './requeue.js';
import type { Look, SelectedTask } from './selected-tasks.js';

/** Each may hold two long texts. */
const AT_ONCE = 50;
/** More refusals are only counted. */
const REFUSALS_MAX = 20;
/** While too much waits for the hub, ms. */
const BUSY_MS = 250;
const BUSY_MAX = 120;

export interface ActionRunParts {
  readonly shard: Pick<ShardAccess, 'read' | 'execute'>;
  readonly bodies: Bodies;
  readonly scheduler: Pick<Scheduler, 'after'>;
  /** ms; the hub's own time. */
  readonly now: () => number;
}

type Acted = NonNullable<Operation['tasks']>;

/** What an operation gives to its work. */
interface Run {
  readonly signal: AbortSignal;
  progress(done: number, total?: number, soFar?: { readonly tasks: Acted }): void;
  undoable(steps: readonly UndoStep[]): void;
}

/** One of those that it is done to: with `undo`, what an operation before has done is taken back instead. */
export type ActedTask = Pick<SelectedTask, 'id' | 'generation'> & { readonly undo?: Undo };

type Select = (look: Look) => Promise<readonly ActedTask[] | Refusal>;

export const ACTION_NEEDS: Readonly<Record<TaskAction, Action>> = {
  cancel: 'tasks.change',
  retry: 'tasks.change',
  requeue: 'deadLetters.change',
  discard: 'deadLetters.change',
  lane: 'tasks.change',
};

export class TaskActionRun {
  readonly #parts: ActionRunParts;
  /** As it began; what it may do is asked anew each time. */
  readonly #caller: Caller;
  readonly #body: TaskActionBody;
  readonly #select: Select;
  readonly #codes = new Map<Refusal['code'], number>();
  #acted: Acted;

  /** They are changed in the order in which they are selected. */
  constructor(parts: ActionRunParts, caller: Caller, body: TaskActionBody, acted: Acted, select: Select) {
    this.#parts = parts;
    this.#caller = caller;
    this.#body = body;
    this.#acted = acted;
    this.#select = select;
  }

  /** Fails with why it could not go on. */
  readonly run = async ({ signal, progress, undoable }: Run): Promise<{ readonly tasks: Acted }> => {
    const { perMinute } = this.#body;
    const tasks = await this.#select(this.#look);
    if (tasks instanceof Refusal) throw new Error(tasks.message);
    progress(0, tasks.length);
    const step = perMinute === undefined ? AT_ONCE : 1;
    for (let at = 0; at < tasks.length; at += step) {
      if (perMinute !== undefined && at > 0) await this.#pause(60_000 / perMinute, signal);
      signal.throwIfAborted();
      try {
        await this.#change(tasks.slice(at, at + step), tasks.length - at, signal, undoable);
      } finally {
        const { changed, refused } = this.#acted;
        progress(changed + refused, tasks.length, { tasks: this.#acted });
      }
      await nextTurn();
    }
    return { tasks: this.#acted };
  };

  /** As whoever began it sees it now; refused once that one may no longer do it. */
  readonly #look: Look = async (look) => {
    const { shard, now } = this.#parts;
    const need = ACTION_NEEDS[this.#body.action];
    const seen = await shard.read((state) => {
      const caller = callerNow(state, this.#caller, now());
      if (caller === undefined || reachOf(caller, need) === undefined) return undefined;
      return { value: look(viewOf(state, caller, need)) };
    });
    if (seen instanceof Refusal) return seen;
    return seen.value === undefined
      ? new Refusal('auth.forbidden', 'whoever began it may no longer do it')
      : seen.value.value;
  };

  async #change(
    tasks: readonly ActedTask[],
    left: number,
    signal: AbortSignal,
    undoable: Run['undoable'],
  ): Promise<void> {
    const specs = await this.#look((view) => tasks.map(({ id }) => view.task(id)?.spec));
    if (specs instanceof Refusal) throw interrupted(specs, left);
    const outcomes = await Promise.all(tasks.map((task, i) => this.#changeOne(task, specs[i], signal)));
    for (const [i, outcome] of outcomes.entries()) this.#note(tasks[i] as ActedTask, outcome);
    undoable(outcomes.flatMap((outcome: { readonly undo?: Undo }, i) => stepOf(tasks[i] as ActedTask, outcome)));
    const over = outcomes.find((outcome) => outcome instanceof Refusal && endsAll(outcome));
    if (over instanceof Refusal) throw interrupted(over, left - tasks.length);
  }

  /** Waits while the hub has too much to do. */
  async #changeOne(task: ActedTask, spec: StoredSpec | undefined, signal: AbortSignal): Promise<object> {
    if (spec === undefined) return new Refusal('task.not_found', `task ${task.id} not found`);
    for (let tries = 1; ; tries++) {
      const outcome = await this.#decide(task, spec);
      if (!(outcome instanceof Refusal) || outcome.code !== 'hub.busy' || tries === BUSY_MAX) return outcome;
      await this.#pause(outcome.retryAfterMs ?? BUSY_MS, signal);
    }
  }

  #decide({ id: task, generation, undo }: ActedTask, spec: StoredSpec): Promise<object> {
    const { shard, bodies } = this.#parts;
    const { org, by, credential, repositories } = this.#caller;
    const { action, reason, to = 'up', changes = {} } = this.#body;
    const execute = (command: Command): Promise<object> => shard.execute(command, credential);
    const on = { org, by, task };
    if (undo !== undefined) return execute({ type: 'task.undo', ...on, undo });
    switch (action) {
      case 'cancel':
        return execute({ type: 'task.cancel', ...on, reason: reason ?? 'cancelled' });
      case 'lane':
        return execute({ type: 'task.move', ...on, to });
      case 'discard':
        return execute({ type: 'dead.discard', ...on, reason: reason ?? 'discarded' });
      default: {
        const command = { ...on, ifGeneration: generation, ...(repositories !== undefined && { repositories }) };
        const type = action === 'retry' ? 'task.retry' : 'dead.requeue';
        return requeueOne(bodies, execute, { type, ...command }, spec, changes);
      }
    }
  }

  #note({ id: task }: ActedTask, outcome: object): void {
    const { changed, refused, refusals } = this.#acted;
    if (!(outcome instanceof Refusal)) {
      this.#acted = { ...this.#acted, changed: changed + 1 };
      return;
    }
    const { code, message } = outcome;
    this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1);
    this.#acted = {
      ...this.#acted,
      refused: refused + 1,
      codes: [...this.#codes].map(([one, count]) => ({ code: one, count })),
      refusals: refusals.length < REFUSALS_MAX ? [...refusals, { task, code, message }] : refusals,
    };
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        cancel();
        reject(signal.reason);
      };
      const cancel = this.#parts.scheduler.after(ms, () => {
        signal.removeEventListener('abort', stop);
        resolve();
      });
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  }
}

function stepOf({ id: task }: ActedTask, { undo }: { readonly undo?: Undo }): UndoStep[] {
  return undo === undefined ? [] : [{ task, undo }];
}

/** All the others would meet the same: this hub no longer leads, or it stops. */
function endsAll({ code }: Refusal): boolean {
  return code.startsWith('hub.');
}

function interrupted({ message }: Refusal, left: number): Error {
  return new Error(`interrupted with ${left} left: ${message}; ask for the same again to go on`);
}
