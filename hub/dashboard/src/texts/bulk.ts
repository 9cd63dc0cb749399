// Of what is done to many tasks at once.

import { formatCount } from '../format.js';
import { plural } from './common.js';

const tasks = (n: number): string => plural(n, 'task', 'tasks');
const of = (past: string) => (done: number, total: number) => `${past} ${formatCount(done)} of ${formatCount(total)}`;

export const bulkTexts = {
  actOnAll: 'Act on all that match',
  short: 'Act on all',
  actions: {
    cancel: 'Cancel all that match…',
    retry: 'Retry all that match…',
    up: 'Move all that match one lane up…',
    down: 'Move all that match one lane down…',
  },
  titles: {
    cancel: (n: number | undefined) => (n === undefined ? 'Cancel tasks' : `Cancel ${tasks(n)}?`),
    retry: (n: number | undefined) => (n === undefined ? 'Retry tasks' : `Retry ${tasks(n)}?`),
    up: (n: number | undefined) => (n === undefined ? 'Move tasks up' : `Move ${tasks(n)} one lane up?`),
    down: (n: number | undefined) => (n === undefined ? 'Move tasks down' : `Move ${tasks(n)} one lane down?`),
  },
  verbs: { cancel: 'Cancel', retry: 'Retry', up: 'Lane up', down: 'Lane down' },
  nothing: {
    cancel: 'None of these can be cancelled: they have ended.',
    retry: 'None of these can be retried: only dead letters can, and what waits for its next attempt.',
    up: 'None of these can be moved: they have ended.',
    down: 'None of these can be moved: they have ended.',
  },
  counting: 'Counting…',
  tooMany: (n: number) => `Select at most ${formatCount(n)}, or act on all that match.`,
  matching: (q: string) => `All that match ${q}.`,
  all: 'All tasks to which it can be done.',
  reason: 'Reason',
  reasonHint: 'Kept in the history of each task.',
  keep: 'Keep as they are',
  typeCount: (n: number) => `Type ${n} to confirm`,
  typedWrong: (n: number) => `must be ${n}`,

  done: {
    cancel: of('Cancelled'),
    retry: of('Retried'),
    requeue: of('Requeued'),
    discard: of('Discarded'),
    lane: of('Moved'),
  },
  undone: of('Put back'),
  states: {
    waiting: 'Waits for an action before it.',
    running: 'Goes on if you leave this page.',
    done: '',
    stopped: 'Stopped.',
    interrupted: 'Interrupted: what is done stays done. Begin again to go on with the rest.',
  },
  stop: 'Stop',
  failed: (n: number) => `${formatCount(n)} could not be changed.`,
  gone: (n: number) => `${formatCount(n)} were changed by somebody else meanwhile.`,
  stay: (n: number) => `${formatCount(n)} changed since and stay as they are.`,
  undo: 'Undo',
  undoUntil: (clock: string, n: number, changed = n) =>
    n < changed ? `${formatCount(n)} can be undone until ${clock}.` : `Can be undone until ${clock}.`,
  dismiss: 'Dismiss',
} as const;
