import { describe, expect, it } from 'vitest';
import { allWords, GLOSSARIES, meaningsOf } from './explanations.js';

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
