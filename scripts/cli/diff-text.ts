// A diff on a terminal or in a pipe: in colour and with nothing in it that could move the cursor, or as it is.

import type { DiffFile, TaskDiff } from '@agentcom/schemas';
import type { Invocation } from './invocation.js';
import type { Colours } from './output.js';
import { ago, counted, oneLine, printable } from './text.js';

const BAR_CHARS = 40;
const NAME_CHARS_MAX = 80;

/** The text of it; in a pipe exactly that, so that `git apply` takes it. */
export function printDiff(invocation: Invocation, diff: TaskDiff): void {
  const { out, world } = invocation;
  if (out.json) return out.answer(diff, () => '');
  const { text } = diff;
  world.stdout.write(world.stdout.isTerminal ? coloured(out.colours, text) : text);
  if (diff.files === 0) out.note('Nothing has changed.');
  sayMore(invocation, diff);
}

/** Which files, and by how much; the sums are of all of them. */
export function printStat(invocation: Invocation, diff: TaskDiff): void {
  const { out } = invocation;
  out.answer(diff, () => statText(out.colours, diff));
  sayMore(invocation, diff);
}

/** What is left out, and of when it is, beside the answer. */
function sayMore(invocation: Invocation, { leftOut, stage, at, task }: TaskDiff): void {
  const { out, world } = invocation;
  if (leftOut !== undefined) {
    const what = `${counted(leftOut.lines, 'changed line')} of ${counted(leftOut.files, 'file')}`;
    out.note(
      `Left out: ${what}. See all of it in a clone: ${out.colours.bold(invocation.hint(`task diff ${task} --full`))}`,
    );
  }
  if (stage === 'working') out.note(`The agent is still working; this is of ${ago(at, world.now())}.`);
}

function coloured(colours: Colours, text: string): string {
  let isInHunk = false;
  return text
    .split('\n')
    .map((line) => {
      const shown = printable(line);
      if (line.startsWith('diff --git ')) isInHunk = false;
      if (line.startsWith('@@ ')) {
        isInHunk = true;
        return colours.cyan(shown);
      }
      if (!isInHunk) return shown === '' ? '' : colours.bold(shown);
      if (line.startsWith('+')) return colours.green(shown);
      return line.startsWith('-') ? colours.red(shown) : shown;
    })
    .join('\n');
}

function statText(colours: Colours, { items, files, added, removed }: TaskDiff): string {
  const names = items.map(nameOf);
  const width = Math.min(NAME_CHARS_MAX, Math.max(0, ...names.map((name) => name.length)));
  const most = Math.max(1, ...items.map((item) => (item.added ?? 0) + (item.removed ?? 0)));
  const lines = items.map((item, index) => `${(names[index] ?? '').padEnd(width)} | ${figures(colours, item, most)}`);
  const more = files > items.length ? [`… and ${counted(files - items.length, 'more file')}`] : [];
  const sum = `${counted(files, 'file')} changed, ${counted(added, 'line')} added, ${removed} removed`;
  return [...lines, ...more, sum].join('\n');
}

function nameOf({ path, from }: DiffFile): string {
  return from === undefined ? oneLine(path) : `${oneLine(from)} => ${oneLine(path)}`;
}

function figures(colours: Colours, { added, removed }: DiffFile, most: number): string {
  if (added === undefined || removed === undefined) return 'binary';
  const bar = (count: number) =>
    count === 0 ? 0 : Math.max(1, Math.round((count * Math.min(BAR_CHARS, most)) / most));
  return `${added + removed} ${colours.green('+'.repeat(bar(added)))}${colours.red('-'.repeat(bar(removed)))}`.trimEnd();
}
