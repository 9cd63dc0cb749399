import { expect, test } from 'vitest';
import { colsOf, columnsIn } from './columns.js';

const names = (cols: string | undefined) => columnsIn(cols).map(({ name }) => name);

test('the usual columns need nothing in the address', () => {
  const usual = names(undefined);
  expect(usual).toContain('agent');
  expect(usual).not.toContain('runner');
  expect(colsOf(new Set(usual))).toBeUndefined();
});

test('an address has the columns it names, and the title whatever it names', () => {
  expect(names('runner,state')).toEqual(['state', 'title', 'runner']);
  expect(names('nonsense')).toEqual(['title']);
  const cols = colsOf(new Set(['title', 'pr', 'age']));
  expect(names(cols)).toEqual(['title', 'pr', 'age']);
});
