// Looks at what every task needs of this machine: room and leave to write, the Node and the command that agents are started with, git, and the
// programs of its agents. What cannot be told within its time counts as well: a slow machine is not a broken one.

import { constants } from 'node:fs';
import { access, open, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunnerKind, Unfit } from '@agentcom/schemas';
import { codeOf, freeBytes, makeDirectories } from '@agentcom/schemas/host';
import type { SidecarConfig } from './config.js';
import { lowDisk } from './core/machine-fault.js';
import type { ProbeResult } from './fitness-watch.js';
import { GIT_MINIMUM, isAtLeast } from './git/version.js';
import { type Environment, exec, findProgram, TIMED_OUT } from './host/exec.js';
import { whyNoContainer } from './host/run-container.js';
import { faultText } from './host/run-user.js';
import { needsOf, whyUnusable } from './run-user-probe.js';
import { KINDS } from './runners/kinds/index.js';
import type { SignInWatch } from './sign-in-watch.js';

const TIMEOUT_MS = 10_000;
const SHEBANG_BYTES = 256;
const PROBE_FILE = '.probe';
/** The Node or the command that this sidecar runs by. */
export const PROGRAM_GONE = 'machine.program_gone';

export interface ProbeTarget {
  readonly config: SidecarConfig;
  readonly env: Environment;
  /** Files without which no agent can be started: the Node that runs this, and the command's own. */
  readonly programs: readonly string[];
  readonly signIns: Pick<SignInWatch, 'unfit'>;
}

export async function probeMachine(target: ProbeTarget): Promise<ProbeResult> {
  const { config, env, programs, signIns } = target;
  const { runner, stateDir, repoRoot, git } = config;
  const kinds = [...new Set<RunnerKind>([runner.kind, ...runner.also])];
  const [disk, state, repos, ownPrograms, gitFound, user, container, ...runners] = await Promise.all([
    diskOf(config),
    writable(stateDir),
    writable(repoRoot),
    firstMissing(programs),
    gitOf(git.program, env),
    userOf(config, env),
    containerOf(config, env),
    ...kinds.map((kind) => runnerOf(config, kind, env)),
  ]);
  const found = new Map<RunnerKind, Unfit>();
  for (const [index, kind] of kinds.entries()) {
    const unfit = runners[index] ?? signIns.unfit(kind);
    if (unfit !== undefined) found.set(kind, unfit);
  }
  const unfit = disk ?? state ?? repos ?? ownPrograms ?? gitFound ?? user ?? container ?? found.get(runner.kind);
  return { unfit, withoutRunners: new Map([...found].map(([kind, { message }]) => [kind, message])) };
}

async function diskOf({ repoRoot, lowDiskBytes }: SidecarConfig): Promise<Unfit | undefined> {
  try {
    return lowDisk(await freeBytes(repoRoot), lowDiskBytes, repoRoot);
  } catch {
    // What is wrong with the directory is found by writing there.
    return undefined;
  }
}

async function writable(dir: string): Promise<Unfit | undefined> {
  const file = join(dir, PROBE_FILE);
  try {
    await makeDirectories(dir, 0o700);
    await writeFile(file, '', { mode: 0o600 });
    await unlink(file);
    return undefined;
  } catch (error) {
    const message = `${dir} is not writable (${codeOf(error) ?? String(error)}): correct its owner, permissions or file system`;
    return { code: 'machine.not_writable', message };
  }
}

async function firstMissing(files: readonly string[]): Promise<Unfit | undefined> {
  for (const file of files) {
    try {
      await access(file);
    } catch (error) {
      const message = `${file}, which this sidecar runs on, is gone (${codeOf(error) ?? String(error)}): restart the sidecar, or join again`;
      return { code: PROGRAM_GONE, message };
    }
  }
  return undefined;
}

async function gitOf(program: string, env: Environment): Promise<Unfit | undefined> {
  const answer = await exec(program, ['--version'], { env, timeoutMs: TIMEOUT_MS });
  if (!answer.ok) {
    if (answer.reason === TIMED_OUT) return undefined;
    return { code: 'machine.git_missing', message: `${program} does not run (${answer.reason}): install git` };
  }
  if (isAtLeast(answer.stdout, GIT_MINIMUM)) return undefined;
  const message = `${answer.stdout} is too old: install git ${GIT_MINIMUM.join('.')} or newer`;
  return { code: 'machine.git_too_old', message };
}

async function userOf({ runner, stateDir, repoRoot }: SidecarConfig, env: Environment): Promise<Unfit | undefined> {
  if (runner.user === undefined) return undefined;
  const dirs = [repoRoot, join(stateDir, 'bin')];
  const fault = await whyUnusable({ name: runner.user, dirs, ...needsOf(runner, env) });
  return fault && { code: 'machine.user_unusable', message: faultText(fault) };
}

async function containerOf({ runner }: SidecarConfig, env: Environment): Promise<Unfit | undefined> {
  const { engine, image } = runner.container;
  const fault = image === undefined ? undefined : await whyNoContainer({ engine, image }, env);
  return fault && { code: 'machine.container_unusable', message: faultText(fault) };
}

async function runnerOf({ runner }: SidecarConfig, kind: RunnerKind, env: Environment): Promise<Unfit | undefined> {
  // It is in the image.
  if (runner.container.image !== undefined) return undefined;
  const { program: usual, versionArgs = [] } = KINDS.get(kind) ?? {};
  const configured = kind === 'command' ? runner.argv[0] : kind === runner.kind ? runner.program : undefined;
  const name = configured ?? usual ?? undefined;
  if (name === undefined) return undefined;
  const path = await findProgram(name, env, '/');
  if (path === undefined) return missing(`program ${name} not found on PATH, or not executable`);
  const interpreter = await missingInterpreter(path, env);
  if (interpreter !== undefined) return missing(`${path} needs ${interpreter}, which is gone`);
  if (versionArgs.length === 0) return undefined;
  const answer = await exec(path, versionArgs, { env, timeoutMs: TIMEOUT_MS });
  if (answer.ok || answer.reason === TIMED_OUT) return undefined;
  return missing(`${path} does not run (${answer.reason})`);
}

function missing(message: string): Unfit {
  return { code: 'machine.agent_missing', message: `${message}: install it, or correct the configuration` };
}

/** Of a script whose first line names a program that is not there, as after an upgrade of Node. */
async function missingInterpreter(path: string, env: Environment): Promise<string | undefined> {
  const [program = '', argument] = await interpreterOf(path);
  if (program === '') return undefined;
  const isThere = await access(program, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isThere) return program;
  const isLookedUp = program.endsWith('/env') && argument !== undefined && !/^-|=/.test(argument);
  return isLookedUp && (await findProgram(argument, env, '/')) === undefined ? argument : undefined;
}

/** The words of a script's first line; none for anything else, or what cannot be read. */
async function interpreterOf(path: string): Promise<readonly string[]> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(SHEBANG_BYTES), 0, SHEBANG_BYTES, 0);
      const [line = ''] = buffer.toString('latin1', 0, bytesRead).split('\n');
      return line.startsWith('#!') ? line.slice(2).trim().split(/\s+/) : [];
    } finally {
      await file.close();
    }
  } catch {
    return [];
  }
}
