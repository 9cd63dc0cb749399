// Examples of diffs and comments on them.

import type { Commented, CommentsBody, DiffComment, DiffFile, DiffQuery, TaskDiff } from '../diff.js';
import { LIMITS } from '../limits.js';
import { type Examples, faulty, NOON, TASK } from './example.js';

export const DIGEST = '0a'.repeat(32);

const file: DiffFile = { path: 'src/b.ts', from: 'src/a.ts', status: 'renamed', added: 2, removed: 1, leftOut: 3 };
const facts = {
  stage: 'result',
  base: 'a'.repeat(40),
  commit: 'b'.repeat(40),
  files: 2,
  added: 2,
  removed: 1,
  items: [file, { path: 'logo.png', status: 'added' }],
  leftOut: { files: 1, lines: 3 },
} as const;
export const diffFacts = { valid: facts };

const diff: TaskDiff = { task: TASK, generation: 2, at: NOON, ...facts, text: 'diff --git a/src/a.ts b/src/b.ts\n' };
const comment: DiffComment = { file: 'src/b.ts', line: 12, side: 'new', text: 'This can be undefined.' };

export const diffExamples = {
  DiffFile: {
    valid: [file, { path: 'a', status: 'deleted', added: 0, removed: 0 }],
    invalid: faulty(file, [
      ['/status', { status: 'R' }],
      ['/added', { added: -1 }],
      ['/path', { path: 'x'.repeat(LIMITS.pathChars + 1) }],
    ]),
  } satisfies Examples<DiffFile>,
  DiffQuery: {
    valid: [{}, { attempt: 2 }],
    invalid: faulty({}, [['/attempt', { attempt: 0 }]]),
  } satisfies Examples<DiffQuery>,
  TaskDiff: {
    valid: [diff, { ...diff, files: 0, added: 0, removed: 0, items: [], text: '' }],
    invalid: faulty(diff, [
      ['/text', { text: undefined }],
      ['/stage', { stage: 'done' }],
    ]),
  } satisfies Examples<TaskDiff>,
  DiffComment: {
    valid: [comment, { file: 'a', line: 1, text: 'Why?' }],
    invalid: faulty(comment, [
      ['/line', { line: 0 }],
      ['/side', { side: 'left' }],
      ['/text', { text: '' }],
      ['/text', { text: 'x'.repeat(LIMITS.commentBytes + 1) }],
    ]),
  } satisfies Examples<DiffComment>,
  CommentsBody: {
    valid: [{ comments: [comment] }, { comments: [comment], as: 'task', attempt: 2 }],
    invalid: faulty({ comments: [comment] }, [
      ['/comments', { comments: [] }],
      ['/as', { as: 'mail' }],
    ]),
  } satisfies Examples<CommentsBody>,
  Commented: {
    valid: [
      { as: 'message', messageId: TASK, agent: 'duly-noted' },
      { as: 'task', task: TASK },
    ],
    invalid: faulty({ as: 'task', task: TASK }, [['/as', { as: undefined }]]),
  } satisfies Examples<Commented>,
};
