import type { DiffFile } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { moveIn, treeRows } from './file-tree.js';

const file = (path: string, added = 1, removed = 0): DiffFile => ({ path, status: 'modified', added, removed });
const FILES = [
  file('src/web/a/page.ts', 5, 2),
  file('README.md'),
  file('src/web/a/b.ts'),
  { path: 'src/web/logo.png', status: 'added' } as const,
  file('docs/x/y/z.md', 0, 3),
];
const rowsOf = (filter = '', closed: readonly string[] = []) =>
  treeRows(FILES, filter, new Set(closed)).map(
    ({ name, level, added, removed, files }) => `${'  '.repeat(level - 1)}${name} ${files} +${added} -${removed}`,
  );

test('directories come first with their sums, and those of one directory alone are one row', () => {
  expect(rowsOf()).toEqual([
    'docs/x/y/ 1 +0 -3',
    '  z.md 1 +0 -3',
    'src/web/ 3 +6 -2',
    '  a/ 2 +6 -2',
    '    b.ts 1 +1 -0',
    '    page.ts 1 +5 -2',
    '  logo.png 1 +0 -0',
    'README.md 1 +1 -0',
  ]);
  expect(treeRows([], '', new Set())).toEqual([]);
});

test('what is closed keeps its sums, and a filter opens it', () => {
  expect(rowsOf('', ['src/web/', 'docs/x/y/'])).toEqual(['docs/x/y/ 1 +0 -3', 'src/web/ 3 +6 -2', 'README.md 1 +1 -0']);
  expect(rowsOf(' PAGE', ['src/web/'])).toEqual(['src/web/a/ 1 +5 -2', '  page.ts 1 +5 -2']);
  expect(rowsOf('nothing')).toEqual([]);
});

test('keys lead through it as through any tree', () => {
  const rows = treeRows(FILES, '', new Set(['docs/x/y/']));
  expect(rows.map(({ name }) => name)).toEqual([
    'docs/x/y/',
    'src/web/',
    'a/',
    'b.ts',
    'page.ts',
    'logo.png',
    'README.md',
  ]);
  expect(moveIn(rows, 0, 'ArrowUp')).toEqual({ to: 0 });
  expect(moveIn(rows, 0, 'j')).toEqual({ to: 1 });
  expect(moveIn(rows, 6, 'ArrowDown')).toEqual({ to: 6 });
  expect(moveIn(rows, 3, 'Home')).toEqual({ to: 0 });
  expect(moveIn(rows, 3, 'End')).toEqual({ to: 6 });
  expect(moveIn(rows, 0, 'ArrowRight')).toEqual({ toggle: 'docs/x/y/' });
  expect(moveIn(rows, 1, 'ArrowRight')).toEqual({ to: 2 });
  expect(moveIn(rows, 1, 'ArrowLeft')).toEqual({ toggle: 'src/web/' });
  expect(moveIn(rows, 5, 'ArrowLeft')).toEqual({ to: 1 });
  expect(moveIn(rows, 4, 'ArrowLeft')).toEqual({ to: 2 });
  expect(moveIn(rows, 4, 'ArrowRight')).toBeUndefined();
  expect(moveIn([], 0, 'ArrowRight')).toBeUndefined();
});
