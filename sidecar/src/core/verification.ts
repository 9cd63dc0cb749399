// What is run before work is taken, and what it means when it does not succeed.

import type { SidecarSettings, VerificationRun } from '@agentcom/schemas';
import { clip, clipEnd } from '@agentcom/schemas/clip';
import { LIMITS } from '@agentcom/schemas/limits';
import type { Failure, RepoSettings } from './attempt.js';
import type { Job } from './job-model.js';

/** The task's own commands, or else those of the repository. */
export function verifyCommands({
  task,
  workspace,
}: Pick<Job, 'task'> & {
  readonly workspace: { readonly kind: 'scratch' } | { readonly kind: 'git'; readonly settings: RepoSettings } | null;
}): readonly string[] {
  return task.verify ?? (workspace?.kind === 'git' ? workspace.settings.verify : []);
}

/** Whose verify commands this machine runs. */
export type VerifyPolicy = SidecarSettings['verify']['commands'];

/** Undefined unless the task asks for commands that this machine does not take from a task. */
export function verifyRefusal({ verify = [], push }: Job['task'], policy: VerifyPolicy): Failure | undefined {
  // Work that a person has let through is not verified again.
  if (policy === 'task' || verify.length === 0 || push !== undefined) return undefined;
  const message =
    'the task names verify commands, which this machine takes from no task: list them in the .agentcom.toml of the repository, or set `verify.commands = "task"` in sidecar.toml';
  return { class: 'permanent', code: 'verify.not_allowed', message, mend: 'person' };
}

/** A repository's settings, as far as this machine follows them. */
export function followedSettings(settings: RepoSettings, policy: VerifyPolicy): RepoSettings {
  return policy === 'off' ? { ...settings, verify: [] } : settings;
}

/** Null when everything succeeded. */
export function failureOfRuns(runs: readonly VerificationRun[]): Failure | null {
  const failed = firstFailed(runs);
  if (failed === undefined) return null;
  const how = failed.exitCode === undefined ? 'crashed or took too long' : `exited with code ${failed.exitCode}`;
  return {
    class: 'verification',
    code: 'verify.failed',
    message: `the check \`${failed.command}\` ${how}`,
    mend: 'agent',
  };
}

export function firstFailed(runs: readonly VerificationRun[]): VerificationRun | undefined {
  return runs.find(({ exitCode }) => exitCode !== 0);
}

/** Within what the hub takes. */
export function reportableRun({ command, exitCode, seconds, output }: VerificationRun): VerificationRun {
  return {
    command: clip(command, LIMITS.verifyChars),
    ...(exitCode !== undefined && { exitCode }),
    seconds: Math.min(Math.max(seconds, 0), LIMITS.amount),
    output: clipEnd(output, LIMITS.verificationOutputBytes),
  };
}
