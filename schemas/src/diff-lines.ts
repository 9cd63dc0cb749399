// The lines of a unified diff, as git prints it: by the name of their file and their number. The hub quotes them, pages show them.

import type { DiffSide } from './names.js';

export interface DiffLine {
  /** As in the diff: `+`, `-` or a space. */
  readonly sign: string;
  /** In the file as it is now and as it was; undefined where the line is not in it. */
  readonly numbers: { readonly [S in DiffSide]: number | undefined };
  readonly text: string;
}

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;
const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 };

/** What a diff says of one file. */
export interface DiffSection {
  /** As it was and as it is now, where the diff says so. */
  readonly names: readonly string[];
  readonly hunks: readonly (readonly DiffLine[])[];
}

export function sectionsOf(diff: string): readonly DiffSection[] {
  return sections(diff).map((section) => ({ names: namesIn(section), hunks: hunksIn(section) }));
}

/** The lines of each hunk about the file; undefined when the diff shows nothing of it. */
export function linesOf(diff: string, file: string): readonly (readonly DiffLine[])[] | undefined {
  const section = sections(diff).find((one) => namesIn(one).includes(file));
  return section === undefined ? undefined : hunksIn(section);
}

function sections(diff: string): readonly string[] {
  return diff.split(/^(?=diff --git )/m).filter((one) => one.startsWith('diff --git '));
}

function hunksIn(section: string): DiffLine[][] {
  return section
    .split(/^(?=@@ )/m)
    .slice(1)
    .map(hunkLines);
}

/** The line, with up to `around` lines of its hunk before and after it; none when the diff does not show it. */
export function excerpt(
  hunks: readonly (readonly DiffLine[])[],
  side: DiffSide,
  line: number,
  around: number,
): readonly DiffLine[] {
  for (const lines of hunks) {
    const at = lines.findIndex(({ numbers }) => numbers[side] === line);
    if (at >= 0) return lines.slice(Math.max(0, at - around), at + around + 1);
  }
  return [];
}

/** As it is now and as it was; of a file that has neither name in its head, what the headline says cannot be told apart. */
function namesIn(section: string): string[] {
  const head = section.split(/^@@ /m, 1)[0] ?? '';
  return [...head.matchAll(/^(?:--- a\/|\+\+\+ b\/|(?:---|\+\+\+) (?="))(.*)$/gm)].map(([, name = '']) =>
    name.startsWith('"') ? unquoted(name).slice(2) : name.replace(/\t$/, ''),
  );
}

function hunkLines(hunk: string): DiffLine[] {
  const [top = '', ...lines] = hunk.split('\n');
  const [, from, to] = HUNK.exec(top) ?? [];
  let [old, now] = [Number(from), Number(to)];
  return lines
    .filter((line) => /^[-+ ]/.test(line))
    .map((line) => {
      const sign = line.charAt(0);
      const numbers = { old: sign === '+' ? undefined : old, new: sign === '-' ? undefined : now };
      if (sign !== '+') old += 1;
      if (sign !== '-') now += 1;
      return { sign, numbers, text: line.slice(1) };
    });
}

/** A name as git quotes it. */
function unquoted(name: string): string {
  const bytes: number[] = [];
  for (const [part, octal, escaped] of name.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|[^\\]+/gs)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (escaped !== undefined) bytes.push(ESCAPES[escaped] ?? 63);
    else bytes.push(...new TextEncoder().encode(part));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}
