// Judges what an agent has left, and what became of the remote meanwhile.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Checked } from '../core/attempt.js';
import { firstOf } from '../core/first-of.js';
import { baseRewritten, isProtected, judge, judgeTraces, missingInSubmodules } from '../core/git-policy.js';
import { contentOf } from '../host/own-file.js';
import { allDone } from './all-done.js';
import { GitFailure } from './failures.js';
import type { Git } from './git.js';
import { type Change, changesBetween, embeddedRepositories, LINK_MODE } from './gitlinks.js';
import { hiddenChanges } from './hidden-changes.js';
import { ignoredResults, notedIgnored } from './ignored-results.js';
import { keepResults } from './kept-results.js';
import type { LargeFiles } from './large-files.js';
import type { Mirror } from './mirror.js';
import { noteLatePhantoms, phantomsAmong } from './phantom-changes.js';
import { rebase, undoRebase } from './rebase.js';
import type { RemoteRefs } from './remote-refs.js';
import { remoteTraces } from './remote-traces.js';
import type { Site } from './site.js';
import type { Status } from './status.js';
import { submoduleCommits } from './submodule-commits.js';
import { keepSubmoduleTips } from './submodule-tips.js';
import { findTips, keepOthers, settleOn, stashes } from './tips.js';
import type { GitWorkspace, Worktree } from './worktree.js';

const PATHS_SHOWN = 5;

export interface CheckRequest {
  readonly git: Git;
  readonly tree: Worktree;
  readonly mirror: Mirror;
  readonly site: Site;
  readonly workspace: GitWorkspace;
  /** The ref of the mirror that holds the attempt's work. */
  readonly heldBy: string;
  readonly largeFiles: LargeFiles;
  /** Where the results are kept that git ignores. */
  readonly resultsDir: string | null;
  /** The agent says that nothing has to change. */
  readonly isNoChange: boolean;
  /** The branch that the work is meant for once the one it began from is gone. */
  readonly ownBase: () => Promise<string>;
  /** Beside the base. */
  readonly protectedBranches: readonly string[];
  readonly signal: AbortSignal;
}

export async function check(request: CheckRequest): Promise<Checked> {
  const { tree, mirror, site, workspace, heldBy, largeFiles, signal } = request;
  await undoRebase(tree, site, workspace);
  // The remote is far: it is asked while the work is looked at.
  const refreshing = mirror.locked(signal, () => mirror.refresh(signal));
  const [work] = await allDone([finished({ ...request, refreshing }), refreshing]);
  await mirror.take(signal, workspace.gitDir, work.commit, heldBy);
  if (work.changes.some(isAttributes)) await largeFiles.judge(mirror, work.commit, signal);
  const [submodules, ignored] = await allDone([usableSubmodules(request, work), results(request, work)]);
  const refs = await mirror.refs(signal);
  const target = await targetAt(request, refs);
  const traces = await notedTraces(request, refs, target);
  const checked = await upToDate({ ...request, refs, target }, work);
  if (checked.commit !== work.commit) {
    await mirror.take(signal, workspace.gitDir, checked.commit, heldBy);
    // The new base may have other addresses for submodules.
    const hasLinks = work.changes.some(({ mode }) => mode === LINK_MODE);
    const changes = hasLinks ? await changesBetween(tree, checked.base, checked.commit) : [];
    await usableSubmodules(request, { ...checked, changes });
  }
  return {
    ...checked,
    ...(target !== workspace.baseBranch && { target }),
    notes: [...work.notes, ...submodules, ...ignored.notes, ...traces, ...checked.notes],
  };
}

interface Results {
  readonly notes: readonly string[];
  /** Ignored files of the agent that are not kept. */
  readonly left: readonly string[];
}

async function results(
  { tree, site, workspace, resultsDir }: CheckRequest,
  { ignored }: Pick<Status, 'ignored'>,
): Promise<Results> {
  const kept = await keepResults(tree, workspace, resultsDir);
  const left = await ignoredResults(ignored, site, [...workspace.settings.files, ...kept.paths]);
  return { notes: [...kept.notes, ...notedIgnored(left)], left };
}

interface Refreshing extends CheckRequest {
  /** Rejects when the remote cannot be asked: then nothing is said of work that depends on what it has. */
  readonly refreshing: Promise<void>;
}

interface Work extends Checked {
  readonly changes: readonly Change[];
  /** Files that differ from the commit by themselves. */
  readonly phantoms: ReadonlySet<string>;
  /** As git's status has them. */
  readonly ignored: readonly string[];
}

/** The work when it can be pushed, checked out as the attempt's branch. */
async function finished(request: Refreshing): Promise<Work> {
  const { tree, site, mirror, workspace, largeFiles, signal } = request;
  const status = await tree.status({ ignored: 'traditional' });
  const hidden = await hiddenChanges(request);
  const fresh =
    hidden.fresh.length === 0 ? [] : [`new files in submodules, so not part of the result: ${firstOf(hidden.fresh)}`];
  const { base, tips } = await standing(request, status);
  const stashed = await stashes(tree, workspace.gitDir);
  const commit = tips.work?.commit;
  const changes = commit === undefined ? [] : await changesBetween(tree, base, commit);
  // With other attributes, files that no longer fit are the agent's to bring in line.
  if (!changes.some(isAttributes)) await noteLatePhantoms(tree, site, status.dirty);
  const phantoms = await phantomsAmong(site, status.dirty);
  const dirty = [...status.dirty.filter(({ path }) => !phantoms.has(path)), ...hidden.dirty];
  const hasResult = commit !== undefined && changes.length > 0;
  const ignored = hasResult ? undefined : await results(request, status);
  const failure = judge({
    unfinished: await unfinished(workspace.gitDir),
    dirty: dirty.slice(0, PATHS_SHOWN).map(({ letters, path }) => `${letters} ${path}`),
    isBaseLost: commit === undefined && tips.others.length > 0,
    hasCommits: commit !== undefined,
    isStashed: stashed.length > 0,
    hasChanges: changes.length > 0,
    ignored: ignored?.left ?? [],
    embedded:
      commit === undefined ? [] : (await embeddedRepositories(tree, base, commit, changes)).slice(0, PATHS_SHOWN),
  });
  const isNothing = failure?.code === 'git.no_commit' && request.isNoChange;
  if (failure !== undefined && !isNothing) throw new GitFailure(failure);
  // Refs written while the mirror is being recreated would be lost with the old one.
  await request.refreshing;
  const kept = [
    ...(await keepOthers(mirror, workspace, [...tips.others, ...stashed], signal)),
    ...(await keepSubmoduleTips(request, commit ?? base, linked(changes))),
  ];
  if (failure !== undefined) {
    const refs = await mirror.refs(signal);
    const traces = await notedTraces(request, refs, await targetAt(request, refs));
    throw new GitFailure({ ...failure, notes: [...kept, ...fresh, ...(ignored?.notes ?? []), ...traces] });
  }
  if (commit === undefined) throw new Error('work that passes has a commit');
  if (!changes.some(isAttributes)) largeFiles.sameAs(workspace.base, commit);
  const notes = [
    ...(status.branch === workspace.branch && status.commit === commit
      ? []
      : [`the work was found at ${tips.work?.place} and was pushed as ${workspace.branch}`]),
    ...kept,
    ...fresh,
    ...(phantoms.size === 0 ? [] : [`changed before the agent started, so left out: ${firstOf([...phantoms])}`]),
  ];
  await settleOn(tree, workspace, status, tips.ofBranch, commit);
  return { commit, base, notes, changes, phantoms, ignored: status.ignored };
}

function isAttributes({ path }: Change): boolean {
  return /(^|\/)\.gitattributes$/.test(path);
}

/** Their remotes are asked for them. */
function linked(changes: readonly Change[]): ReadonlySet<string> {
  return new Set(changes.flatMap(({ mode, object }) => (mode === LINK_MODE ? [object] : [])));
}

/** Notes, where a remote could not be asked. */
async function usableSubmodules(
  request: CheckRequest,
  { commit, changes }: Pick<Work, 'commit' | 'changes'>,
): Promise<readonly string[]> {
  const { git, tree, site, workspace, signal } = request;
  const answers = await submoduleCommits({
    git,
    tree,
    commit,
    changes,
    url: workspace.url,
    probe: site.probeDir,
    signal,
  });
  if (answers.missing.length > 0) throw new GitFailure(missingInSubmodules(answers.missing));
  return answers.notes;
}

/** What the agent has committed on the base it was given, or on the one that the remote has by now. */
async function standing(request: Refreshing, head: Status) {
  const { tree, site, mirror, workspace, refreshing, signal } = request;
  const given = await findTips({ tree, site, workspace, head, base: workspace.base });
  if (given.work !== undefined || given.others.length === 0) {
    return { base: workspace.base, tips: given };
  }
  await refreshing;
  const refs = await mirror.refs(signal);
  const base = refs.tip(await targetAt(request, refs)) ?? workspace.base;
  return { base, tips: await findTips({ tree, site, workspace, head, base }) };
}

/** What git was left in the middle of. */
const STATES: readonly (readonly [file: string, command: string])[] = [
  ['rebase-merge', 'rebase'],
  ['rebase-apply/applying', 'am'],
  ['rebase-apply', 'rebase'],
  ['MERGE_HEAD', 'merge'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
];

async function unfinished(gitDir: string): Promise<string | undefined> {
  const state = STATES.find(([file]) => existsSync(join(gitDir, file)));
  if (state !== undefined) return state[1];
  // Commits that are still to be picked after one that was committed by hand.
  const todo = await contentOf(join(gitDir, 'sequencer', 'todo')).catch(() => '');
  if (todo === '') return undefined;
  return todo.startsWith('revert ') ? 'revert' : 'cherry-pick';
}

/** The branch that the work is meant for, as far as the remote can be asked. */
async function targetAt({ workspace, ownBase, signal }: CheckRequest, refs: RemoteRefs): Promise<string> {
  const { baseBranch } = workspace;
  if (refs.tip(baseBranch) !== undefined) return baseBranch;
  return ownBase().catch((error: unknown) => {
    if (signal.aborted) throw error;
    return baseBranch;
  });
}

async function notedTraces(request: CheckRequest, refs: RemoteRefs, target: string): Promise<readonly string[]> {
  const { workspace } = request;
  const patterns = [...request.protectedBranches, ...workspace.settings.protectedBranches];
  const judged = judgeTraces(
    await remoteTraces(request, refs),
    (name) => name === target || isProtected(name, patterns),
  );
  if (judged.failure !== undefined) throw new GitFailure(judged.failure);
  return judged.notes;
}

interface Meant extends CheckRequest {
  readonly refs: RemoteRefs;
  /** The branch that the work is meant for. */
  readonly target: string;
}

async function upToDate(request: Meant, work: Work): Promise<Checked> {
  const { tree, workspace, refs, target } = request;
  const { commit } = work;
  const base = refs.tip(target);
  if (base === undefined) return { commit, base: work.base, notes: [`the remote no longer has the branch ${target}`] };
  if (base === work.base) return { commit, base, notes: [] };
  if (await hasReached(tree, work, base))
    return { commit: base, base, notes: [`${target} already contains this change`] };
  const isRewritten = !(await tree.isAncestor(work.base, base));
  const behind = Number(await tree.text(['rev-list', '--count', `${commit}..${base}`]));
  if (behind === 0 && !isRewritten) return { commit, base, notes: [] };
  const from = isRewritten ? work.base : undefined;
  const rebased = await rebase({ ...request, commit, base, from, phantoms: work.phantoms });
  const gone = target === workspace.baseBranch ? undefined : workspace.baseBranch;
  const there = `${base.slice(0, 12)}, the current tip of ${target}`;
  if ('commit' in rebased) {
    if (rebased.commit === base) return { commit: base, base, notes: [`${target} already contains this change`] };
    return {
      commit: rebased.commit,
      base,
      notes: [`rebased onto ${there}${isRewritten ? leftOut(target, gone) : ''}`],
    };
  }
  if (isRewritten) throw new GitFailure(baseRewritten(target, work.base, base, rebased, gone));
  const commits = behind === 1 ? '1 commit' : `${behind} commits`;
  return { commit, base: work.base, notes: [`${commits} behind ${target}, not rebased: ${rebased.why}`] };
}

function leftOut(target: string, gone: string | undefined): string {
  return gone === undefined
    ? `; ${target} was rewritten, so commits it no longer has are left out`
    : `; ${target} does not have the commits of ${gone}, so they are left out`;
}

/**
 * Whether the base has by now in every file that was changed what the work has there. git is not asked about the paths: a name that is
 * no UTF-8 would come back to it as another one, of which it knows no difference.
 */
async function hasReached(tree: Worktree, { commit, changes }: Work, base: string): Promise<boolean> {
  const differing = new Set((await changesBetween(tree, commit, base)).map(({ path }) => path));
  return changes.every(({ path }) => !differing.has(path));
}
