// The undo of a change of many tasks, itself an operation: each task that nothing has changed since becomes what it was before.

import type { Operation } from '@agentcom/schemas';
import type { Caller } from '../../../access/authenticate.js';
import { refuse } from '../../../access/policy.js';
import { Refusal } from '../../../core/refusal.js';
import type { UndoStep } from '../../../core/task/undo.js';
import type { Handlers } from '../handler.js';
import type { OperationsSeenBy } from './operations.js';
import { ACTION_NEEDS, TaskActionRun } from './task-action-run.js';
import { NOTHING_YET, type TaskActionParts } from './task-actions.js';

interface UndoParts extends Omit<TaskActionParts, 'operations'> {
  readonly seenBy: OperationsSeenBy;
  readonly operations: TaskActionParts['operations'] & {
    /** Newest first. */
    list(): readonly Operation[];
    /** None where it cannot be undone, or no longer. */
    undoSteps(id: string): readonly UndoStep[];
    forgetUndo(id: string): Promise<void>;
  };
}

export function operationUndoHandlers(parts: UndoParts): Pick<Handlers, 'operation.undo'> {
  const { operations, seenBy } = parts;
  return {
    'operation.undo': async ({ path: { id }, caller, note }) => {
      const operation = seenBy(caller).get(id);
      if (operation instanceof Refusal) return operation;
      const refusal = refuseUndo(caller, operation, operations.list());
      if (refusal !== undefined) return refusal;
      const { tasks, org } = operation as Operation & Required<Pick<Operation, 'tasks' | 'org'>>;
      const { action, to } = tasks;
      const acted = { action, undoes: id, ...(to !== undefined && { to }), ...NOTHING_YET };
      const steps = operations.undoSteps(id).map(({ task, undo }) => ({ id: task, generation: 0, undo }));
      const run = new TaskActionRun(parts, caller, { action }, acted, async () => steps);
      const carryOut: TaskActionRun['run'] = async (given) => {
        const result = await run.run(given);
        // Else it is asked for again, and goes on with the rest.
        await operations.forgetUndo(id);
        return result;
      };
      const begun = await operations.start('tasks', caller.by, carryOut, { org, tasks: acted });
      if (begun instanceof Refusal) return begun;
      note({ target: begun.id });
      return { body: begun };
    },
  };
}

function refuseUndo(
  caller: Caller,
  { id, tasks, endedAt, undo }: Operation,
  all: readonly Operation[],
): Refusal | undefined {
  if (tasks === undefined) return notUndoable('only changes of tasks can be undone');
  const refusal = refuse(caller, ACTION_NEEDS[tasks.action]);
  if (refusal !== undefined) return refusal;
  if (tasks.undoes !== undefined) return notUndoable('an undo cannot be undone; do the same again instead');
  if (tasks.action === 'cancel' || tasks.action === 'discard')
    return notUndoable('what is cancelled or discarded stays so');
  if (endedAt === undefined) return notUndoable('it has not ended; stop it first');
  const undos = all.filter(({ tasks: other }) => other?.undoes === id);
  const running = undos.find((other) => other.endedAt === undefined);
  if (running !== undefined)
    return new Refusal('operation.undo_running', `operation ${running.id} is undoing it already`);
  if (undo !== undefined) return undefined;
  const by = undos.find(({ state }) => state === 'done');
  return notUndoable(
    by === undefined
      ? 'it has changed nothing that can be undone, or no longer'
      : `it was undone already, by operation ${by.id}`,
  );
}

function notUndoable(message: string): Refusal {
  return new Refusal('operation.not_undoable', message);
}
