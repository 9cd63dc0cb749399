// Finds the work that an attempt before has left on this machine, so that the next one goes on with it.

import { beganRef, isSalvageSubject } from '../core/git-policy.js';
import type { Mirror } from './mirror.js';

export interface SalvagedWork {
  /** What the branch began from then. */
  readonly began: string;
  /** Where the branch begins now. */
  readonly tip: string;
  /** Whose files the worktree gets: `tip` or what was not committed on top of it. */
  readonly files: string;
}

/**
 * Null when there is none, and when the history it began from is no longer part of the base: then nobody can say which of its
 * commits are the attempt's.
 */
export async function findSalvagedWork(
  mirror: Mirror,
  task: string,
  ref: string,
  base: string,
  signal: AbortSignal,
): Promise<SalvagedWork | null> {
  if (!ref.startsWith('refs/agentcom/salvage/')) return null;
  const kept = await mirror.commitAt(signal, ref);
  const began = await mirror.commitAt(signal, beganRef(ref));
  if (kept === null || began === null) return null;
  if (!(await mirror.isAncestor(signal, began, kept)) || !(await mirror.isAncestor(signal, began, base))) return null;
  return { began, files: kept, tip: await lastOfTheAgent(mirror, task, kept, signal) };
}

/** The sidecar's own commit on top is taken back, unless it joins two lines of work: then only the whole of it has both. */
async function lastOfTheAgent(mirror: Mirror, task: string, kept: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await mirror.local(signal, ['log', '-1', '--format=%P%n%s', kept]);
  const [parents = '', subject = ''] = stdout.split('\n');
  return isSalvageSubject(subject, task) && /^[0-9a-f]+$/.test(parents) ? parents : kept;
}
