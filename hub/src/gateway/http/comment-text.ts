// Comments on a diff as one text for an agent: each with the lines that it is about.

import type { DiffComment, TaskDiff } from '@agentcom/schemas';
import { type DiffLine, excerpt, linesOf } from '@agentcom/schemas/diff-lines';
import { Refusal } from '../../core/refusal.js';

/** Lines before and after the one that is commented on, and characters of each. */
const AROUND = 2;
const LINE_CHARS = 200;

/** Refused when a comment is on a file that has not changed. */
export function commentsText(comments: readonly DiffComment[], diff: TaskDiff): string | Refusal {
  const foreign = comments.flatMap(({ file }, index) =>
    isChanged(diff, file)
      ? []
      : [{ path: `/comments/${index}/file`, message: 'is not a file that the task has changed' }],
  );
  if (foreign.length > 0) return new Refusal('request.invalid', 'the body is not valid', foreign);
  return comments.map((comment) => commentText(comment, diff.text)).join('\n\n');
}

/** The list may be cut; then nobody can tell. */
function isChanged({ items, files, text }: TaskDiff, file: string): boolean {
  const isListed = items.some(({ path, from }) => path === file || from === file);
  return isListed || items.length < files || linesOf(text, file) !== undefined;
}

function commentText({ file, line, side = 'new', text }: DiffComment, diff: string): string {
  const lines = excerpt(linesOf(diff, file) ?? [], side, line, AROUND);
  const where = `${oneLine(file)}, line ${line}${side === 'old' ? ' before the change' : ''}:`;
  const said = text.trim().replace(/^/gm, '  ');
  return [where, ...lines.map((one) => quoted(one, side, line)), '', said].join('\n');
}

function quoted({ sign, numbers, text }: DiffLine, side: 'new' | 'old', line: number): string {
  const number = numbers.new ?? numbers.old ?? 0;
  const mark = numbers[side] === line ? '>' : ' ';
  const shown = [...text].slice(0, LINE_CHARS).join('');
  return `${mark} ${String(number).padStart(5)} ${sign} ${shown}${shown === text ? '' : ' …'}`.trimEnd();
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
