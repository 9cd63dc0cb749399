// Finds the work that an attempt before has left on this machine, so that the next one goes on with it.

import { beganRef, isSalvageSubject } from '../core/git-policy.js';
import { GitError } from './git.js';
import type { Mirror } from './mirror.js';
import type { Worktree } from './worktree.js';

const SALVAGE = 'refs/agentcom/salvage/';

export interface SalvagedWork {
  /** What the branch began from then. */
  readonly began: string;
  /** Where the branch begins now. */
  readonly tip: string;
  /** Whose files the worktree gets: `tip` or what was not committed on top of it. */
  readonly files: string;
  /** The base no longer has what it was built on: only the attempt's own commits may go on. */
  readonly isOffBase: boolean;
}

/** Null when there is none. */
export async function findSalvagedWork(
  mirror: Mirror,
  task: string,
  ref: string,
  base: string,
  signal: AbortSignal,
): Promise<SalvagedWork | null> {
  if (!ref.startsWith(SALVAGE)) return null;
  const kept = await mirror.commitAt(signal, ref);
  const began = await mirror.commitAt(signal, beganRef(ref));
  if (kept === null || began === null) return null;
  if (!(await mirror.isAncestor(signal, began, kept))) return null;
  const isOffBase = !(await mirror.isAncestor(signal, began, base));
  return { began, files: kept, tip: await lastOfTheAgent(mirror, task, kept, signal), isOffBase };
}

/** As it was left, whatever it stands on: a person wants it. Null when it is gone. */
export async function findWorkToPush(
  mirror: Mirror,
  ref: string,
  base: string,
  signal: AbortSignal,
): Promise<SalvagedWork | null> {
  const kept = ref.startsWith(SALVAGE) ? await mirror.commitAt(signal, ref) : null;
  if (kept === null) return null;
  const began = (await mirror.commitAt(signal, beganRef(ref))) ?? base;
  return { began, tip: kept, files: kept, isOffBase: false };
}

/** Puts it on top of the base that is checked out: commits as commits, changes as changes. False when that does not go. */
export async function replay(tree: Worktree, { began, tip, files }: SalvagedWork): Promise<boolean> {
  try {
    if (tip !== began) await tree.git(['cherry-pick', '--allow-empty', '--end-of-options', `${began}..${tip}`]);
    if (files === tip) return true;
    await tree.git(['cherry-pick', '--no-commit', '--end-of-options', files]);
    await tree.git(['reset', '--quiet', '--mixed']);
    return true;
  } catch (error) {
    if (!(error instanceof GitError) || error.reason !== 'exit') throw error;
    return false;
  }
}

/** The sidecar's own commit on top is taken back, unless it joins two lines of work: then only the whole of it has both. */
async function lastOfTheAgent(mirror: Mirror, task: string, kept: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await mirror.local(signal, ['log', '-1', '--format=%P%n%s', kept]);
  const [parents = '', subject = ''] = stdout.split('\n');
  return isSalvageSubject(subject, task) && /^[0-9a-f]+$/.test(parents) ? parents : kept;
}
