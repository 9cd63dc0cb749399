// What an attempt has changed, as it is told: the listing and the patch that git prints, without secrets, and with whole hunks left out
// where they are too much. What is left out is counted.

import type { DiffFile, DiffStatus, SidecarFrameOf } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { maskLine, maskSecrets } from './mask.js';

/** One changed file. Without `added` and `removed` git takes it for binary. */
export interface Change {
  readonly path: string;
  readonly from?: string;
  /** `unmerged`: in the middle of a merge; what differs in it is an entry of its own. */
  readonly status: DiffStatus | 'unmerged';
  readonly added?: number;
  readonly removed?: number;
}

/** What git says of the changes since `base`. */
export interface Changes {
  readonly base: string;
  /** Absent where the worktree is compared. */
  readonly commit?: string;
  /** In the order of the patch. */
  readonly changes: readonly Change[];
  readonly patch: string;
  /** The patch is only its beginning. */
  readonly isCut: boolean;
  /** Changes that are not to be told of. */
  readonly hidden?: ReadonlySet<string>;
}

type Facts = Omit<SidecarFrameOf<'task.diff'>, 'type' | 'id' | 'task' | 'generation' | 'stage' | 'digest' | 'parts'>;

export interface Diff {
  readonly facts: Facts;
  readonly text: string;
}

/** The listing and the patch are of two looks at files that somebody is changing. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile';
}

const STATUSES: Readonly<Record<string, Change['status']>> = {
  A: 'added',
  C: 'copied',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  T: 'retyped',
  U: 'unmerged',
};
const TWO_PATHS = /^[RC]/;
const FIGURES = /^(\d+|-)\t(\d+|-)\t([\s\S]*)$/;
const SECTION = 'diff --git ';
const UNMERGED = /^\* Unmerged path .*\n/gm;

/** Reads what `git diff --raw --numstat -z` prints. */
export function changesIn(listing: string): readonly Change[] {
  const fields = listing.split('\0');
  let at = 0;
  const next = () => fields[at++] ?? '';
  const found: { path: string; from?: string; status: Change['status'] }[] = [];
  while (fields[at]?.startsWith(':') === true) {
    const letter = next().split(' ')[4] ?? '';
    const from = TWO_PATHS.test(letter) ? { from: next() } : {};
    found.push({ ...from, path: next(), status: STATUSES[letter.charAt(0)] ?? 'modified' });
  }
  return found.map((change) => {
    const [, added = '', removed = '', path] = FIGURES.exec(next()) ?? [];
    if (path === '') at += 2;
    return added === '-' ? change : { ...change, added: Number(added), removed: Number(removed) };
  });
}

/** What is sent of it. `known`: values that are secret wherever they stand. Throws `ChangedMeanwhile`. */
export function diffOf({ base, commit, changes, patch, isCut, hidden }: Changes, known: readonly string[]): Diff {
  const sections = sectionsOf(changes, patch, isCut);
  const told = changes
    .map((change, index) => ({ change, section: sections[index] }))
    .filter(({ change: { path, status } }) => status !== 'unmerged' && hidden?.has(path) !== true);
  const within = { known, room: { bytes: LIMITS.diffBytes }, isCut };
  const shown = told.map(({ change, section }) => ({ change, ...shownOf(change, section, within) }));
  const sum = (count: (one: (typeof shown)[number]) => number) => shown.reduce((total, one) => total + count(one), 0);
  const leftOut = { files: sum((one) => (one.isWhole ? 0 : 1)), lines: sum((one) => one.leftOut) };
  return {
    facts: {
      base,
      ...(commit !== undefined && { commit }),
      files: told.length,
      added: sum(({ change }) => change.added ?? 0),
      removed: sum(({ change }) => change.removed ?? 0),
      items: listed(
        shown.map(({ change, leftOut: lines }) => itemOf(change, lines)),
        known,
      ),
      ...(leftOut.files > 0 && { leftOut }),
    },
    text: shown.map(({ text }) => text).join(''),
  };
}

/** In pieces of at most so many bytes of UTF-8 each. */
export function piecesOf(text: string, bytesMax: number): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  let bytes = 0;
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    for (const part of bytesOf(line) <= bytesMax ? [line] : line) {
      const size = bytesOf(part);
      if (bytes + size > bytesMax) {
        pieces.push(piece);
        piece = '';
        bytes = 0;
      }
      piece += part;
      bytes += size;
    }
  }
  return piece === '' ? pieces : [...pieces, piece];
}

/** The part of the patch that is about each change; undefined for those behind the cut. */
function sectionsOf(changes: readonly Change[], patch: string, isCut: boolean): readonly (string | undefined)[] {
  const parts = patch.replace(UNMERGED, '').split(/^(?=diff --git )/m);
  if (parts[0]?.startsWith(SECTION) !== true) parts.shift();
  if (isCut) parts.push(untilLastHunk(parts.pop() ?? ''));
  let at = 0;
  const sections = changes.map(({ status }) => {
    if (status === 'unmerged') return undefined;
    const section = parts[at++];
    // A file that became a link is one that goes and one that comes.
    const isTwo = status === 'retyped' && section !== undefined && headline(parts[at]) === headline(section);
    return isTwo ? section + parts[at++] : section;
  });
  if (at < parts.length || (at > parts.length && !isCut))
    throw new ChangedMeanwhile('the files have changed meanwhile');
  return sections.map((section) => (section === '' ? undefined : section));
}

function headline(section: string | undefined): string | undefined {
  return section?.split('\n', 1)[0];
}

/** Nothing of it when not even its head is whole. */
function untilLastHunk(section: string): string {
  const last = section.lastIndexOf('\n@@ ');
  return last < 0 ? '' : section.slice(0, last + 1);
}

interface Shown {
  readonly text: string;
  readonly isWhole: boolean;
  /** Changed lines that the text does not have. */
  readonly leftOut: number;
}

/** As much of the section as there is room for, which it takes. */
function shownOf(
  change: Change,
  section: string | undefined,
  {
    known,
    room,
    isCut,
  }: { readonly known: readonly string[]; readonly room: { bytes: number }; readonly isCut: boolean },
): Shown {
  const changed = (change.added ?? 0) + (change.removed ?? 0);
  const before = room.bytes;
  const fits = (text: string) => {
    const bytes = bytesOf(text);
    if (bytes > room.bytes || before - room.bytes + bytes > LIMITS.diffFileBytes) return false;
    room.bytes -= bytes;
    return true;
  };
  const [head = '', ...hunks] = (section ?? '').split(/^(?=@@ )/m);
  const top = masked(head, known);
  // A binary file is named in the list.
  if (section === undefined || !fits(top)) return { text: '', isWhole: change.added === undefined, leftOut: changed };
  const short = hunks.filter((hunk) => hunk.length <= LIMITS.diffFileBytes);
  const kept = short.map((hunk) => masked(hunk, known)).filter(fits);
  const shown = kept.reduce((total, hunk) => total + changedLines(hunk), 0);
  const leftOut = kept.length === hunks.length && !isCut ? 0 : Math.max(0, changed - shown);
  return { text: top + kept.join(''), isWhole: leftOut === 0, leftOut };
}

function changedLines(hunk: string): number {
  return hunk.match(/^[+-]/gm)?.length ?? 0;
}

/** A private key may lie over several lines, of which git takes the first character for itself; those of both sides are mixed. */
function masked(part: string, known: readonly string[]): string {
  const inKey = { old: false, new: false };
  return part
    .split('\n')
    .map((line) => {
      const sign = line.charAt(0);
      if (sign !== '+' && sign !== '-' && sign !== ' ') return maskLine(line, known, false).text;
      const { text, inKey: isInside } = maskLine(line.slice(1), known, isIn(inKey, sign));
      if (sign !== '+') inKey.old = isInside;
      if (sign !== '-') inKey.new = isInside;
      return sign + text;
    })
    .join('\n');
}

function isIn(inKey: { readonly old: boolean; readonly new: boolean }, sign: string): boolean {
  return (sign !== '+' && inKey.old) || (sign !== '-' && inKey.new);
}

function itemOf({ path, from, status, added, removed }: Change, leftOut: number): DiffFile {
  return {
    path,
    ...(from !== undefined && { from }),
    status: status as DiffStatus,
    ...(added !== undefined && { added }),
    ...(removed !== undefined && { removed }),
    ...(leftOut > 0 && { leftOut }),
  };
}

function listed(items: readonly DiffFile[], known: readonly string[]): readonly DiffFile[] {
  const isShort = (path: string) => path !== '' && [...path].length <= LIMITS.pathChars;
  let room: number = LIMITS.diffListBytes;
  return items
    .filter(({ path, from }) => isShort(path) && (from === undefined || isShort(from)))
    .slice(0, LIMITS.diffFiles)
    .map((item) => ({
      ...item,
      path: maskSecrets(item.path, known),
      ...(item.from !== undefined && { from: maskSecrets(item.from, known) }),
    }))
    .filter((item) => {
      room -= bytesOf(JSON.stringify(item)) + 1;
      return room >= 0;
    });
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
