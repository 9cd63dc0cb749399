// What an agent prints and changes in the scenes.

import type { ChangedFile } from '../support/on-hub.js';

export const OUTPUT = [
  '\u001b[1mReading src/login/form.tsx\u001b[0m',
  'The form has a fixed width of 480 px, which is wider than a phone.',
  '\u001b[36m$ npm test -- login\u001b[0m',
  '\u001b[32m✓\u001b[0m signs in with a password (41 ms)',
  '\u001b[32m✓\u001b[0m shows what is wrong beside the field (28 ms)',
  '\u001b[31m✗\u001b[0m fits a screen of 320 px',
  'Error: expected 320 to be at least 480',
  '    at test/login.test.ts:57:18',
  '\u001b[33mwarning\u001b[0m one test failed; changing the form',
  '\u001b[36m$ npm test -- login\u001b[0m',
  '\u001b[32m✓\u001b[0m fits a screen of 320 px (19 ms)',
  '',
].join('\n');

export const CHANGED: readonly ChangedFile[] = [
  {
    path: 'src/words/count.ts',
    status: 'modified',
    added: [
      'export function wordCount(text: string): number {',
      "  return text.split(/\\s+/u).filter((word) => word !== '').length;",
    ],
    removed: ['export function wordCount(text: string): number {', "  return text.split(' ').length + 1;"],
  },
  {
    path: 'src/words/locale/segmenter.ts',
    status: 'added',
    added: ["export const words = new Intl.Segmenter('en', { granularity: 'word' });"],
  },
  {
    path: 'src/words/locale/older-browsers.ts',
    status: 'deleted',
    removed: ['// For browsers that cannot segment text.', 'export {};'],
  },
  {
    path: 'tests/words/count.test.ts',
    status: 'modified',
    added: ["test('counts words', () => {", "  expect(wordCount('a  b')).toBe(2);", '});'],
  },
  {
    path: 'docs/a-directory-with-a-long-name/how-words-are-counted-in-languages-without-spaces.md',
    status: 'added',
    added: ['# Words'],
  },
  { path: 'CHANGELOG.md', status: 'modified', added: ['- The word count is right.'] },
];
