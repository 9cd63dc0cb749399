// The files by which a sidecar and the shim of a run know of each other, across the death of either.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../host/durable-file.js';
import { type ProcessMark, parseMark } from '../host/process-mark.js';

export interface RunPaths {
  /** What to run; written by the sidecar. The environment is the shim's own, so that it is never on disk. */
  readonly spec: string;
  readonly prompt: string;
  /** Created once for an attempt, by the shim before the agent starts, or by a sidecar that forbids the run. */
  readonly run: string;
  /** The newest progress that the agent told of. */
  readonly progress: string;
  readonly output: string;
  /** The part of the output before `output`, once that has been full. */
  readonly outputBefore: string;
  readonly exit: string;
  /** What the shim itself has to say, when it cannot do its work. */
  readonly shimLog: string;
}

export function runPaths(dir: string): RunPaths {
  return {
    spec: join(dir, 'spec.json'),
    prompt: join(dir, 'prompt'),
    run: join(dir, 'run.json'),
    progress: join(dir, 'progress.json'),
    output: join(dir, 'output.log'),
    outputBefore: join(dir, 'output.1.log'),
    exit: join(dir, 'exit.json'),
    shimLog: join(dir, 'shim.log'),
  };
}

export interface RunSpec {
  /** Program and arguments; no shell reads them. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** One half of what is kept of the output. */
  readonly outputBytes: number;
}

/** The shim leads a process group of its own, in which the agent runs: its mark names the group as well. */
export type RunRecord = { readonly shim: ProcessMark } | { readonly forbidden: true };

export interface ExitRecord {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why the agent could not be started, as the system names it. */
  readonly startError: string | null;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** Undefined when there is none yet. */
export async function readRun(paths: RunPaths): Promise<RunRecord | undefined> {
  const value = await readJson(paths.run);
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null && 'shim' in value) {
    const shim = parseMark(value.shim);
    if (shim !== undefined) return { shim };
  }
  return { forbidden: true };
}

export async function readExit(paths: RunPaths): Promise<ExitRecord | undefined> {
  return (await readJson(paths.exit)) as ExitRecord | undefined;
}

/** The newest message about progress, as the agent printed it. */
export function readProgress(paths: RunPaths): Promise<string | undefined> {
  return readIfThere(paths.progress);
}

async function readJson(path: string): Promise<unknown> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : JSON.parse(text);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
