import { isBranchName, isGitRef } from '@agentcom/schemas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATTEMPT } from './fixture.js';
import {
  branchName,
  type Findings,
  isProtected,
  judge,
  judgeTraces,
  salvageRef,
  slugOf,
  type Traces,
} from './git-policy.js';

describe('the branch of an attempt', () => {
  it('names the agent, the task, the generation and the title', () => {
    expect(branchName('tern', ATTEMPT, 'Mend the roof!')).toBe('agentcom/tern/0123456789ab-g3-mend-the-roof');
  });

  it.each([
    ['a branch where it needs a directory', ['agentcom'], 'agentcom-tern/0123456789ab-g3-x'],
    ['one of another case', ['AgentCom'], 'agentcom-tern/0123456789ab-g3-x'],
    ['one of the name of the agent', ['agentcom/tern'], 'agentcom-tern/0123456789ab-g3-x'],
    ['its name already', ['agentcom/tern/0123456789ab-g3-x'], 'agentcom-tern/0123456789ab-g3-x'],
    ['a directory of its name', ['agentcom/tern/0123456789ab-g3-x/y'], 'agentcom-tern/0123456789ab-g3-x'],
    ['both', ['agentcom', 'agentcom-tern'], 'agentcom-tern-0123456789ab-g3-x'],
    [
      'all of them',
      ['agentcom', 'agentcom-tern', 'agentcom-tern-0123456789ab-g3-x'],
      'agentcom-tern-0123456789ab-g3-x-2',
    ],
    ['others', ['agentcom/tern/0123456789ab-g2-x', 'agentcoms'], 'agentcom/tern/0123456789ab-g3-x'],
  ])('has another form where the remote has %s', (_name, taken, branch) => {
    expect(branchName('tern', ATTEMPT, 'x', taken)).toBe(branch);
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
  const good: Findings = {
    unfinished: undefined,
    dirty: [],
    isBaseLost: false,
    hasCommits: true,
    isStashed: false,
    hasChanges: true,
    ignored: [],
    embedded: [],
  };

  it('passes when it is committed on top of its base', () => {
    expect(judge(good)).toBeUndefined();
  });

  it.each([
    [{ unfinished: 'rebase' }, 'git.unfinished'],
    [{ isBaseLost: true, hasCommits: false, hasChanges: false }, 'git.base_lost'],
    [{ dirty: ['?? new.txt'] }, 'git.not_clean'],
    [{ hasCommits: false, hasChanges: false }, 'git.no_commit'],
    [{ hasChanges: false }, 'git.no_commit'],
    [{ embedded: ['nested'] }, 'git.embedded_repository'],
  ])('goes back to the agent with %o', (fault, code) => {
    expect(judge({ ...good, ...fault })).toMatchObject({ class: 'verification', code, mend: 'agent' });
  });
});

it('a branch is protected by any pattern that it matches', () => {
  expect(isProtected('release/2', ['main', 'release/*'])).toBe(true);
  expect(isProtected('releases', ['main', 'release/*'])).toBe(false);
});

describe('what an attempt has done beside its branch', () => {
  const isMain = (branch: string) => branch === 'main';
  const none: Traces = { pushed: [], deleted: [], pushedTags: [], deletedTags: [], ownTags: [], notes: [] };

  it('fails it when no agent may do so', () => {
    const message = expect.stringContaining('pushed to main at the remote');
    expect(judgeTraces({ ...none, pushed: ['aside', 'main'] }, isMain)).toMatchObject({
      failure: { class: 'permanent', code: 'git.protected_pushed', message },
    });
  });

  it('is no failure when it is only inferred', () => {
    expect(judgeTraces({ ...none, deleted: [{ name: 'main', at: 'a'.repeat(40) }] }, isMain)).toEqual({
      notes: ['branches that this attempt seems to have deleted at the remote: main (was at aaaaaaaaaaaa)'],
    });
  });

  it('is told of otherwise', () => {
    expect(judgeTraces({ ...none, pushed: ['aside', 'b'], ownTags: ['v1'] }, isMain)).toEqual({
      notes: ['branches that this attempt also pushed: aside, b', 'tags that were not pushed: v1'],
    });
    expect(judgeTraces(none, isMain)).toEqual({ notes: [] });
  });
});
