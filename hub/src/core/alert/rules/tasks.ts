// Rules about tasks that stand still: at work, at a question, dead, or behind a dead one.

import type { Task } from '../../task/task.js';
import { CONDITION_SUBJECTS } from '../condition.js';
import { COUNTED } from '../counts.js';
import { explainersOf, type Failure } from './failures.js';
import { Lowest } from './lowest.js';
import { firstSubjects, type OrgLook, type OrgRules, page, sinceEntry, taskSubject } from './rule.js';
import { at, count, leading, overdue, percentOf, share, span } from './texts.js';

/** Dead letters that are looked at one by one. */
const LOOKED_AT = 1_000;

export const taskRules: OrgRules = {
  TaskStuck: (look, { stuckAfterSeconds }) => {
    const limitMs = stuckAfterSeconds * 1000;
    const { state, org, now } = look;
    const stuck = new Lowest<{ readonly task: Task; readonly since: number }>(CONDITION_SUBJECTS);
    for (const task of state.taskIndex.ofState(org, 'working')?.ascending() ?? []) {
      const reported = lastReportOf(task);
      if (now - reported < limitMs) continue;
      const since = Math.max(reported, outputAt(look, task));
      if (now - since >= limitMs) stuck.add(since, { task, since });
    }
    const [worst] = stuck.items;
    if (worst === undefined) return undefined;
    const agent = worst.task.agent ?? '';
    const isGone = look.census.offline.some(({ name }) => name === agent);
    return {
      value: Math.floor((now - worst.since) / 1000),
      limit: stuckAfterSeconds,
      unit: 'seconds',
      subjects: firstSubjects(stuck.items, ({ task }) => taskSubject(task.id)),
      count: stuck.count,
      why: `Agent ${agent} has said nothing of task ${worst.task.id} for ${overdue(worst.since, now, limitMs)}. ${
        isGone ? 'Its sidecar is disconnected.' : 'Its sidecar is connected, so the agent itself waits or hangs.'
      }`,
    };
  },

  QuestionWaiting: ({ state, org, now }, { waitSeconds, againPercent, urgentPercent }) => {
    const timeoutMs = state.config.values.tasks.blockedTimeoutSeconds * 1000;
    const againMs = (timeoutMs * againPercent) / 100;
    const urgentMs = (timeoutMs * urgentPercent) / 100;
    const firstMs = Math.min(waitSeconds * 1000, againMs);
    const waiting = new Lowest<{ readonly task: Task; readonly since: number }>(CONDITION_SUBJECTS);
    for (const task of state.taskIndex.ofState(org, 'blocked')?.ascending() ?? []) {
      const since = sinceEntry(task, 'blocked');
      if (now - since >= firstMs) waiting.add(since, { task, since });
    }
    const [worst] = waiting.items;
    if (worst === undefined) return undefined;
    const waitedMs = now - worst.since;
    const limitMs = waitedMs >= urgentMs ? urgentMs : waitedMs >= againMs ? againMs : firstMs;
    const endsAt = worst.task.deadline ?? worst.since + timeoutMs;
    return {
      ...page(waitedMs >= urgentMs),
      value: Math.floor(waitedMs / 1000),
      limit: limitMs / 1000,
      unit: 'seconds',
      subjects: firstSubjects(waiting.items, ({ task }) => taskSubject(task.id)),
      count: waiting.count,
      why: `A question of agent ${worst.task.agent ?? ''} has waited ${overdue(worst.since, now, limitMs)}. If nobody answers by ${at(endsAt)}, the attempt fails.`,
    };
  },

  DeadLetters: (look, { tasks, windowMinutes, hourPercent, hourMinimum, pageTasks }) => {
    const { state, activity, now, org } = look;
    // Of those that somebody has requeued or discarded there is nothing left to decide.
    if (activity === undefined || state.deadLetters.since(org).size === 0) return undefined;
    const died = activity.counts.sum(COUNTED.dead, now, windowMinutes);
    const diedInHour = activity.counts.sum(COUNTED.dead, now, 60);
    const ended = diedInHour + activity.counts.sum(COUNTED.completed, now, 60);
    const percent = percentOf(diedInHour, ended);
    const isMany = died >= tasks;
    if (!isMany && (ended < hourMinimum || percent <= hourPercent)) return undefined;
    const named = activity.dead.flatMap((id) => state.tasks.get(id) ?? []).filter((task) => task.state === 'dead');
    const cause = leading(named.map((task) => task.attemptLog?.at(-1)?.error?.code ?? task.death ?? ''));
    const from = now - (isMany ? windowMinutes : 60) * 60_000;
    const diedAt = ({ id }: Task): number => state.deadLetters.since(org).get(id) ?? 0;
    const recent = named.filter((task) => diedAt(task) >= from);
    return {
      ...page(died >= pageTasks),
      value: isMany ? died : percent,
      limit: isMany ? (died >= pageTasks ? pageTasks : tasks) : hourPercent,
      unit: isMany ? 'count' : 'percent',
      subjects: firstSubjects([...named].reverse(), ({ id }) => taskSubject(id)),
      count: isMany ? died : diedInHour,
      explainedBy: explainersOf(look, recent.map(lastFailure)),
      newestAt: named.reduce((newest, task) => Math.max(newest, diedAt(task)), 0),
      why: `${
        isMany
          ? `${count(died, 'task')} died in the last ${windowMinutes} min (limit ${tasks})`
          : `${share(diedInHour, ended, 'task')} that ended in the last hour died (limit ${hourPercent} %)`
      }.${
        cause === undefined
          ? ''
          : ` Most often: ${cause[0]}${cause[1] === named.length ? '' : ` (${cause[1]} of the newest ${named.length})`}.`
      }`,
    };
  },

  DeadLettersOld: ({ state, org, now }, { untouchedSeconds }) => {
    const limitMs = untouchedSeconds * 1000;
    const old: string[] = [];
    const since = state.deadLetters.since(org);
    let first = now;
    for (const [id, diedAt] of since) {
      if (now - diedAt < limitMs || old.length === LOOKED_AT) break;
      if (old.length === 0) first = diedAt;
      old.push(id);
    }
    if (old.length === 0) return undefined;
    return {
      value: Math.floor((now - first) / 1000),
      limit: untouchedSeconds,
      unit: 'seconds',
      subjects: firstSubjects(old, taskSubject),
      count: old.length === LOOKED_AT ? since.size : old.length,
      why: `The oldest dead letter has been left alone for ${overdue(first, now, limitMs)}. Nobody has decided about ${since.size === 1 ? 'it' : `the ${since.size} there are`}.`,
    };
  },

  DeadParentBlocks: ({ state, org, now }) => {
    const parents = state.deadLetters.parents(org);
    if (parents.size === 0) return undefined;
    let waiting = 0;
    let since = now;
    let looked = 0;
    for (const id of parents) {
      if (looked++ === LOOKED_AT) break;
      waiting += state.children.get(id)?.size ?? 0;
      since = Math.min(since, state.deadLetters.since(org).get(id) ?? now);
    }
    return {
      value: waiting,
      limit: 0,
      unit: 'count',
      subjects: firstSubjects(parents, taskSubject),
      count: parents.size,
      why: `${count(waiting, 'task')} ${waiting === 1 ? 'waits' : 'wait'} for ${count(parents.size, 'dead task')}, the oldest dead for ${span(now - since)} (since ${at(since)}). They start once that is requeued and completes, and are cancelled if it is discarded.`,
    };
  },

  EmptySuccess: ({ state, activity, now }, { completions, shortSeconds }) => {
    if (activity === undefined) return undefined;
    const empty = activity.counts.sum(COUNTED.empty, now, 60);
    if (empty < completions) return undefined;
    const tasks = activity.empty.filter((id) => state.tasks.has(id));
    const agent = leading(tasks.map((id) => state.tasks.get(id)?.attemptLog?.at(-1)?.agent ?? ''));
    return {
      value: empty,
      limit: completions,
      unit: 'count',
      subjects: firstSubjects([...tasks].reverse(), taskSubject),
      count: empty,
      why: `${count(empty, 'task')} completed in the last hour without a commit, and in less than ${shortSeconds} s or without any use of a model (limit ${completions}).${
        agent === undefined ? '' : ` Most often by agent ${agent[0]}.`
      } The agent may have ended before it began to work.`,
    };
  },
};

/** Of one that died without an attempt no agent is to blame. */
function lastFailure({ id, attemptLog }: Task): Failure {
  const last = attemptLog?.at(-1);
  return { task: id, agent: last?.agent ?? '', code: last?.error?.code };
}

/** When the sidecar last said something of the work on a task. */
function lastReportOf({ attemptLog, history, progress }: Task): number {
  const attempt = attemptLog?.[attemptLog.length - 1];
  const entry = history?.[history.length - 1];
  return Math.max(attempt?.startedAt ?? 0, entry?.at ?? 0, progress?.at ?? 0);
}

/** When the last output of a task came. Of output before `outputSince` nothing is known. */
function outputAt({ figures }: OrgLook, { id }: Task): number {
  return figures.outputAt.get(id) ?? figures.outputSince;
}
