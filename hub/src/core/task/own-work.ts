// What an attempt reports of its work in git must be its own: whoever has an agent's key could otherwise show people any branch or address as the
// result of a task, or have any ref pushed by `task push`. The sidecar reports nothing else; it turns the refusal of a result into a failure.

import type { ErrorDetail } from '@agentcom/schemas';
import { isAttemptBranch, isRequestOf, salvageRefOf } from '@agentcom/schemas';
import type { Left } from './events.js';

interface OfTask {
  readonly id: string;
  readonly repo?: { readonly url: string } | undefined;
}

interface OfAttempt {
  readonly agent: string;
  readonly generation: number;
}

interface Named extends Left {
  readonly commit?: string;
}

/** With the path of each in the result, and why. */
export function foreignParts(
  { id: task, repo }: OfTask,
  { agent, generation }: OfAttempt,
  { branch, commit, pullRequest }: Named,
): ErrorDetail[] {
  if (branch === undefined && commit === undefined && pullRequest === undefined) return [];
  const found = (part: string, message: string) => ({ path: `/result/${part}`, message });
  if (repo === undefined) {
    return Object.entries({ branch, commit, pullRequest }).flatMap(([part, value]) =>
      value === undefined ? [] : [found(part, 'must be absent: the task has no repository')],
    );
  }
  return [
    ...(branch === undefined || isAttemptBranch(branch, { agent, generation, task })
      ? []
      : [found('branch', 'must be the branch that was made for the attempt')]),
    ...(pullRequest === undefined || isRequestOf(repo.url, pullRequest)
      ? []
      : [found('pullRequest', "must be at the host of the task's repository")]),
  ];
}

/** The parts that are the attempt's own: an attempt that ended badly has ended, whatever else is said of it. */
export function ownLeft(
  { id: task, repo }: OfTask,
  { agent, generation }: OfAttempt,
  { salvageRef, branch, pullRequest }: Left,
): Left {
  if (repo === undefined) return {};
  const names = { agent, generation, task };
  return {
    ...(salvageRef === salvageRefOf(names) && { salvageRef }),
    ...(branch !== undefined && isAttemptBranch(branch, names) && { branch }),
    ...(pullRequest !== undefined && isRequestOf(repo.url, pullRequest) && { pullRequest }),
  };
}
