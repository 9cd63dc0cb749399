import { expect, test } from 'vitest';
import { line } from './primitives.js';
import { compile } from './validate.js';

const isLine = compile(line(20));

test.each(['one line', 'größe', '東京', 'می\u200cخواهم', '👩\u200d💻 works', '❤️'])('%j is a line', (text) => {
  expect(isLine(text).ok).toBe(true);
});

test.each([
  ['blank', '  '],
  ['a second line', 'a\nb'],
  ['an escape', 'a\u001b[31m'],
  ['C1, which terminals take for an escape', 'a\u009b31m'],
  ['a turn of the direction', 'a\u202eb'],
  ['an isolate', 'a\u2066b'],
  ['a space that takes no room', 'ad\u200bmin'],
  ['a joiner between letters that join nothing', 'ad\u200dmin'],
  ['a joiner at the end', 'é\u200d'],
  ['a byte order mark', '\ufeffadmin'],
  ['a soft hyphen', 'ad\u00admin'],
])('%s is none', (_what, text) => {
  expect(isLine(text).ok).toBe(false);
});
