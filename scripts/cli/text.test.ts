import { expect, test } from 'vitest';
import { firstLine, printable, sentences } from './text.js';

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

test('no control character and no mark of direction passes, but line ends and tabs', () => {
  const all = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
  const changed = all.filter((character) => character !== '\r' && printable(character) !== character);
  expect(changed).toEqual(
    all.filter((character) => character !== '\r' && /(?![\n\t])\p{Cc}|\p{Bidi_Control}/u.test(character)),
  );
});
