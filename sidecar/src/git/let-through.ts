// Work that a person has looked at: what it builds on is no longer asked.

import type { Checked } from '../core/attempt.js';
import type { GitWorkspace, Worktree } from './worktree.js';

/** As it was kept: a person has let it through. */
export async function letThrough(tree: Worktree, { base, baseBranch }: GitWorkspace): Promise<Checked> {
  const commit = await tree.text(['rev-parse', '--verify', 'HEAD^{commit}']);
  const target = `refs/remotes/origin/${baseBranch}`;
  const note = `the work builds on ${base.slice(0, 12)}, which ${baseBranch} does not have: look at its commits before you merge it`;
  return { commit, base, notes: (await tree.isAncestor(base, target)) ? [] : [note] };
}
