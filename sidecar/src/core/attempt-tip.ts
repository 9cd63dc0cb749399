// Which commit is the attempt's work. Agents make branches, rename them, detach HEAD or go back to the base: what counts is what they
// committed on top of the base, wherever it stands.

/** A commit that may be the work, in the order of preference: HEAD, the attempt's branch, what HEAD was at last, other branches and worktrees. */
export interface Candidate {
  /** For people: `HEAD`, or the name of a branch. */
  readonly place: string;
  readonly commit: string;
  readonly descendsFromBase: boolean;
  /** It has commits that were not at the remote when the attempt began. */
  readonly hasOwnCommits: boolean;
}

export interface Tips {
  /** Undefined when no commit of the attempt stands on the base. */
  readonly work: Candidate | undefined;
  /** Commits of the attempt that `work` may not contain. */
  readonly others: readonly Candidate[];
}

export function chooseTip(candidates: readonly Candidate[]): Tips {
  const own = candidates.filter(({ hasOwnCommits }) => hasOwnCommits);
  const work = own.find(({ descendsFromBase }) => descendsFromBase);
  return { work, others: own.filter((candidate) => candidate !== work) };
}

/** Moves of HEAD that made a commit, as git's own journal of them has it; the others only went to one that was there. */
const MADE_HERE =
  /^(?:commit|cherry-pick|revert|am)\b|^(?:rebase|pull)\b[^:]*\((?:pick|continue|squash|fixup|reword|edit|merge)\)|^(?:merge|pull)\b.*: Merge made/;

/** The commits that were made in a worktree, from lines of `<commit> TAB <what was done>`, the newest first. */
export function madeHere(reflog: readonly string[]): readonly string[] {
  const made = reflog.map((line) => line.split('\t')).filter(([, action]) => MADE_HERE.test(action ?? ''));
  return [...new Set(made.map(([commit]) => commit ?? ''))];
}

/** The newest of them that HEAD did not leave by a reset: what an agent took back is not its work. */
export function lastMadeHere(reflog: readonly string[]): string | undefined {
  const lines = reflog.map((line) => line.split('\t'));
  const at = lines.findIndex(([, action = '']) => MADE_HERE.test(action));
  const next = lines[at - 1]?.[1] ?? '';
  return at === -1 || next.startsWith('reset:') ? undefined : lines[at]?.[0];
}
