// Changed files as a tree of their directories, with what has changed in each of them. Pure.

import type { DiffFile } from '@agentcom/schemas';

export interface TreeRow {
  /** Of a directory, with `/` at its end. */
  readonly path: string;
  /** Behind the directory that it is in. */
  readonly name: string;
  /** From 1. */
  readonly level: number;
  readonly added: number;
  readonly removed: number;
  /** Absent of a directory. */
  readonly file?: DiffFile;
  /** Of a directory: how many files are in it, and whether they are shown. */
  readonly files: number;
  readonly isOpen: boolean;
}

interface Directory {
  readonly path: string;
  readonly directories: Map<string, Directory>;
  readonly files: DiffFile[];
}

/** Row by row, directories first. With a filter, the files whose path has it, in any case, and their directories, open. */
export function treeRows(files: readonly DiffFile[], filter: string, closed: ReadonlySet<string>): readonly TreeRow[] {
  const wanted = filter.trim().toLowerCase();
  const root: Directory = { path: '', directories: new Map(), files: [] };
  for (const file of files) if (file.path.toLowerCase().includes(wanted)) directoryOf(root, file.path).files.push(file);
  return rowsIn(root, '', 1, (path) => wanted !== '' || !closed.has(path));
}

function directoryOf(root: Directory, path: string): Directory {
  let at = root;
  for (const part of path.split('/').slice(0, -1)) {
    const next = at.directories.get(part) ?? { path: `${at.path}${part}/`, directories: new Map(), files: [] };
    at.directories.set(part, next);
    at = next;
  }
  return at;
}

function rowsIn(directory: Directory, shownTo: string, level: number, isOpen: (path: string) => boolean): TreeRow[] {
  const directories = [...directory.directories.values()]
    .map(withoutSteps)
    .sort(byPath)
    .flatMap((one) => {
      const inside = rowsIn(one, one.path, level + 1, isOpen);
      const all = filesIn(one);
      const row = { path: one.path, name: one.path.slice(shownTo.length), level, ...sumOf(all), files: all.length };
      const open = isOpen(one.path);
      return [{ ...row, isOpen: open }, ...(open ? inside : [])];
    });
  const files = [...directory.files].sort(byPath).map((file) => {
    const row = { path: file.path, name: file.path.slice(shownTo.length), level, ...sumOf([file]) };
    return { ...row, file, files: 1, isOpen: false };
  });
  return [...directories, ...files];
}

/** Directories with nothing in them but another one are one row. */
function withoutSteps(directory: Directory): Directory {
  const [only, ...others] = directory.directories.values();
  return only !== undefined && others.length === 0 && directory.files.length === 0 ? withoutSteps(only) : directory;
}

function filesIn({ files, directories }: Directory): readonly DiffFile[] {
  return [...files, ...[...directories.values()].flatMap(filesIn)];
}

function sumOf(files: readonly DiffFile[]): { readonly added: number; readonly removed: number } {
  return files.reduce(
    (sum, { added = 0, removed = 0 }) => ({ added: sum.added + added, removed: sum.removed + removed }),
    { added: 0, removed: 0 },
  );
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}

/** Where a key leads from a row, as in any tree: another row, or a directory to open or close. */
export function moveIn(
  rows: readonly TreeRow[],
  at: number,
  key: string,
): { readonly to: number } | { readonly toggle: string } | undefined {
  const row = rows[at];
  const to = (i: number) => ({ to: Math.max(0, Math.min(rows.length - 1, i)) });
  if (key === 'ArrowDown' || key === 'j') return to(at + 1);
  if (key === 'ArrowUp' || key === 'k') return to(at - 1);
  if (key === 'Home') return to(0);
  if (key === 'End') return to(rows.length - 1);
  if (row === undefined) return undefined;
  const isDirectory = row.file === undefined;
  if (key === 'ArrowRight' && isDirectory) return row.isOpen ? to(at + 1) : { toggle: row.path };
  if (key === 'ArrowLeft' && isDirectory && row.isOpen) return { toggle: row.path };
  if (key === 'ArrowLeft') return to(rows.slice(0, at).findLastIndex(({ level }) => level < row.level));
  return undefined;
}
