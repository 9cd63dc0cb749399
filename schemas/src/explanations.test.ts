import { describe, expect, it } from 'vitest';
import { allWords, GLOSSARIES, meaningsOf } from './explanations.js';
import { CLOSE_CODES } from './limits.js';

it('every code that a connection is closed with has an explanation', () => {
  for (const code of Object.values(CLOSE_CODES)) expect(meaningsOf(String(code)), String(code)).toHaveLength(1);
  expect(meaningsOf('1006')).toHaveLength(1);
});

describe('explanations', () => {
  it.each(GLOSSARIES.flatMap(({ words }) => Object.entries(words)))(
    'of %s say what it means and what to do',
    (_word, { title, remedy }) => {
      expect(title).toMatch(/^[A-Z`].*[^.]$/);
      expect(remedy).toMatch(/^[A-Z`].*\.$/);
      expect(`${title}${remedy}`).not.toContain('|');
    },
  );

  it('know every word, and all its meanings', () => {
    for (const word of allWords()) expect(meaningsOf(word).length, word).toBeGreaterThan(0);
    expect(meaningsOf('rate_limited').map(({ kind }) => kind)).toEqual([
      'Classes of failures',
      'Reasons',
      'Reasons of scheduled tasks',
    ]);
    expect(meaningsOf('constructor')).toEqual([]);
    expect(meaningsOf('task.unheard_of')).toEqual([]);
  });
});
