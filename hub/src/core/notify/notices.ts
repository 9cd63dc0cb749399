// What those are told who follow a task: its question, its end, that it is dead; and that one of these is settled. One entry for each task.
//
//   working ──► blocked    a question, open              blocked ──► working, scheduled, queued    closed
//   any ──► dead           dead, open                    dead ──► queued, waiting                  closed
//   working ──► completed  finished                      any ──► cancelled    finished; for whoever cancelled it only what was open is closed

import { LIMITS, type Notification, type NotificationKind, type TaskState } from '@agentcom/schemas';
import { clip } from '@agentcom/schemas/clip';
import { at as atMinute } from '../alert/rules/texts.js';
import type { Decision } from '../decision.js';
import type { Event } from '../events.js';
import type { Task } from '../task/task.js';
import { raise } from './raise.js';
import { type Told, targetsOf } from './targets.js';

type Said = Pick<Notification, 'title' | 'text' | 'next' | 'excerpt'>;
type Notice = Pick<Notification, 'kind' | 'state'>;

/** After `event` has taken `task` out of the state `before`. */
export function notice(decision: Decision, task: Task, before: TaskState, event: Event): void {
  const { state, now } = decision;
  if (!state.notify.orgs.has(task.org)) return;
  const about = noticeOf(task, before, event);
  if (about === undefined) return;
  const told = toldOf(task, about.kind);
  // Most tasks are of interest to nobody: nothing is written for them.
  if (targetsOf(state, told).length === 0) return;
  raise(decision, {
    id: decision.inputs.newId(),
    group: `task:${task.id}`,
    since: now,
    at: now,
    ...about,
    ...told,
    ...(about.state === 'closed' ? closedText(task, about.kind, event) : OPEN_TEXTS[about.kind](task)),
    links: [{ name: 'Task', path: `/tasks/${task.id}` }],
    count: 1,
  });
}

function noticeOf(task: Task, before: TaskState, event: Event): Notice | undefined {
  const wasOpen: Notice | undefined =
    before === 'blocked'
      ? { kind: 'question', state: 'closed' }
      : before === 'dead'
        ? { kind: 'dead', state: 'closed' }
        : undefined;
  switch (task.state) {
    case 'blocked':
      return { kind: 'question', state: 'open' };
    case 'dead':
      return { kind: 'dead', state: 'open' };
    case 'completed':
      return { kind: 'finished', state: 'open' };
    case 'cancelled':
      return isTold(task, event) ? { kind: 'finished', state: 'open' } : wasOpen;
    default:
      return wasOpen;
  }
}

/** Whoever cancelled it knows, and of a task that ends with its parent that one has been told of. */
function isTold(task: Task, event: Event): boolean {
  return event.type === 'task.cancelled' && event.cause === 'requested' && event.by !== task.by;
}

function toldOf({ org, id, by, spec }: Task, kind: NotificationKind): Told {
  return {
    org,
    kind,
    severity: kind === 'finished' ? 'info' : 'warn',
    lane: spec.lane,
    ...(spec.labels !== undefined && { labels: spec.labels }),
    ...(spec.repo !== undefined && { repo: spec.repo.url }),
    submitter: by,
    subjects: [{ kind: 'task', id, name: spec.title }],
    escalation: 0,
  };
}

const OPEN_TEXTS: Readonly<Record<NotificationKind, (task: Task) => Said>> = {
  question: ({ id, agent, spec, question, deadline }) => ({
    title: `Question: ${spec.title}`,
    text: `Agent ${agent ?? ''} waits for an answer${deadline === undefined ? '' : ` until ${atMinute(deadline)}`}.`,
    next: `See its choices and answer it: agentcom task show ${id}`,
    ...excerpt(question?.question),
  }),
  finished: ({ id, spec, state, agent, attemptLog, result, cancel }) =>
    state === 'cancelled'
      ? {
          title: `Cancelled: ${spec.title}`,
          text: `Cancelled by ${cancel?.by ?? 'the hub'}.`,
          ...excerpt(cancel?.reason),
        }
      : {
          title: `Completed: ${spec.title}`,
          text: `Completed by agent ${agent ?? attemptLog?.at(-1)?.agent ?? ''}.`,
          next: `Look at the result: agentcom task show ${id}`,
          ...excerpt(result?.summary),
        },
  dead: ({ id, spec, death, attempts, attemptLog }) => ({
    title: `Dead: ${spec.title}`,
    text: `Given up after ${attempts === 1 ? '1 attempt' : `${attempts} attempts`} (${death ?? 'unknown cause'}).`,
    next: `See why, then requeue it: agentcom task show ${id}`,
    ...excerpt(attemptLog?.at(-1)?.error?.message),
  }),
  // The alert engine writes its own.
  alert: ({ spec }) => ({ title: spec.title, text: '' }),
};

function closedText({ spec, state }: Task, kind: NotificationKind, event: Event): Said {
  const what = kind === 'dead' ? 'No longer dead' : endOfQuestion(event);
  return { title: `${what}: ${spec.title}`, text: `The task is ${state} now.` };
}

/** By the event that ended the wait for its answer. */
function endOfQuestion(event: Event): string {
  switch (event.type) {
    case 'task.answered':
      return 'Question answered';
    case 'task.attempt_failed':
      return event.error.code === 'answer.timeout' ? 'Nobody answered in time' : 'Question over, the attempt failed';
    case 'task.cancelled':
      return 'Question over, the task was cancelled';
    default:
      return 'Question over';
  }
}

/** A long text lies in the store of bodies, and is not fetched for this. */
function excerpt(text: unknown): { readonly excerpt?: string } {
  return typeof text === 'string' && text !== '' ? { excerpt: clip(text, LIMITS.excerptBytes) } : {};
}
