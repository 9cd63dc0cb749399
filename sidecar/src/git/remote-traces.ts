// Finds out what an attempt has done at the remote beside its own branch, and which tags it has only here. It asks nobody: it compares what
// the remote had before and has now with what git has written down in the attempt's repository.

import type { Traces } from '../core/git-policy.js';
import type { CheckRequest } from './check.js';
import { commitsMade, hasFetched, isMadeHere, type OwnRefs, ownRefs, pushedBranches, TRACKED } from './own-refs.js';
import { type RefsBefore, type RemoteRefs, refsBefore } from './remote-refs.js';

/** Branches that moved at the remote in the time of one attempt; of more than that the first are looked at. */
const BRANCHES_MAX = 500;

/** `refs` as they were fetched last. */
export async function remoteTraces(request: CheckRequest, refs: RemoteRefs): Promise<Traces> {
  const { site, workspace } = request;
  const before = await refsBefore(site.headsFile);
  const own = await ownRefs(workspace);
  // Its own refs tell nothing once it has asked the remote, or has taken that out of its settings.
  const isTelling = !hasFetched(workspace) && own.has(`${TRACKED}${workspace.baseBranch}`);
  const gone = (was: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>, prefix: string) => {
    const left = isTelling ? [...was].filter(([name]) => !now.has(name) && !own.has(`${prefix}${name}`)) : [];
    return left.map(([name, at]) => ({ name, at }));
  };
  const pushed = [
    ...(await leakedBranches(request, refs, before)),
    ...(await pushedBranches(workspace)),
    ...(hasFetched(workspace) ? [] : sameTips(refs, before, own)),
  ];
  const tags = await tagsMade(request, refs, before, own);
  return {
    ...tags,
    pushed: [...new Set(pushed)].filter((branch) => branch !== workspace.branch && refs.branches.has(branch)),
    deleted: gone(before.branches, refs.branches, TRACKED).filter(({ name }) => name !== workspace.branch),
    deletedTags: gone(before.tags ?? new Map(), refs.tags, 'refs/tags/'),
    notes: [...own.keys()].filter((ref) => ref.startsWith('refs/notes/')),
  };
}

/** Branches that stand where one of the attempt does, and did not before: without a fetch, the commit came from here. */
function sameTips({ branches }: RemoteRefs, before: RefsBefore, own: OwnRefs): readonly string[] {
  const known = new Set(before.branches.values());
  const heads = [...own].filter(([ref, commit]) => ref.startsWith('refs/heads/') && !known.has(commit));
  const tips = new Set(heads.map(([, commit]) => commit));
  return [...branches].flatMap(([name, commit]) => (tips.has(commit) ? [name] : []));
}

/** A tag that the remote has too may have come from there. */
async function tagsMade(
  { tree, workspace }: CheckRequest,
  refs: RemoteRefs,
  before: RefsBefore,
  own: OwnRefs,
): Promise<Pick<Traces, 'pushedTags' | 'ownTags'>> {
  const pushedTags: string[] = [];
  const ownTags: string[] = [];
  const isOurs = await isMadeHere(workspace);
  for (const [name, object] of newTags(own, before)) {
    if (refs.tags.get(name) !== object) {
      ownTags.push(name);
      continue;
    }
    const commit = await tree.commitAt(`refs/tags/${name}`);
    if (commit !== null && isOurs(commit)) pushedTags.push(name);
  }
  return { pushedTags, ownTags };
}

/** Those that the remote did not have like this when the attempt began; none when that was not noted. */
export function newTags(own: OwnRefs, { tags }: RefsBefore): readonly (readonly [string, string])[] {
  if (tags === undefined) return [];
  return [...own].flatMap(([ref, object]) => {
    const name = /^refs\/tags\/(.*)$/.exec(ref)?.[1];
    return name === undefined || tags.get(name) === object ? [] : [[name, object] as const];
  });
}

/** The branches of the remote, as they were fetched last, that have one of the commits and had not before. */
async function leakedBranches(
  { mirror, workspace, signal }: CheckRequest,
  refs: RemoteRefs,
  before: RefsBefore,
): Promise<readonly string[]> {
  const moved = [...refs.branches].flatMap(([name, commit]) => (before.branches.get(name) === commit ? [] : [name]));
  const others = moved.filter((branch) => branch !== workspace.branch).slice(0, BRANCHES_MAX);
  if (others.length === 0) return [];
  const commits = await commitsMade(workspace);
  // Here by now if they are at the remote; git minds a commit that it does not have.
  const here: string[] = [];
  for (const commit of commits) if ((await mirror.commitAt(signal, commit)) !== null) here.push(commit);
  if (here.length === 0) return [];
  const suspects = others.map((branch) => `refs/remotes/origin/${branch}`);
  const containing = here.map((commit) => `--contains=${commit}`);
  const { stdout } = await mirror.local(signal, [
    'for-each-ref',
    '--format=%(refname:lstrip=3)',
    ...containing,
    ...suspects,
  ]);
  return stdout.split('\n').filter((branch) => branch !== '');
}
