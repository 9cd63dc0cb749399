import { describe, expect, it } from 'vitest';
import { type Candidate, chooseTip, lastMadeHere, madeHere } from './attempt-tip.js';

describe('the tip of an attempt', () => {
  const tip = (place: string, more: Partial<Candidate> = {}): Candidate => ({
    place,
    commit: place,
    descendsFromBase: true,
    hasOwnCommits: true,
    ...more,
  });

  it('is the first that stands on the base, and the others are not forgotten', () => {
    const [orphan, head, other] = [tip('orphan', { descendsFromBase: false }), tip('head'), tip('other')];
    expect(chooseTip([orphan, head, other])).toEqual({ work: head, others: [orphan, other] });
  });

  it('has something of its own', () => {
    expect(chooseTip([tip('develop', { hasOwnCommits: false })])).toEqual({ work: undefined, others: [] });
  });
});

describe('what HEAD was at last', () => {
  it('is the newest commit that was made there', () => {
    expect(lastMadeHere(['a\tcheckout: moving from x to y', 'b\tcommit: two', 'a\tcommit: one'])).toBe('b');
  });

  it('is none that was taken back', () => {
    expect(lastMadeHere(['a\treset: moving to a', 'b\tcommit: two'])).toBeUndefined();
    expect(lastMadeHere([])).toBeUndefined();
  });
});

describe('the commits of a worktree', () => {
  it.each([
    'commit: fix',
    'commit (initial): fix',
    'commit (amend): fix',
    'commit (merge): fix',
    'cherry-pick: fix',
    'revert: fix',
    'am: fix',
    'rebase (pick): fix',
    'rebase -i (squash): fix',
    'pull --rebase origin main (pick): fix',
    "merge origin/main: Merge made by the 'ort' strategy.",
    "pull origin main: Merge made by the 'ort' strategy.",
  ])('were made there: %s', (action) => {
    expect(madeHere([`abc\t${action}`])).toEqual(['abc']);
  });

  it.each([
    'merge origin/main: Fast-forward',
    'pull: Fast-forward',
    'checkout: moving from a to b',
    'reset: moving to origin/main',
    'rebase (start): checkout origin/main',
    'pull --rebase (start): checkout abc',
    'rebase (finish): returning to refs/heads/x',
    'branch: Created from HEAD',
    '',
  ])('were there before: %s', (action) => {
    expect(madeHere([`abc\t${action}`])).toEqual([]);
  });
});
