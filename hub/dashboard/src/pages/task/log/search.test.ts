import { expect, test } from 'vitest';
import { LogLines } from './log-lines.js';
import { nextMatch, searchOn } from './search.js';

test('finds text in any case and through colours, and goes on where it was', () => {
  const lines = new LogLines();
  lines.append({ data: 'An Err\u001b[31mor\u001b[0m\nnothing\n', stream: 'agent' });
  const first = searchOn({ found: [], upTo: 0 }, lines, 'ERROR');
  expect(first).toEqual({ found: [1], upTo: 2 });
  lines.append({ data: 'error again\n', stream: 'agent' });
  expect(searchOn(first, lines, 'ERROR')).toEqual({ found: [1, 3], upTo: 3 });
});

test('many lines are looked at a part at a time', () => {
  const lines = new LogLines();
  lines.append({ data: 'x\n'.repeat(50_000), stream: 'agent' });
  expect(searchOn({ found: [], upTo: 0 }, lines, 'y').upTo).toBe(20_000);
  expect(searchOn({ found: [], upTo: 0 }, lines, 'x').found).toHaveLength(10_000);
});

test('goes from match to match, around the ends', () => {
  expect(nextMatch([2, 5], undefined, 1)).toBe(2);
  expect(nextMatch([2, 5], 2, 1)).toBe(5);
  expect(nextMatch([2, 5], 5, 1)).toBe(2);
  expect(nextMatch([2, 5], 2, -1)).toBe(5);
  expect(nextMatch([], 2, 1)).toBeUndefined();
});
