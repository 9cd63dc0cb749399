import { expect, test } from 'vitest';
import { firstLine, sentences } from './text.js';

test.each([
  ['the agent ended with exit code 1\nThe end of its output:\nmany\nlines', 'the agent ended with exit code 1'],
  ['\n\n  a reason ', 'a reason'],
  ['', ''],
])('the first line of %j is %j', (text, line) => {
  expect(firstLine(text)).toBe(line);
});

test.each([
  [
    'the agent exited with code 128\nThe end of its output:\nfatal: a\nb',
    'the agent exited with code 128. The end of its output: fatal: a b',
  ],
  ['it ended.\nNext', 'it ended. Next'],
  ['one line', 'one line'],
])('%j in one line is %j', (text, line) => {
  expect(sentences(text)).toBe(line);
});
