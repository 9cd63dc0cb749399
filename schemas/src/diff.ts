// What an attempt has changed in its repository, as its sidecar tells it and the hub keeps it; and comments on that.

import * as Type from 'typebox';
import { LIMITS } from './limits.js';
import { COMMENT_WAYS, DIFF_SIDES, DIFF_STAGES, DIFF_STATUSES } from './names.js';
import {
  Commit,
  closed,
  type Data,
  Generation,
  integer,
  list,
  oneOf,
  RepoPath,
  TaskId,
  Timestamp,
  text,
} from './primitives.js';

const Lines = integer(0, LIMITS.amount);

/** One changed file. Without `added` and `removed` it is binary: named, and never shown. */
export const DiffFile = closed({
  path: RepoPath,
  /** The path that it had, of a file that was renamed or copied. */
  from: Type.Optional(RepoPath),
  status: oneOf(DIFF_STATUSES),
  added: Type.Optional(Lines),
  removed: Type.Optional(Lines),
  /** Changed lines that are not in the text. */
  leftOut: Type.Optional(Lines),
});
export type DiffFile = Data<typeof DiffFile>;

/** What a diff says beside its text. The sums are of all files, whatever is left out of the list and of the text. */
export const diffFields = {
  stage: oneOf(DIFF_STAGES),
  base: Commit,
  /** What is compared with the base; absent where that is the worktree. */
  commit: Type.Optional(Commit),
  files: Lines,
  added: Lines,
  removed: Lines,
  /** In the order of the text; those with the longest paths, and those beyond so many, are not among them. */
  items: list(DiffFile, LIMITS.diffFiles),
  /** What the text does not show: so many changed lines, of so many files that are not binary. */
  leftOut: Type.Optional(closed({ files: Lines, lines: Lines })),
};

/** `attempt`: the generation. Without it, the newest diff of the task is meant. */
export const DiffQuery = closed({ attempt: Type.Optional(Generation) });
export type DiffQuery = Data<typeof DiffQuery>;

export const TaskDiff = closed({
  task: TaskId,
  generation: Generation,
  /** When the hub got it. */
  at: Timestamp,
  ...diffFields,
  /** A unified diff, as git prints it. */
  text: Type.String(),
});
export type TaskDiff = Data<typeof TaskDiff>;

/** On one line of a changed file: by its number in the file as it is now or, with `side: "old"`, as it was. */
export const DiffComment = closed({
  file: RepoPath,
  line: integer(1, LIMITS.amount),
  side: Type.Optional(oneOf(DIFF_SIDES)),
  text: text(LIMITS.commentBytes),
});
export type DiffComment = Data<typeof DiffComment>;

/** Without `as`, a message while an agent works on the task, and else a task that goes on from its branch. */
export const CommentsBody = closed({
  comments: list(DiffComment, LIMITS.comments, { minItems: 1 }),
  as: Type.Optional(oneOf(COMMENT_WAYS)),
  /** Of the attempt whose diff the comments are on; without it, of the newest. */
  attempt: Type.Optional(Generation),
});
export type CommentsBody = Data<typeof CommentsBody>;

/** What the comments have become: a message to `agent`, or a new task. */
export const Commented = closed({
  as: oneOf(COMMENT_WAYS),
  messageId: Type.Optional(TaskId),
  agent: Type.Optional(Type.String()),
  task: Type.Optional(TaskId),
});
export type Commented = Data<typeof Commented>;
