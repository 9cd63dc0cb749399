import { isBranchName, isGitRef } from '@agentcom/schemas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATTEMPT } from './fixture.js';
import { branchName, type Findings, judge, salvageRef, slugOf } from './git-policy.js';

describe('the branch of an attempt', () => {
  it('names the agent, the task, the generation and the title', () => {
    expect(branchName('tern', ATTEMPT, 'Mend the roof!')).toBe('agentcom/tern/0123456789ab-g3-mend-the-roof');
  });

  it('does without a title that has no letters of ours', () => {
    expect(branchName('tern', ATTEMPT, '屋根')).toBe('agentcom/tern/0123456789ab-g3');
  });

  it('is one that git accepts, and so is the ref for what is kept, whatever the title', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (title) => {
        expect(isBranchName(branchName('tern', ATTEMPT, title))).toBe(true);
        expect(slugOf(title)).toMatch(/^(?:[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?)?$/);
      }),
    );
    expect(isGitRef(salvageRef('tern', ATTEMPT))).toBe(true);
  });

  it.each([
    ['Über Öl & Äther', 'uber-ol-ather'],
    ['--upload-pack=evil', 'upload-pack-evil'],
    ['../../etc', 'etc'],
    ['a'.repeat(60), 'a'.repeat(40)],
  ])('%s becomes %s', (title, slug) => {
    expect(slugOf(title)).toBe(slug);
  });
});

describe('finished work', () => {
  const good: Findings = { branch: 'b', expectedBranch: 'b', dirty: [], ownCommits: 2, baseIsAncestor: true };

  it('passes when it is committed on its branch on top of its base', () => {
    expect(judge(good)).toBeUndefined();
  });

  it.each([
    [{ branch: 'other' }, 'git.wrong_branch'],
    [{ branch: null }, 'git.wrong_branch'],
    [{ baseIsAncestor: false }, 'git.base_lost'],
    [{ dirty: ['?? new.txt'] }, 'git.not_clean'],
    [{ ownCommits: 0 }, 'git.no_commit'],
  ])('does not pass with %o', (fault, code) => {
    expect(judge({ ...good, ...fault })).toMatchObject({ class: 'verification', code });
  });
});
