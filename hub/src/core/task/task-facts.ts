// What a task has of what queries ask for, and where it stands in each order of lists.

import {
  type Facts,
  LANES,
  type Query,
  type RowPlace,
  type Sort,
  TASK_STATES,
  type TaskState,
} from '@agentcom/schemas';
import { diedAt, endOf } from './dead-letters.js';
import type { Preferred } from './events.js';
import type { TaskFilter } from './list-tasks.js';
import { agentOfTask, type Task } from './task.js';

const NONE: readonly string[] = [];

/** Undefined for a key of another list. `me` is how histories name the caller. */
function wordsOf(task: Task, key: string, me: string): readonly string[] {
  const { spec } = task;
  const one = (word: string | undefined): readonly string[] => (word === undefined ? NONE : [word]);
  const error = task.attemptLog?.[task.attemptLog.length - 1]?.error;
  switch (key) {
    case 'state':
      return [task.state];
    case 'lane':
      return [spec.lane];
    case 'repo':
      return one(spec.repo?.url);
    case 'agent':
      return one(agentOfTask(task));
    case 'runner':
      return listOf(spec.runner);
    case 'model':
      return listOf(spec.model);
    case 'label':
      return Object.entries(spec.labels ?? {}).map(([name, value]) => `${name}=${value}`);
    case 'need':
      return spec.needs;
    case 'id':
      return [task.id];
    case 'by':
      return task.by === me ? [task.by, 'me'] : [task.by];
    case 'reason':
      return one(task.reason);
    case 'pr':
      return [task.result?.pullRequest === undefined ? 'no' : 'yes'];
    case 'class':
      return one(error?.class);
    case 'code':
      return one(error?.code);
    case 'cause':
      return one(task.death);
    case 'group':
      return task.state === 'dead' ? [endOf(task).id] : NONE;
    default:
      return NONE;
  }
}

function listOf(asked: Preferred | undefined): readonly string[] {
  if (asked === undefined) return NONE;
  return typeof asked === 'string' ? [asked] : asked;
}

function amountOf(task: Task, key: string, now: number): number | undefined {
  switch (key) {
    case 'attempts':
      return task.attempts;
    case 'cost':
      return task.usage?.costMicros;
    case 'age':
      return now - task.createdAt;
    case 'created':
      return task.createdAt;
    case 'ended':
      return task.finishedAt;
    case 'dead':
      return task.state === 'dead' ? now - diedAt(task) : undefined;
    case 'run': {
      const attempt = task.attemptLog?.[task.attemptLog.length - 1];
      return attempt === undefined ? undefined : (attempt.endedAt ?? now) - attempt.startedAt;
    }
    default:
      return undefined;
  }
}

export function taskFacts(me: string): Facts<Task> {
  return {
    words: (task, key) => wordsOf(task, key, me),
    amount: amountOf,
    text: (task) => task.spec.title,
  };
}

/** What of a query the indexes know, so that they rule out most of what does not match. */
export function indexedPart({ terms }: Query, now: number): Pick<TaskFilter, 'states' | 'since' | 'until'> {
  let states: readonly TaskState[] | undefined;
  let since: number | undefined;
  let until: number | undefined;
  for (const term of terms) {
    if (term.kind === 'words' && term.key === 'state') {
      const isMeant = (state: TaskState) => term.words.includes(state) !== term.not;
      states = (states ?? TASK_STATES).filter(isMeant);
    } else if (term.kind === 'bounds' && !term.not && term.bounds.length === 1) {
      const [bound] = term.bounds as readonly [(typeof term.bounds)[number]];
      if (!('op' in bound)) {
        if (term.key !== 'age' && term.key !== 'created') continue;
        if (bound.until !== undefined) until = Math.min(until ?? bound.until, bound.until);
        if (bound.from !== undefined) since = Math.max(since ?? bound.from, bound.from);
        continue;
      }
      const { op, value } = bound;
      const at = term.key === 'age' ? now - value : term.key === 'created' ? value : undefined;
      // What is older was created earlier.
      const isEarlier = term.key === 'age' ? op === '>' || op === '>=' : op === '<' || op === '<=';
      if (at === undefined || op === '=') continue;
      if (isEarlier) until = Math.min(until ?? at, at);
      else since = Math.max(since ?? at, at);
    }
  }
  return { states, since, until };
}

/** Whether the indexes alone know what matches. */
export function isOfIndex({ terms }: Query): boolean {
  return terms.every((term) => term.kind === 'words' && term.key === 'state');
}

/** As `rowPlace` has it of the task's row. */
export function taskPlace({ key }: Sort): (task: Task) => RowPlace {
  const place = PLACES[key] as (task: Task) => RowPlace['place'];
  return (task) => ({ id: task.id, place: place(task) });
}

/** The newest come first. */
export function placeOfAge({ createdAt }: Pick<Task, 'createdAt'>): number {
  return -createdAt;
}

const PLACES: Readonly<Record<string, (task: Task) => RowPlace['place']>> = {
  age: placeOfAge,
  state: ({ state }) => TASK_STATES.indexOf(state),
  lane: ({ spec }) => LANES.indexOf(spec.lane),
  agent: agentOfTask,
  title: ({ spec }) => spec.title,
  repo: ({ spec }) => spec.repo?.url,
  attempts: ({ attempts }) => attempts,
  cost: ({ usage }) => usage?.costMicros,
  ended: ({ finishedAt }) => (finishedAt === undefined ? undefined : -finishedAt),
};
