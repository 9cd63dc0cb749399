// What this machine offers: its system, the usual programs, and the agents that are installed here.

import { access } from 'node:fs/promises';
import { arch, hostname, platform, release, type } from 'node:os';
import type { RunnerKind } from '@agentcom/schemas';
import { RUNNERS } from '@agentcom/schemas/names';
import { type Environment, exec, findProgram } from '@agentcom/sidecar/host/exec';
import { credentialPlaces } from '@agentcom/sidecar/runners/credential-files';
import { KINDS } from '@agentcom/sidecar/runners/kinds/index';

/** Each is a capability, and what shows it: a program that ends well with these arguments. */
const PROBES = [
  { capability: 'git', program: 'git', args: ['--version'] },
  { capability: 'python', program: 'python3', args: ['--version'] },
  // Asks the daemon: a client that reaches none runs no container.
  { capability: 'docker', program: 'docker', args: ['version', '--format', '{{.Server.Version}}'] },
  { capability: 'gpu', program: 'nvidia-smi', args: ['-L'] },
] as const;
/** Some drivers and daemons answer late, and a machine that is slow to answer is slow to join. */
const PROBE_TIMEOUT_MS = 5_000;
/** Agents written in JavaScript or Python take their time to start on a small machine. */
const VERSION_TIMEOUT_MS = 20_000;
const VERSION_CHARS = 60;

export interface Places {
  readonly env: Environment;
  readonly home: string;
  readonly cwd: string;
}

export interface Machine {
  readonly capabilities: readonly string[];
  readonly host: string;
  readonly os: string;
}

export async function describeMachine({ env }: Places): Promise<Machine> {
  const found = await Promise.all(
    PROBES.map(async ({ capability, program, args }) => {
      const { ok } = await exec(program, args, { env, timeoutMs: PROBE_TIMEOUT_MS });
      return ok ? [capability] : [];
    }),
  );
  return {
    capabilities: [`os:${platform()}`, `arch:${arch()}`, 'node', ...found.flat()],
    host: hostname().slice(0, 255) || 'unknown',
    os: `${type()} ${release()}`.slice(0, 128),
  };
}

/** Whether a capability is one that is looked for, and so not to be taken from an earlier time. */
export function isDetected(capability: string): boolean {
  if (/^(?:os|arch):/.test(capability) || capability === 'node') return true;
  return PROBES.some((probe) => probe.capability === capability) || RUNNERS.some((kind) => kind === capability);
}

/** An agent of a known kind, or a program that stands for one. */
export interface Tool {
  readonly kind: RunnerKind;
  /** The file that runs. */
  readonly path: string;
  /** The first line of what it calls itself; undefined when it did not say. */
  readonly version: string | undefined;
  /** Undefined: nothing shows that it is signed in. */
  readonly signedInBy: SignedInBy | undefined;
}

/** What shows that a tool is signed in: a variable, or a file. */
export interface SignedInBy {
  /** For people. */
  readonly shown: string;
  /** That its environment must have. */
  readonly variable?: string;
}

/** Every kind whose program is in PATH and runs. */
export async function installedTools(places: Places): Promise<readonly Tool[]> {
  const named = RUNNERS.flatMap((kind) => {
    const program = KINDS.get(kind)?.program;
    return program ? [{ kind, program }] : [];
  });
  const tools = await Promise.all(named.map(({ kind, program }) => toolOf(kind, program, places)));
  return tools.filter((tool) => tool?.version !== undefined) as readonly Tool[];
}

/** Undefined when there is no such program. */
export async function toolOf(kind: RunnerKind, program: string, places: Places): Promise<Tool | undefined> {
  const path = await findProgram(program, places.env, places.cwd);
  if (path === undefined) return undefined;
  return { kind, path, version: await versionOf(kind, path, places), signedInBy: await signedInBy(kind, places) };
}

async function versionOf(kind: RunnerKind, path: string, { env }: Places): Promise<string | undefined> {
  const args = KINDS.get(kind)?.versionArgs ?? [];
  if (args.length === 0) return undefined;
  const answer = await exec(path, args, { env, timeoutMs: VERSION_TIMEOUT_MS });
  return answer.ok ? (answer.stdout.split('\n', 1)[0] ?? '').slice(0, VERSION_CHARS) : undefined;
}

/** Undefined when nothing shows it. */
export async function signedInBy(kind: RunnerKind, { env, home }: Places): Promise<SignedInBy | undefined> {
  const { env: variables = [], files = [] } = KINDS.get(kind)?.signedIn ?? {};
  const variable = variables.find((name) => env[name]);
  if (variable !== undefined) return { shown: variable, variable };
  for (const { path, ...by } of credentialPlaces(files, env, home)) if (await isThere(path)) return by;
  return undefined;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
