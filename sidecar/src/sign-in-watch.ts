// Remembers which kinds of agent are signed out on this machine, and looks at their credentials to see when that is over.

import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import type { RunnerKind, Unfit } from '@agentcom/schemas';
import { clip } from '@agentcom/schemas/clip';
import { codeOf } from '@agentcom/schemas/host';
import { LIMITS } from '@agentcom/schemas/limits';
import type { Job } from './core/job-model.js';
import { isStillSignedOut, type SignedOut, signedOut } from './core/sign-in.js';
import { hasWorked } from './core/turn-evidence.js';
import { NOT_SIGNED_IN } from './core/turn-verdict.js';
import type { Environment } from './host/exec.js';
import { credentialPlaces } from './runners/credential-files.js';
import { KINDS } from './runners/kinds/index.js';

export class SignInWatch {
  readonly #env: Environment;
  readonly #now: () => number;
  readonly #files: readonly string[];
  readonly #out = new Map<RunnerKind, SignedOut & { readonly unfit: Unfit }>();

  /** `files`: beside those of the tools, such as the token of a gateway. */
  constructor(env: Environment, now: () => number, files: readonly string[] = []) {
    this.#env = env;
    this.#now = now;
    this.#files = files;
  }

  /** Of a job whose turn ended, or that failed. */
  ended({ runner: { kind }, failure, exit }: Job): void {
    if (failure?.code === NOT_SIGNED_IN) {
      const { code, message } = failure;
      const unfit = { code, message: clip(message, LIMITS.unfitMessageBytes) };
      this.#out.set(kind, { ...signedOut(this.#out.get(kind), this.#credentialsOf(kind), this.#now()), unfit });
    } else if (exit !== null && hasWorked(exit)) this.#out.delete(kind);
  }

  /** Why no task can be started with this kind; undefined when one can, or may be tried. */
  unfit(kind: RunnerKind): Unfit | undefined {
    const out = this.#out.get(kind);
    if (out === undefined || !isStillSignedOut(out, this.#credentialsOf(kind), this.#now())) return undefined;
    return out.unfit;
  }

  /** Changes with every sign-in that is kept in a file, where this environment has the tool look for it. */
  #credentialsOf(kind: RunnerKind): string {
    const home = this.#env.HOME ?? homedir();
    const files = KINDS.get(kind)?.signedIn.files ?? [];
    const places = credentialPlaces(files, this.#env, home).map(({ path }) => path);
    return [...places, ...this.#files].map(lookOf).join();
  }
}

function lookOf(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino}:${size}:${mtimeMs}`;
  } catch (error) {
    return codeOf(error) ?? '';
  }
}
