import { expect, it } from 'vitest';
import { similarTo } from './similar.js';

const CODES = ['git.address_refused', 'git.auth', 'git.no_commit', 'git.no_committer', 'task.no_branch', 'blocked'];

it('gives the nearest first', () => {
  expect(similarTo('git.no_comit', CODES).slice(0, 2)).toEqual(['git.no_commit', 'git.no_committer']);
});

it('finds a word with a slip in each of its parts', () => {
  expect(similarTo('gti.atuh', CODES)).toEqual(['git.auth']);
  expect(similarTo('blokced', CODES)).toEqual(['blocked']);
});

it('finds those that a part is in, and nothing for a word that is like none', () => {
  expect(similarTo('branch', CODES)).toEqual(['task.no_branch']);
  expect(similarTo('xyzzy', CODES)).toEqual([]);
});
