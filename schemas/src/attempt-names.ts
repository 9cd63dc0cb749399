// The names of what an attempt makes in git. The sidecar makes them, and the hub holds what an agent's key reports against them.

interface OfAttempt {
  readonly agent: string;
  readonly task: string;
  readonly generation: number;
}

/** `<last 12 hex of the task id>-g<generation>`. */
export function attemptName({ task, generation }: Pick<OfAttempt, 'task' | 'generation'>): string {
  return `${task.replaceAll('-', '').slice(-12)}-g${generation}`;
}

/**
 * What the branch of an attempt may be called, before what is read from the title, with the form that is tried first in the first place. Where the
 * remote has a branch in its way, as `agentcom` would be, the slashes are hyphens.
 */
export function branchForms(attempt: OfAttempt): readonly string[] {
  const name = attemptName(attempt);
  return [
    `agentcom/${attempt.agent}/${name}`,
    `agentcom-${attempt.agent}/${name}`,
    `agentcom-${attempt.agent}-${name}`,
  ];
}

/** Whether a branch is that of the attempt, whatever its title, and however many such names were taken. */
export function isAttemptBranch(branch: string, attempt: OfAttempt): boolean {
  return branchForms(attempt).some(
    (form) => branch.startsWith(form) && /^(?:-[a-z0-9-]*)?$/.test(branch.slice(form.length)),
  );
}

/** Where work that did not pass is kept, in the cached repository. */
export function salvageRefOf(attempt: OfAttempt): string {
  return `refs/agentcom/salvage/${attempt.agent}/${attemptName(attempt)}`;
}
