// Work that goes on behind its answer: a backup, its verification, a compaction, a restore, a change of many tasks. And what each comes to.

import * as Type from 'typebox';
import { Backup, BackupId, BackupVerified } from './http.js';
import { LIMITS } from './limits.js';
import { LANE_MOVES, OPERATION_KINDS, OPERATION_STATES, TASK_ACTIONS } from './names.js';
import { page } from './pages.js';
import { Count, closed, type Data, line, oneOf, Slug, TaskId, Timestamp } from './primitives.js';

const OperationId = Type.String({ ...TaskId, mustBe: 'an operation id' });
export const OperationPath = closed({ id: OperationId });

/** With `drill`, it is restored into a scratch store beside the hub, too. */
export const VerifyBody = closed({ drill: Type.Optional(Type.Boolean()) });
export type VerifyBody = Data<typeof VerifyBody>;

/** `confirm` is the backup's id once more: everything that came after it is taken back. */
export const RestoreBody = closed({
  backup: BackupId,
  confirm: line(LIMITS.idChars),
  reason: Type.Optional(line(LIMITS.reasonChars)),
});
export type RestoreBody = Data<typeof RestoreBody>;

/** Bytes of the journal and its snapshots. */
const Compacted = closed({ bytesBefore: Count, bytesAfter: Count });

/** `journal` is the id of the new journal, `kept` the file with what was replaced, beside the backups. */
const Restored = closed({ journal: Type.String(), seq: Count, kept: Type.Optional(Type.String()) });

/** What is done to tasks, and what came of it. `codes` counts every refusal, `refusals` are the first of them. */
const TasksActed = closed({
  action: oneOf(TASK_ACTIONS),
  /** The operation of that action which it takes back. */
  undoes: Type.Optional(OperationId),
  /** All that this query matches, with what else was asked, as words of it. */
  q: Type.Optional(Type.String()),
  /** In its place where they were named one by one: how many. Without both it is all to which it can be done. */
  named: Type.Optional(Count),
  /** Where the action `lane` moves them. */
  to: Type.Optional(oneOf(LANE_MOVES)),
  reason: Type.Optional(Type.String()),
  changed: Count,
  refused: Count,
  codes: Type.Array(closed({ code: Type.String(), count: Count })),
  refusals: Type.Array(closed({ task: TaskId, code: Type.String(), message: Type.String() })),
});
export type TasksActed = Data<typeof TasksActed>;

/** `done` of `total`, in bytes, tasks, messages or steps; without a total as long as that is unknown. Failed ones say why. */
export const Operation = closed({
  id: OperationId,
  /** Whose tasks it is about; absent where it is about the hub. */
  org: Type.Optional(Slug),
  kind: oneOf(OPERATION_KINDS),
  state: oneOf(OPERATION_STATES),
  /** Who began it; the hub itself by its schedule. */
  by: Type.String(),
  /** As people call that one: the name of a person or of a key, in lists and looks. */
  byName: Type.Optional(Type.String()),
  startedAt: Timestamp,
  endedAt: Type.Optional(Timestamp),
  done: Count,
  total: Type.Optional(Count),
  failures: Type.Array(Type.String()),
  /** What it is about, or has made. */
  backup: Type.Optional(BackupId),
  made: Type.Optional(Backup),
  verified: Type.Optional(BackupVerified),
  compacted: Type.Optional(Compacted),
  restored: Type.Optional(Restored),
  tasks: Type.Optional(TasksActed),
  /** Present while it can be undone: so many tasks, unless they are changed by then. */
  undo: Type.Optional(closed({ until: Timestamp, tasks: Count })),
});
export type Operation = Data<typeof Operation>;
export const OperationPage = page(Operation);
export type OperationPage = Data<typeof OperationPage>;
