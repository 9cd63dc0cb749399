import { expect, test } from 'vitest';
import { hashOf, isErrorLine, LogLines, placeOf } from './log-lines.js';

const agent = (data: string) => ({ data, stream: 'agent' as const });
const textsOf = (lines: LogLines): string[] =>
  Array.from({ length: lines.count }, (_, i) => lines.text(lines.dropped + i + 1));

test('lines are whole, however they were cut into pieces', () => {
  const lines = new LogLines();
  for (const piece of ['one\ntw', 'o\n', '\nfour']) lines.append(agent(piece));
  expect(textsOf(lines)).toEqual(['one', 'two', '', 'four']);
  lines.append(agent('!\n'));
  lines.append(agent('five'));
  expect(textsOf(lines)).toEqual(['one', 'two', '', 'four!', 'five']);
});

test('one stream does not end the line of another', () => {
  const lines = new LogLines();
  lines.append(agent('half'));
  lines.append({ data: 'oops\n', stream: 'stderr' });
  lines.append(agent('next\n'));
  expect(textsOf(lines)).toEqual(['half', 'oops', 'next']);
  expect([1, 2, 3].map((n) => lines.stream(n))).toEqual(['agent', 'stderr', 'agent']);
});

test('colours go on from line to line', () => {
  const lines = new LogLines();
  lines.append(agent('\u001b[31mred\nstill\nback\u001b[0m\nplain\n'));
  expect([1, 2, 3, 4].map((n) => lines.carried(n))).toEqual(['', '\u001b[31m', '\u001b[31m', '']);
});

test('what is more than a tab can hold lets go of the oldest, and numbers stay', () => {
  const lines = new LogLines({ lines: 10, chars: 1000, lineChars: 5 });
  for (let n = 1; n <= 25; n++) lines.append(agent(`${n}\n`));
  expect(lines.count).toBeLessThanOrEqual(10);
  expect(lines.text(25)).toBe('25');
  expect(lines.dropped + lines.count).toBe(25);
  expect(lines.text(lines.dropped)).toBe('');
  lines.append(agent('a line that is long'));
  expect(lines.text(26)).toBe('a lin');
});

test.each([
  ['error: it broke', true],
  ['Error [E42]: no', true],
  ['error[E0308]: mismatched types', true],
  ['  FAILED: 3 tests', true],
  ['thread panicked: panic!', true],
  ['no errors', false],
  ['all tests passed', false],
  ['failed 0', false],
  ['terror: of the seas', false],
])('%s', (text, is) => {
  expect(isErrorLine(text)).toBe(is);
});

test('a line has an address', () => {
  expect(placeOf('#g2L120')).toEqual({ generation: 2, line: 120 });
  expect(hashOf({ generation: 2, line: 120 })).toBe('#g2L120');
  for (const hash of ['', '#g0L1', '#g2', '#g2L', '#g2L1x']) expect(placeOf(hash)).toBeUndefined();
});
