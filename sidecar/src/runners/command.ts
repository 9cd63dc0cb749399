// The runner for any command: starts it once for an attempt, watches it, finds it again after a restart, and ends it.

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptId, Exit } from '../core/attempt.js';
import type { Job } from '../core/job-model.js';
import { createDurably } from '../host/durable-file.js';
import { groupLives, signalGroup } from '../host/process-group.js';
import { isAlive } from '../host/process-mark.js';
import type { Outcome, Progress, Runner } from '../ports.js';
import { agentEnvironment } from './environment.js';
import { outputTail } from './output-log.js';
import { parseProgress } from './progress.js';
import {
  type ExitRecord,
  type RunPaths,
  type RunSpec,
  readExit,
  readProgress,
  readRun,
  runPaths,
} from './run-files.js';

export interface RunnerSettings {
  /** Program and arguments. */
  readonly argv: readonly [string, ...string[]];
  /** How the shim is started, without the directory that it gets as last argument. */
  readonly shim: readonly [string, ...string[]];
  /** What is kept of the output, in bytes. */
  readonly outputBytes: number;
  /** Between the request to end and the end by force. */
  readonly graceMs: number;
  /** The directory with the files of an attempt's run. */
  readonly dirOf: (attempt: AttemptId) => string;
  /** The environment of the sidecar, of which the agent gets a part. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the agent gets beside. */
  readonly ownEnv: Readonly<Record<string, string>>;
}

const POLL_MS = 100;
const TAIL_BYTES = 2 * 1024;
/** After the end by force, which only a process in the kernel's hands can outlive. */
const GONE_WITHIN_MS = 5_000;

export class CommandRunner implements Runner {
  readonly #settings: RunnerSettings;

  constructor(settings: RunnerSettings) {
    this.#settings = settings;
  }

  async run(job: Job, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<Outcome<Exit>> {
    const dir = this.#settings.dirOf({ task: job.task.id, generation: job.generation });
    const paths = runPaths(dir);
    const started = (await readRun(paths)) === undefined ? await this.#start(job, dir, paths) : null;
    let told: string | undefined;
    for (;;) {
      // In this order: what was gone before we looked for its outcome, and left none, leaves none.
      const shimEnded = started === null || started.hasEnded();
      const run = await readRun(paths);
      const shim = run !== undefined && 'shim' in run ? run.shim : undefined;
      const isRunning = run === undefined ? !shimEnded : shim !== undefined && isAlive(shim);
      const exit = await readExit(paths);
      if (exit !== undefined || !isRunning) {
        // Whatever the agent left behind in its group goes with it.
        if (shim !== undefined) signalGroup(shim, 'SIGKILL');
        if (run === undefined) return notStarted(await shimSaid(paths, started));
        return this.#endOf(exit, await outputTail(paths, TAIL_BYTES));
      }
      const message = await readProgress(paths);
      if (message !== undefined && message !== told) {
        told = message;
        const progress = parseProgress(message);
        if (progress !== undefined) onProgress(progress);
      }
      await sleep(POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  async halt(attempt: AttemptId): Promise<void> {
    const paths = runPaths(this.#settings.dirOf(attempt));
    if (await createDurably(paths.run, JSON.stringify({ forbidden: true }))) return;
    const run = await readRun(paths);
    if (run === undefined || !('shim' in run)) return;
    signalGroup(run.shim, 'SIGTERM');
    const hasEnded = async () => (await readExit(paths)) !== undefined || !groupLives(run.shim);
    await until(hasEnded, this.#settings.graceMs);
    signalGroup(run.shim, 'SIGKILL');
    await until(async () => !groupLives(run.shim), GONE_WITHIN_MS);
  }

  /** Without a record of its exit, the run vanished. */
  #endOf(exit: ExitRecord | undefined, tail: string): Outcome<Exit> {
    if (exit === undefined) return { ok: true, value: { code: null, signal: null, tail, seconds: 0 } };
    const { code, signal, startError, startedAtMs, endedAtMs } = exit;
    if (startError !== null) return notStarted(`${this.#settings.argv[0]} cannot be started: ${startError}`);
    return { ok: true, value: { code, signal, tail, seconds: Math.max(0, endedAtMs - startedAtMs) / 1000 } };
  }

  async #start({ task, generation, workspace }: Job, dir: string, paths: RunPaths): Promise<Started> {
    const { argv, shim, outputBytes, env, ownEnv } = this.#settings;
    const spec: RunSpec = { argv, cwd: workspace?.dir ?? dir, outputBytes: Math.ceil(outputBytes / 2) };
    await writeFile(paths.prompt, task.prompt, { mode: 0o600 });
    await writeFile(paths.spec, JSON.stringify(spec), { mode: 0o600 });
    const about = { AGENTCOM_TASK_ID: task.id, AGENTCOM_GENERATION: String(generation) };
    return startShim([...shim, dir], agentEnvironment(env, { ...ownEnv, ...about }), paths);
  }
}

interface Started {
  hasEnded(): boolean;
  error(): string | null;
}

function startShim(argv: readonly string[], env: Readonly<Record<string, string>>, paths: RunPaths): Started {
  const [program = '', ...args] = argv;
  const log = openSync(paths.shimLog, 'w', 0o600);
  let hasEnded = false;
  let problem: string | null = null;
  try {
    const child = spawn(program, args, { detached: true, env, stdio: ['ignore', log, log] });
    child.once('exit', () => {
      hasEnded = true;
    });
    child.once('error', (error) => {
      hasEnded = true;
      problem = error.message;
    });
    child.unref();
  } finally {
    closeSync(log);
  }
  return { hasEnded: () => hasEnded, error: () => problem };
}

function notStarted(message: string): Outcome<Exit> {
  return { ok: false, failure: { class: 'transient', code: 'runner.not_started', message } };
}

async function shimSaid(paths: RunPaths, started: Started | null): Promise<string> {
  const said = started?.error() ?? (await outputTail({ ...paths, output: paths.shimLog }, TAIL_BYTES)).trim();
  return said === '' ? 'the process that starts the agent ended at once' : said;
}

async function until(condition: () => Promise<boolean>, withinMs: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < withinMs && !(await condition()); waitedMs += POLL_MS) await sleep(POLL_MS);
}
