// The route by which many tasks are changed at once: what is asked, how many that is, and the operation that carries it out.

import type { Operation, TaskAction, TaskActionBody, TaskState, TasksActed } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas';
import type { Caller } from '../../../access/authenticate.js';
import { refuse } from '../../../access/policy.js';
import { iso } from '../../../core/iso.js';
import { Refusal } from '../../../core/refusal.js';
import type { Task } from '../../../core/task/task.js';
import type { Handlers } from '../handler.js';
import { endTest } from './dead-letters.js';
import {
  inQueueOrder,
  type Look,
  type SelectedTask,
  selectedTask,
  selectTasks,
  type WantedTasks,
} from './selected-tasks.js';
import { ACTION_NEEDS, type ActionRunParts, TaskActionRun } from './task-action-run.js';
import { wantedTasks } from './task-list.js';
import { queryText } from './task-query-text.js';

export interface TaskActionParts extends ActionRunParts {
  readonly operations: {
    start(
      kind: 'tasks',
      by: string,
      work: TaskActionRun['run'],
      about: Pick<Operation, 'org' | 'tasks'>,
    ): Promise<Operation | Refusal>;
  };
  readonly newId: () => string;
}

export const NOTHING_YET = { changed: 0, refused: 0, codes: [], refusals: [] } as const satisfies Partial<
  Operation['tasks']
>;

/** What each can be done to. */
const STATES: Readonly<Record<TaskAction, readonly TaskState[]>> = {
  cancel: ['scheduled', 'waiting', 'queued', 'assigned', 'working', 'blocked', 'dead'],
  retry: ['scheduled', 'dead'],
  requeue: ['dead'],
  discard: ['dead'],
  lane: ['scheduled', 'waiting', 'queued', 'assigned', 'working', 'blocked', 'dead'],
};

export function taskActionHandlers(parts: TaskActionParts): Pick<Handlers, 'task.act'> {
  return {
    'task.act': async ({ body, caller, read, note }) => {
      const { action, tasks, to, reason, dryRun } = body;
      const wanted = refuseAction(caller, body) ?? wantedOf(body, caller, parts.now());
      if (wanted instanceof Refusal) return wanted;
      const select = (look: Look) => (tasks === undefined ? selected(look, wanted) : named(look, tasks));
      const acted = {
        action,
        ...aboutOf(body, caller),
        ...(to !== undefined && { to }),
        ...(reason !== undefined && { reason }),
        ...NOTHING_YET,
      };
      const about = { org: caller.org, tasks: acted };
      if (dryRun === true) {
        const found = await select(read);
        if (found instanceof Refusal) return found;
        const at = iso(parts.now());
        const counted = { kind: 'tasks', state: 'done', by: caller.by, startedAt: at, endedAt: at } as const;
        return { body: { id: parts.newId(), ...counted, done: 0, total: found.length, failures: [], ...about } };
      }
      const inOrder = async (look: Look) => {
        const found = await select(look);
        return found instanceof Refusal ? found : [...found].sort(inQueueOrder);
      };
      const run = new TaskActionRun(parts, caller, body, acted, inOrder);
      const begun = await parts.operations.start('tasks', caller.by, run.run, about);
      if (begun instanceof Refusal) return begun;
      note({ target: begun.id });
      return { body: begun };
    },
  };
}

function refuseAction(caller: Caller, { action, changes, to }: TaskActionBody): Refusal | undefined {
  const refusal = refuse(caller, ACTION_NEEDS[action]);
  if (refusal !== undefined) return refusal;
  if (changes !== undefined && action !== 'retry' && action !== 'requeue')
    return invalid('/changes', 'goes with retry and requeue alone');
  if (action === 'lane') return to === undefined ? invalid('/to', 'is needed to move tasks') : undefined;
  return to === undefined ? undefined : invalid('/to', 'goes with lane alone');
}

/** What it is about, as the operation says it. */
function aboutOf(body: TaskActionBody, { by }: Caller): Pick<TasksActed, 'q' | 'named'> {
  if (body.tasks !== undefined) return { named: new Set(body.tasks).size };
  const q = queryText(body, by);
  return q === '' ? {} : { q };
}

function invalid(path: string, message: string): Refusal {
  return new Refusal('request.invalid', 'the body is not valid', [{ path, message }]);
}

function wantedOf(body: TaskActionBody, { by: me }: Caller, now: number): WantedTasks | Refusal {
  const { action, state } = body;
  const ended = endTest(body);
  const isRetryable = ({ reason }: Task): boolean => action !== 'retry' || reason !== 'notBefore';
  const accepts = (task: Task): boolean => isRetryable(task) && ended?.(task) !== false;
  const wanted = wantedTasks(
    'tasks',
    body,
    { me, now },
    ended === undefined && action !== 'retry' ? undefined : accepts,
  );
  if (wanted instanceof Refusal) return wanted;
  const isMeant = (one: TaskState): boolean => wanted.states?.includes(one) !== false && state?.includes(one) !== false;
  // What is submitted from now on is not meant, however long it takes.
  return { ...wanted, until: Math.min(wanted.until ?? now, now), states: STATES[action].filter(isMeant) };
}

async function selected(look: Look, wanted: WantedTasks): Promise<readonly SelectedTask[] | Refusal> {
  const found = await selectTasks(look, wanted, LIMITS.actionTasks);
  return found instanceof Refusal ? found : found.tasks.slice(0, LIMITS.actionTasks);
}

/** Whatever their states are, so that what cannot be changed is said of each. */
function named(look: Look, ids: readonly string[]): Promise<readonly SelectedTask[] | Refusal> {
  return look((view) =>
    [...new Set(ids)].flatMap((id) => {
      const task = view.task(id);
      return task === undefined ? [] : [selectedTask(task)];
    }),
  );
}
