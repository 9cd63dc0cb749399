// What can be known before the agent starts, so that no finished work fails for it: room on the disk, the right to push, the programs
// of the verify commands.

import { isAbsolute } from 'node:path';
import { freeBytes } from '@agentcom/schemas/host';
import { wordsOf } from '@agentcom/schemas/words';
import { findProgram } from '../host/exec.js';
import { failureOf, GitFailure } from './failures.js';
import type { Mirror } from './mirror.js';

/** Less than that holds no worktree worth a start. */
const FREE_BYTES_MIN = 64 * 1024 * 1024;
/** How long it is believed that the remote takes what is pushed. */
const PUSH_ALLOWED_MS = 10 * 60_000;
/** A branch that nobody has: to ask for its removal, without doing it, needs the right to push and nothing else. */
const NO_BRANCH = 'refs/heads/agentcom-push-check';

export async function needDisk(dir: string): Promise<void> {
  if ((await freeBytes(dir)) >= FREE_BYTES_MIN) return;
  const message = `less than ${FREE_BYTES_MIN / 1024 / 1024} MiB are free in ${dir}: free up some space there`;
  throw new GitFailure({ class: 'machine', code: 'git.disk_full', message });
}

/** Asks each remote once in a while. */
export class PushRights {
  readonly #askedAt = new Map<string, number>();

  /** Rejects when the remote says no; that it cannot be asked is found out by others. */
  async need(mirror: Mirror, signal: AbortSignal): Promise<void> {
    const { url } = mirror;
    const askedAt = this.#askedAt.get(url);
    if (askedAt !== undefined && performance.now() - askedAt < PUSH_ALLOWED_MS) return;
    try {
      const args = ['push', '--dry-run', '--quiet', '--no-verify', '--end-of-options', url, `:${NO_BRANCH}`];
      await mirror.remote(signal, args, { answers: [1] });
    } catch (error) {
      if (signal.aborted) throw error;
      const { code, message } = failureOf(error);
      if (code !== 'git.auth' && code !== 'git.push_refused' && code !== 'git.not_found') return;
      throw new GitFailure({
        class: 'permanent',
        code: 'git.push_denied',
        message: `this machine can fetch from the repository but not push to it; give its user push access. ${message}`,
        mend: 'person',
      });
    }
    this.#askedAt.set(url, performance.now());
  }
}

/** A program that is named by its path in the worktree may come with the work itself. Undefined `searchPath`: they run elsewhere. */
export async function needPrograms(commands: readonly string[], searchPath: string | undefined): Promise<void> {
  for (const command of commands) {
    const words = wordsOf(command);
    if (!words.ok) throw unusable('verify.not_plain', command, words.problem);
    const [program] = words.words;
    if (searchPath === undefined || (program.includes('/') && !isAbsolute(program))) continue;
    if ((await findProgram(program, { PATH: searchPath }, '/')) === undefined) {
      const why = `${program} is not installed here, or not on the PATH of the sidecar`;
      throw unusable('verify.not_found', command, why);
    }
  }
}

function unusable(code: string, command: string, why: string): GitFailure {
  return new GitFailure({
    class: 'permanent',
    code,
    message: `the check \`${command}\` cannot be run: ${why}`,
    mend: 'person',
  });
}
