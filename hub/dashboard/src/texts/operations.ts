// Of work in the background: what it is, what it is about, how far it is and what it came to.

import type { LaneMove, OperationKind, TaskAction } from '@agentcom/schemas/names';
import { formatCount } from '../format.js';
import { plural } from './common.js';

const LANES: Readonly<Record<LaneMove, string>> = {
  up: 'Move tasks one lane up',
  down: 'Move tasks one lane down',
  urgent: 'Move tasks to the urgent lane',
  high: 'Move tasks to the high lane',
  normal: 'Move tasks to the normal lane',
  low: 'Move tasks to the low lane',
};

export const operationsTexts = {
  title: 'Operations',
  text: 'What the hub does in the background, the newest first. The last hundred are kept.',
  ofHubText: 'What the hub does in the background, one after the other.',
  none: 'Nothing has run yet.',
  noneText: 'What you do to many tasks at once appears here: who did it, what it came to, and the way to undo it.',
  toTasks: 'Go to the tasks',
  all: 'All operations',
  kinds: {
    backup: 'Backup',
    verify: 'Verification',
    drill: 'Drill',
    compaction: 'Compaction',
    restore: 'Restore',
    tasks: 'Change of tasks',
  } satisfies Record<OperationKind, string>,
  actions: {
    cancel: 'Cancel tasks',
    retry: 'Retry tasks',
    requeue: 'Requeue dead letters',
    discard: 'Discard dead letters',
    lane: 'Move tasks to another lane',
  } satisfies Record<TaskAction, string>,
  lanes: LANES,
  undoing: (what: string) => `Undo: ${what}`,
  matching: 'All that match',
  named: (n: number) => `${plural(n, 'task', 'tasks')}, named one by one`,
  everything: 'All to which it can be done',
  undone: (id: string) => `What operation …${id} did`,
  states: { waiting: 'Waiting', running: 'Running', done: 'Done', failed: 'Failed', stopped: 'Stopped' },
  bySchedule: 'by schedule',
  by: (who: string) => `by ${who}`,
  percent: (share: number) => `${Math.floor(share * 100)} %`,
  stop: 'Stop',
  stopOf: (what: string) => `Stop: ${what.toLowerCase()}`,
  undo: 'Undo',
  undoOf: (what: string) => `Undo: ${what.toLowerCase()}`,
  restarting: 'The hub restarts. This page goes on as soon as it is back.',
  showMore: 'Show more',
  ended: {
    done: (what: string) => `${what} done.`,
    failed: (what: string) => `${what} failed.`,
    stopped: (what: string) => `${what} stopped.`,
  },

  outcomes: {
    backup: (size: string) => size,
    proven: (tasks: number, agents: number, seconds: string) =>
      `${plural(tasks, 'task', 'tasks')} and ${plural(agents, 'agent', 'agents')} came back, in ${seconds}`,
    compacted: (before: string, after: string) => `${before} → ${after}`,
    restored: (seq: number) => `the journal goes on at batch ${formatCount(seq)}`,
    kept: (file: string) => `what was replaced is in ${file}`,
    refused: (n: number, codes: string) => `${formatCount(n)} could not be changed: ${codes}`,
    code: (code: string, n: number) => (n === 1 ? code : `${code} (${formatCount(n)})`),
  },
} as const;
