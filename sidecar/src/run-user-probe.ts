// Whether the user as whom agents run can be used here: it is there, this user may run programs as it, and it reaches what it is given.

import type { SidecarSettings } from '@agentcom/schemas';
import type { Environment } from './host/exec.js';
import { type Fault, findRunUser, type RunUser, shellAs, UnusableUser } from './host/run-user.js';
import { KINDS } from './runners/kinds/index.js';

export interface RunUserNeeds {
  readonly name: string;
  /** Directories that it has to pass. */
  readonly dirs: readonly string[];
  /** That it has to be able to start, by name or path. */
  readonly programs: readonly string[];
  readonly searchPath: string;
}

/** The programs that agents need whatever the task. */
export function needsOf(
  runner: SidecarSettings['runner'],
  env: Environment,
): Pick<RunUserNeeds, 'programs' | 'searchPath'> {
  const { kind, argv, program } = runner;
  const own = kind === 'command' ? argv[0] : (program ?? KINDS.get(kind)?.program);
  return { programs: ['git', ...(own === undefined || own === null ? [] : [own])], searchPath: env.PATH ?? '' };
}

/** Undefined when it can be used. */
export async function whyUnusable({ name, dirs, programs, searchPath }: RunUserNeeds): Promise<Fault | undefined> {
  let user: RunUser;
  try {
    user = await findRunUser(name);
  } catch (error) {
    if (error instanceof UnusableUser) return error.fault;
    throw error;
  }
  const may = await succeeds(user, 'exit 0');
  if (may !== undefined) {
    return {
      what: `the sidecar's user may not run programs as ${name} (${may})`,
      remedy: `add the line "USER ALL=(${name}) NOPASSWD: /bin/sh" with visudo`,
    };
  }
  for (const dir of dirs) {
    if ((await succeeds(user, 'cd "$1"', dir)) === undefined) continue;
    const remedy = 'let others pass the directories above it (chmod o+x), or choose another place';
    return { what: `${name} cannot reach ${dir}`, remedy };
  }
  for (const program of programs) {
    const why = await succeeds(user, 'PATH=$2; command -v -- "$1" >/dev/null', program, searchPath);
    if (why !== undefined)
      return { what: `${name} cannot run ${program}`, remedy: 'install it where that user finds it' };
  }
  return undefined;
}

/** What was said when it did not. */
async function succeeds(user: RunUser, script: string, ...args: readonly string[]): Promise<string | undefined> {
  try {
    await shellAs(user, script, args);
    return undefined;
  } catch (error) {
    const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
    return (stderr ?? '').trim().split('\n').at(-1) || message.split('\n')[0];
  }
}
