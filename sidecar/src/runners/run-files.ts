// The files by which a sidecar and the shim of one process (a turn, or a verify command) know of each other, across the death of either.

import { dirname, join } from 'node:path';
import type { RunnerKind } from '@agentcom/schemas';
import { isProcessIdentity, type ProcessIdentity } from '@agentcom/schemas/host';
import type { Exit, ResumedSession } from '../core/attempt.js';
import type { RunProgress } from '../core/job-model.js';
import type { RunPlan } from '../core/run-model.js';
import type { ProcessTag } from '../host/attempt-processes.js';
import { readOwn } from '../host/own-file.js';
import type { ContainerMark, RunContainer } from '../host/run-container.js';
import type { RunUser } from '../host/run-user.js';
import type { TurnRequest } from './kind.js';

export interface RunPaths {
  /** What to run; written by the sidecar. */
  readonly spec: string;
  /** Created once, by the shim before anything is started, or by a sidecar that forbids the run. */
  readonly run: string;
  /** The newest of what is known of the run. */
  readonly progress: string;
  readonly exit: string;
  /** What the shim itself has to say, when it cannot do its work. */
  readonly shimLog: string;
  /** What the agent is given. */
  readonly files: string;
  /** Messages to be said to the agent while it runs. */
  readonly messages: string;
  /** Of the whole attempt: there once nothing more of it may begin. */
  readonly halted: string;
  /** Of the whole attempt: the log of its output. */
  readonly output: string;
}

/** `dir`: of one process, directly in that of its attempt. */
export function runPaths(dir: string): RunPaths {
  return {
    spec: join(dir, 'spec.json'),
    run: join(dir, 'run.json'),
    progress: join(dir, 'progress.json'),
    exit: join(dir, 'exit.json'),
    shimLog: join(dir, 'shim.log'),
    files: join(dir, 'files'),
    messages: join(dir, 'messages'),
    halted: haltedPath(dirname(dir)),
    output: outputDir(dirname(dir)),
  };
}

export function turnDir(attemptDir: string, turn: number): string {
  return join(attemptDir, `turn-${turn}`);
}

/** `index`: 1 for the first command. */
export function setupDir(attemptDir: string, index: number): string {
  return join(attemptDir, `setup-${index}`);
}

export function isSetupDir(name: string): boolean {
  return /^setup-\d+$/.test(name);
}

/** `index`: 1 for the first command. The commands run anew after each turn whose work is checked, and when one before came to no verdict. */
export function verifyDir(attemptDir: string, turn: number, tries: number, index: number): string {
  return join(attemptDir, `verify-${turn}-${tries}-${index}`);
}

/** Of the names in the directory of an attempt, those of processes. */
export function isRunDir(name: string): boolean {
  return /^(turn|setup|verify-\d+-\d+)-\d+$/.test(name);
}

export function haltedPath(attemptDir: string): string {
  return join(attemptDir, 'halted');
}

export function outputDir(attemptDir: string): string {
  return join(attemptDir, 'output');
}

export interface RunSpec {
  readonly work:
    | { readonly type: 'turn'; readonly kind: RunnerKind; readonly turn: TurnRequest }
    | { readonly type: 'command'; readonly line: string; readonly argv: readonly [string, ...string[]] };
  readonly cwd: string;
  readonly plan: RunPlan;
  readonly stopGraceMs: number;
  readonly tag: ProcessTag;
  /** How our own MCP server is started: what of it outlives the agent was no work of the agent's. */
  readonly ours: readonly (readonly string[])[];
  /** As whom the program runs, when that is not the sidecar's own user. */
  readonly user?: RunUser;
  /** In which it runs, if in any. */
  readonly container?: RunContainer;
  /** Whether to try for a control group. */
  readonly confined: boolean;
}

/** What the shim is told by its standard input, so that it is never on disk. */
export interface ShimOrder {
  /** Of the program. */
  readonly env: Readonly<Record<string, string>>;
  /** What must not be shown, also where that is not in `env`. */
  readonly secrets: readonly string[];
}

/** The shim leads a process group of its own, in which the agent runs: its mark names the group as well. */
export type RunRecord =
  | {
      readonly shim: ProcessIdentity;
      /** The directory of the control group that the program is in, where one could be had. */
      readonly cgroup?: string;
      readonly user?: RunUser;
      readonly container?: ContainerMark;
    }
  | { readonly forbidden: true };

/** What a turn has told so far, how its session could be resumed, and what it said of its end. */
export interface ProgressRecord {
  readonly progress: RunProgress;
  readonly session: ResumedSession | null;
  readonly final: Exit['final'];
}

export interface ExitRecord {
  /** Why the agent could not be started, as the system names it. */
  readonly startError: string | null;
  readonly exit: Exit;
}

/** Undefined when there is none yet. */
export async function readRun(paths: RunPaths): Promise<RunRecord | undefined> {
  const value = await readJson(paths.run);
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null && 'shim' in value) {
    const { shim } = value;
    const cgroup = 'cgroup' in value && typeof value.cgroup === 'string' ? { cgroup: value.cgroup } : {};
    const user = 'user' in value ? { user: value.user as RunUser } : {};
    const container = 'container' in value ? { container: value.container as ContainerMark } : {};
    if (isProcessIdentity(shim)) return { shim, ...cgroup, ...user, ...container };
  }
  return { forbidden: true };
}

export async function readExit(paths: RunPaths): Promise<ExitRecord | undefined> {
  return (await readJson(paths.exit)) as ExitRecord | undefined;
}

export async function readProgress(paths: RunPaths): Promise<ProgressRecord | undefined> {
  try {
    return (await readJson(paths.progress)) as ProgressRecord | undefined;
  } catch (error) {
    // It is written often and so not durably: a machine that lost its power may have left anything.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function readJson(path: string): Promise<unknown> {
  const text = (await readOwn(path))?.toString('utf8');
  return text === undefined ? undefined : JSON.parse(text);
}
