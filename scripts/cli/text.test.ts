import { expect, test } from 'vitest';
import { firstLine } from './text.js';

test.each([
  ['the agent ended with exit code 1\nThe end of its output:\nmany\nlines', 'the agent ended with exit code 1'],
  ['\n\n  a reason ', 'a reason'],
  ['', ''],
])('the first line of %j is %j', (text, line) => {
  expect(firstLine(text)).toBe(line);
});
