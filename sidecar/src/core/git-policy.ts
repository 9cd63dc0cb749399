// What the sidecar does to branches and what it asks of finished work, as data. Nothing from a task is used in a name before
// it has been reduced to letters, digits and hyphens.

import { attemptName, branchForms, salvageRefOf } from '@agentcom/schemas/attempt-names';
import { matchesPattern } from '@agentcom/schemas/pattern';
import type { AttemptId, Failure } from './attempt.js';
import { firstOf } from './first-of.js';

const SLUG_CHARS = 40;

/**
 * The one branch an attempt works on and pushes: `agentcom/<agent>/<last 12 hex of the task id>-g<generation>-<slug of the title>`.
 * Where the remote has a branch in its way, as `agentcom` would be, the slashes are hyphens, and then a number is added.
 */
export function branchName(agent: string, attempt: AttemptId, title: string, taken: readonly string[] = []): string {
  const slug = slugOf(title);
  const forms = branchForms({ agent, ...attempt }).map((form) => `${form}${slug === '' ? '' : `-${slug}`}`);
  const free = forms.find((form) => isFree(form, taken));
  if (free !== undefined) return free;
  const last = forms.at(-1);
  let number = 2;
  while (!isFree(`${last}-${number}`, taken)) number += 1;
  return `${last}-${number}`;
}

/** A branch is a file where git keeps it, so none may lie where another needs a directory. Some disks do not tell case apart. */
function isFree(branch: string, taken: readonly string[]): boolean {
  const name = branch.toLowerCase();
  return !taken.some((other) => {
    const there = other.toLowerCase();
    return there === name || there.startsWith(`${name}/`) || name.startsWith(`${there}/`);
  });
}

/** Where work that did not pass is kept, in the cached repository. */
export function salvageRef(agent: string, attempt: AttemptId): string {
  return salvageRefOf({ agent, ...attempt });
}

/** Beside it: the commit that the kept work began from. */
export function beganRef(ref: string): string {
  return ref.replace('/salvage/', '/began/');
}

/** Holds what an attempt works on in the cached repository, from its preparation until it is put away. */
export function attemptRef(agent: string, attempt: AttemptId): string {
  return `refs/agentcom/attempt/${agent}/${attemptName(attempt)}`;
}

/** The first line of the sidecar's own commit, by which it is known again. */
export function salvageSubject({ task, generation }: AttemptId): string {
  return `Work kept from task ${task}, generation ${generation}`;
}

export function isSalvageSubject(subject: string, task: string): boolean {
  return subject.startsWith(`Work kept from task ${task},`);
}

/** Where a tip is kept that is not the one that was pushed. */
export function otherRef(ref: string, commit: string): string {
  return `${ref}-other-${commit.slice(0, 12)}`;
}

/** For a branch that an agent must not push. */
export function protectedBranch(branch: string): Failure {
  const message = `the branch ${branch} is protected: change protectedBranches so that agents can push their own branches`;
  return { class: 'permanent', code: 'git.protected_branch', message, mend: 'person' };
}

export function isProtected(branch: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, branch));
}

/** Lower-case ASCII letters, digits and single inner hyphens, at most 40 characters; empty when the title has none of them. */
export function slugOf(title: string): string {
  const plain = title.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '');
  const words = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+/, '');
  return words.slice(0, SLUG_CHARS).replace(/-+$/, '');
}

/** What the repository looks like after a run. */
export interface Findings {
  /** What git was in the middle of, such as `rebase`. */
  readonly unfinished: string | undefined;
  /** Paths that are changed or untracked, the first few. */
  readonly dirty: readonly string[];
  /** The attempt has commits, and none of them stands on the base. */
  readonly isBaseLost: boolean;
  /** A tip on top of the base was found. */
  readonly hasCommits: boolean;
  /** Changes were put away with `git stash`. */
  readonly isStashed: boolean;
  /** Some file of the tip differs from the base. */
  readonly hasChanges: boolean;
  /** Paths of files that were made where git ignores them, and are not kept. Told when there is nothing else. */
  readonly ignored: readonly string[];
  /** Paths of repositories that the commits have as links, and that nobody can clone. */
  readonly embedded: readonly string[];
}

interface Check {
  readonly code: string;
  readonly passes: (found: Findings) => boolean;
  readonly message: (found: Findings) => string;
}

const KEEP_IGNORED = 'commit them with `git add --force`, or list them under `keep` in .agentcom.toml';

/** The agent can mend each of them, in the session that it has. */
const CHECKS: readonly Check[] = [
  {
    code: 'git.unfinished',
    passes: (found) => found.unfinished === undefined,
    message: ({ unfinished }) =>
      `\`git ${unfinished}\` is in progress: finish it with \`git ${unfinished} --continue\` or abort it with \`git ${unfinished} --abort\``,
  },
  {
    code: 'git.not_clean',
    passes: (found) => found.dirty.length === 0,
    message: (found) => `there are uncommitted changes: ${found.dirty.join(', ')}; commit or remove them`,
  },
  {
    code: 'git.base_lost',
    passes: (found) => !found.isBaseLost,
    message: () => 'the branch no longer contains the commit it started from; rebase your commits onto it',
  },
  {
    code: 'git.no_commit',
    passes: (found) => found.hasCommits && found.hasChanges,
    message: ({ hasCommits, isStashed, ignored }) =>
      [
        hasCommits ? 'the commits change no files' : 'nothing was committed',
        ...(isStashed ? [', but changes are stashed: get them back with `git stash pop` and commit them'] : []),
        ...(ignored.length > 0
          ? [`; git ignores these files that were made: ${firstOf(ignored)}; ${KEEP_IGNORED}`]
          : []),
      ].join(''),
  },
  {
    code: 'git.embedded_repository',
    passes: (found) => found.embedded.length === 0,
    message: (found) =>
      `the commits contain nested repositories that nobody else can clone: ${found.embedded.join(', ')}; commit their files, or add them as submodules`,
  },
];

/** The first thing that keeps the work from being pushed, or undefined. */
export function judge(found: Findings): Failure | undefined {
  const failed = CHECKS.find((check) => !check.passes(found));
  if (failed === undefined) return undefined;
  return { class: 'verification', code: failed.code, message: failed.message(found), mend: 'agent' };
}

/** `missing` as `<path> <commit>`. */
export function missingInSubmodules(missing: readonly string[]): Failure {
  const message = `nobody else could clone the result: no remote has these submodule commits: ${missing.join(', ')}; use commits that their remotes have, and say in your report what has to change there`;
  return { class: 'verification', code: 'git.submodule_not_pushed', message, mend: 'agent' };
}

/** The attempt's commits stand on some that the remote has taken out of the branch; pushed as they are, they would bring those back. */
export function baseRewritten(
  baseBranch: string,
  from: string,
  base: string,
  { why, mend }: { readonly why: string; readonly mend: 'agent' | 'person' },
  /** The branch that the work began from, if that is another one. */
  gone?: string,
): Failure {
  const remedy =
    mend === 'agent'
      ? `move your own commits there: git rebase --onto ${base} ${from}`
      : 'remove that branch from the remote if it brings back unwanted commits, then requeue the task';
  const what =
    gone === undefined
      ? `${baseBranch} was rewritten at the remote and no longer has`
      : `${gone} is gone from the remote, and ${baseBranch} does not have`;
  const message = `${what} ${from.slice(0, 12)}, on which the work is based; the work could not be rebased: ${why}; ${remedy}`;
  return { class: 'verification', code: 'git.base_rewritten', message, mend };
}

/** What an attempt has left at the remote beside its branch, and in its repository beside its work. */
export interface Traces {
  /** Branches of the remote. */
  readonly pushed: readonly string[];
  /** Inferred, as the deleted tags are: somebody else may have done it, and the attempt only dropped its own refs. */
  readonly deleted: readonly Deleted[];
  readonly pushedTags: readonly string[];
  readonly deletedTags: readonly Deleted[];
  /** Tags that the remote does not have. */
  readonly ownTags: readonly string[];
  /** Refs of git notes. */
  readonly notes: readonly string[];
}

interface Deleted {
  readonly name: string;
  /** What it named. */
  readonly at: string;
}

const NAMED_MAX = 5;

export function judgeTraces(
  { pushed, deleted, pushedTags, deletedTags, ownTags, notes }: Traces,
  isProtectedHere: (branch: string) => boolean,
): { readonly failure?: Failure; readonly notes: readonly string[] } {
  const guarded = pushed.filter(isProtectedHere);
  if (guarded.length > 0) {
    const message = `this attempt pushed to ${guarded.slice(0, NAMED_MAX).join(' and ')} at the remote, which agents must not do to protected branches; check them and take it back if needed`;
    return { failure: { class: 'permanent', code: 'git.protected_pushed', message, mend: 'person' }, notes: [] };
  }
  const named = (what: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${what}: ${firstOf(names, NAMED_MAX)}`];
  return {
    notes: [
      ...named('branches that this attempt also pushed', pushed),
      ...named('branches that this attempt seems to have deleted at the remote', deleted.map(withCommit)),
      ...named('tags that this attempt pushed', pushedTags),
      ...named('tags that this attempt seems to have deleted at the remote', deletedTags.map(withCommit)),
      ...named('tags that were not pushed', ownTags),
      ...named('git notes that were not pushed', notes),
    ],
  };
}

function withCommit({ name, at }: Deleted): string {
  return `${name} (was at ${at.slice(0, 12)})`;
}
