// What the sidecar does to branches and what it asks of finished work, as data. Nothing from a task is used in a name before
// it has been reduced to letters, digits and hyphens.

import type { AttemptId, Failure } from './attempt.js';

const SLUG_CHARS = 40;

/** The one branch an attempt works on and pushes: `agentcom/<agent>/<last 12 hex of the task id>-g<generation>-<slug of the title>`. */
export function branchName(agent: string, attempt: AttemptId, title: string): string {
  const slug = slugOf(title);
  return `agentcom/${agent}/${shortId(attempt)}${slug === '' ? '' : `-${slug}`}`;
}

/** Where work that did not pass is kept, in the cached repository. */
export function salvageRef(agent: string, attempt: AttemptId): string {
  return `refs/agentcom/salvage/${agent}/${shortId(attempt)}`;
}

function shortId({ task, generation }: AttemptId): string {
  return `${task.replaceAll('-', '').slice(-12)}-g${generation}`;
}

/** Lower-case ASCII letters, digits and single inner hyphens, at most 40 characters; empty when the title has none of them. */
export function slugOf(title: string): string {
  const plain = title.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '');
  const words = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+/, '');
  return words.slice(0, SLUG_CHARS).replace(/-+$/, '');
}

/** What the worktree looks like after a run. */
export interface Findings {
  /** The branch that is checked out, or null when none is. */
  readonly branch: string | null;
  readonly expectedBranch: string;
  /** Paths that are changed or untracked, the first few. */
  readonly dirty: readonly string[];
  /** Commits between the base and the tip. */
  readonly ownCommits: number;
  readonly baseIsAncestor: boolean;
}

interface Check {
  readonly code: string;
  readonly passes: (found: Findings) => boolean;
  readonly message: (found: Findings) => string;
}

const CHECKS: readonly Check[] = [
  {
    code: 'git.wrong_branch',
    passes: (found) => found.branch === found.expectedBranch,
    message: (found) => `the worktree is not on its branch ${found.expectedBranch} but on ${found.branch ?? 'none'}`,
  },
  {
    code: 'git.base_lost',
    passes: (found) => found.baseIsAncestor,
    message: () => 'the branch no longer contains the commit it started from',
  },
  {
    code: 'git.not_clean',
    passes: (found) => found.dirty.length === 0,
    message: (found) => `there are uncommitted changes: ${found.dirty.join(', ')}`,
  },
  {
    code: 'git.no_commit',
    passes: (found) => found.ownCommits > 0,
    message: () => 'the branch has no commit of its own',
  },
];

/** The first thing that keeps the work from being pushed, or undefined. */
export function judge(found: Findings): Failure | undefined {
  const failed = CHECKS.find((check) => !check.passes(found));
  if (failed === undefined) return undefined;
  return { class: 'verification', code: failed.code, message: failed.message(found) };
}
