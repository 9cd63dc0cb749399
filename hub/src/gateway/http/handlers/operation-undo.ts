// The undo of a change of many tasks, itself an operation: each task that nothing has changed since becomes what it was before.

import type { Operation } from '@agentcom/schemas';
import type { Caller } from '../../../access/authenticate.js';
import { refuse } from '../../../access/policy.js';
import { Refusal } from '../../../core/refusal.js';
import type { UndoStep } from '../../../core/task/undo.js';
import type { Handlers } from '../handler.js';
import { mayFollow } from './backups.js';
import { ACTION_NEEDS, TaskActionRun } from './task-action-run.js';
import { NOTHING_YET, type TaskActionParts } from './task-actions.js';

interface UndoParts extends Omit<TaskActionParts, 'operations'> {
  readonly operations: TaskActionParts['operations'] & {
    get(id: string): Operation | undefined;
    list(): readonly Operation[];
    /** None where it cannot be undone, or no longer. */
    undoSteps(id: string): readonly UndoStep[];
    forgetUndo(id: string): Promise<void>;
  };
}

export function operationUndoHandlers(parts: UndoParts): Pick<Handlers, 'operation.undo'> {
  const { operations } = parts;
  return {
    'operation.undo': async ({ path: { id }, caller, note }) => {
      const operation = operations.get(id);
      if (operation === undefined || !mayFollow(caller, operation))
        return new Refusal('operation.not_found', `operation ${id} not found`);
      const refusal = refuseUndo(caller, operation, operations.list());
      if (refusal !== undefined) return refusal;
      const { tasks, org } = operation as Operation & Required<Pick<Operation, 'tasks' | 'org'>>;
      const acted = { action: tasks.action, undoes: id, ...NOTHING_YET };
      const steps = operations.undoSteps(id).map(({ task, undo }) => ({ id: task, generation: 0, undo }));
      const run = new TaskActionRun(parts, caller, { action: tasks.action }, acted, async () => steps);
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
  if (undo !== undefined) return undefined;
  const by = all.find((other) => other.tasks?.undoes === id && other.state === 'done');
  return notUndoable(
    by === undefined
      ? 'it has changed nothing that can be undone, or no longer'
      : `it was undone already, by operation ${by.id}`,
  );
}

function notUndoable(message: string): Refusal {
  return new Refusal('operation.not_undoable', message);
}
