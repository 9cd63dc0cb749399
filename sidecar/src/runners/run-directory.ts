// One process of an attempt, as a sidecar sees it: by the files in its directory. It is begun once, whatever dies on the way; it is
// found again after a restart, and it can be ended.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { tailOf } from '@agentcom/schemas/clip';
import {
  codeOf,
  createDurably,
  isRunning,
  makePrivateDirectory,
  type ProcessIdentity,
  writeDurably,
} from '@agentcom/schemas/host';
import type { RunProgress } from '../core/job-model.js';
import { killAll, type ProcessTag } from '../host/attempt-processes.js';
import { APPEND_OWN, openOwn } from '../host/own-file.js';
import { groupLives, signalGroup } from '../host/process-group.js';
import {
  type ExitRecord,
  type ProgressRecord,
  type RunPaths,
  type RunRecord,
  type RunSpec,
  readExit,
  readProgress,
  readRun,
  runPaths,
  type ShimOrder,
} from './run-files.js';

const POLL_MS = 100;
/** For the shim, to write down how what it ended took it. */
const SHIM_GRACE_MS = 2_000;
/** After the end by force, which only a process in the kernel's hands can outlive. */
const GONE_WITHIN_MS = 5_000;
const SAID_BYTES = 2 * 1024;

/** What is to be begun, should it not have been. */
export interface Beginning {
  readonly spec: RunSpec;
  /** Of the program. */
  readonly env: Readonly<Record<string, string>>;
  /** What must not be shown, also where that is not in `env`; the shim alone is told, and nothing is kept of it on disk. */
  readonly secrets: readonly string[];
}

export type Ended =
  | { readonly how: 'exited'; readonly record: ExitRecord }
  /** Its shim is gone and left nothing but what was told by then; or it was forbidden. */
  | { readonly how: 'vanished'; readonly last: ProgressRecord | undefined }
  | { readonly how: 'not begun'; readonly why: string };

type Begun = Extract<RunRecord, { shim: ProcessIdentity }>;

export class RunDirectory {
  readonly #dir: string;
  readonly #paths: RunPaths;
  readonly #shim: readonly [string, ...string[]];
  #awaiting: Promise<Shim> | null = null;
  /** Starts another shim for the same order, where the first one may have ended while it waited for it. */
  #startAnew: (() => Promise<Shim>) | null = null;

  /** `shim`: how one is started, without the directory that it gets as last argument. */
  constructor(dir: string, shim: readonly [string, ...string[]]) {
    this.#dir = dir;
    this.#paths = runPaths(dir);
    this.#shim = shim;
  }

  /** Starts its shim, which takes a while, before it is known what to run. It ends when that is not said: by `dismiss`, or as the sidecar ends. */
  anticipate(tag: ProcessTag): void {
    this.#awaiting = this.#startShim(tag);
    // The next one is started when it is needed, and tells why it cannot be.
    this.#awaiting.catch(() => undefined);
  }

  dismiss(): void {
    void this.#awaiting?.then((shim) => shim.dismiss()).catch(() => undefined);
    this.#awaiting = null;
  }

  /** Begins it or finds it, and waits for its end. Rejects with the signal's reason. */
  async follow(
    begin: () => Beginning,
    tag: ProcessTag,
    onProgress: (progress: RunProgress) => void,
    signal: AbortSignal,
  ): Promise<Ended> {
    let started = await this.#startOnce(begin, tag);
    let told: string | undefined;
    for (;;) {
      // In this order: what was gone before we looked for its outcome, and left none, leaves none.
      const shimEnded = started === null || started.hasEnded;
      const run = await readRun(this.#paths);
      const shim = run !== undefined && 'shim' in run ? run.shim : undefined;
      const lives = run === undefined ? !shimEnded : shim !== undefined && isRunning(shim);
      const record = await readExit(this.#paths);
      if (record !== undefined || !lives) {
        if (run === undefined && this.#startAnew !== null) {
          started = await this.#startAnew();
          this.#startAnew = null;
          continue;
        }
        if (run === undefined) return { how: 'not begun', why: await this.#whyNot(started) };
        if (record !== undefined) return { how: 'exited', record };
        if ('shim' in run) await killGroup(run, tag);
        return { how: 'vanished', last: await readProgress(this.#paths) };
      }
      const last = await readProgress(this.#paths);
      const text = JSON.stringify(last?.progress);
      if (last !== undefined && text !== told) {
        told = text;
        onProgress(last.progress);
      }
      if (started === null || started.hasEnded === shimEnded) await untilNextLook(started, signal);
    }
  }

  /** Asks for its end, which comes out of `follow`. */
  async end(): Promise<void> {
    const run = await readRun(this.#paths);
    if (run === undefined || !('shim' in run) || !isRunning(run.shim)) return;
    signalShim(run.shim, 'SIGUSR2');
  }

  /** Resolves when nothing of it is left and it cannot begin. */
  async halt(tag: ProcessTag, graceMs: number): Promise<void> {
    // What has begun needs no forbidding, for which a full disk has no room.
    const begun = await readRun(this.#paths);
    if (begun === undefined && (await createDurably(this.#paths.run, JSON.stringify({ forbidden: true })))) return;
    const run = begun ?? (await readRun(this.#paths));
    if (run === undefined || !('shim' in run)) return;
    const { shim } = run;
    // It ends the program in the way from which most can be learnt; without it there is nobody to listen.
    if (isRunning(shim)) signalShim(shim, 'SIGTERM');
    else signalGroup(shim, 'SIGTERM');
    const hasEnded = async () => (await readExit(this.#paths)) !== undefined || !groupLives(shim);
    const giveUpAt = performance.now() + graceMs + SHIM_GRACE_MS;
    while (!(await hasEnded()) && performance.now() < giveUpAt) await sleep(POLL_MS);
    await killGroup(run, tag);
  }

  /** How it ended, as far as that is known; undefined when it never began. */
  async outcome(): Promise<Ended | undefined> {
    const record = await readExit(this.#paths);
    if (record !== undefined) return { how: 'exited', record };
    const run = await readRun(this.#paths);
    return run === undefined || !('shim' in run)
      ? undefined
      : { how: 'vanished', last: await readProgress(this.#paths) };
  }

  /** Null when it was begun before. */
  async #startOnce(begin: () => Beginning, tag: ProcessTag): Promise<Shim | null> {
    if ((await readRun(this.#paths)) !== undefined) return null;
    await makePrivateDirectory(this.#dir);
    if (await isThere(this.#paths.halted)) {
      await createDurably(this.#paths.run, JSON.stringify({ forbidden: true }));
      return null;
    }
    const { spec, env, secrets } = begin();
    await writeDurably(this.#paths.spec, JSON.stringify(spec));
    const awaiting = await this.#awaiting?.catch(() => null);
    this.#awaiting = null;
    const start = async (): Promise<Shim> => {
      const shim = await this.#startShim(tag);
      shim.order({ env, secrets });
      return shim;
    };
    if (awaiting?.hasEnded !== false) return start();
    this.#startAnew = start;
    awaiting.order({ env, secrets });
    return awaiting;
  }

  async #startShim(tag: ProcessTag): Promise<Shim> {
    await makePrivateDirectory(this.#dir);
    return new Shim([...this.#shim, this.#dir], tag, this.#paths);
  }

  async #whyNot(started: Shim | null): Promise<string> {
    const said = started?.error ?? (await endOfFile(this.#paths.shimLog)).trim();
    return said === '' ? 'the process that starts the agent exited at once' : said;
  }
}

function signalShim({ pid }: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

/** The group by its leader, which may be dead and its number given to another; the rest by its control group and environment. */
async function killGroup({ shim, cgroup, user, container }: Begun, tag: ProcessTag): Promise<void> {
  signalGroup(shim, 'SIGKILL');
  const giveUpAt = performance.now() + GONE_WITHIN_MS;
  while (groupLives(shim) && performance.now() < giveUpAt) await sleep(POLL_MS);
  await killAll({ group: null, tag, cgroup, user, container }, GONE_WITHIN_MS);
}

/** Resolves after a while, at once when the shim ends. Rejects with the signal's reason. */
async function untilNextLook(started: Shim | null, signal: AbortSignal): Promise<void> {
  const woken = new AbortController();
  const wake = () => woken.abort();
  if (started !== null) started.onEnd = wake;
  signal.addEventListener('abort', wake);
  await sleep(POLL_MS, undefined, { signal: woken.signal }).catch(() => undefined);
  signal.removeEventListener('abort', wake);
  signal.throwIfAborted();
}

/** A shim that was started here, and waits for its order. */
class Shim {
  hasEnded = false;
  /** Why there is none. */
  error: string | null = null;
  onEnd: () => void = () => undefined;
  readonly #child: ChildProcess;

  /** Its own environment is the tag alone, by which it is found. */
  constructor(argv: readonly string[], tag: ProcessTag, paths: RunPaths) {
    const [program = '', ...args] = argv;
    const log = openSync(paths.shimLog, APPEND_OWN, 0o600);
    try {
      this.#child = spawn(program, args, { cwd: '/', detached: true, env: tag, stdio: ['pipe', log, log] });
      // One that ends at once reads nothing.
      this.#child.stdin?.on('error', () => undefined);
      this.#child.once('exit', () => this.#ended(null));
      this.#child.once('error', ({ message }) => this.#ended(message));
      this.#child.unref();
    } finally {
      closeSync(log);
    }
  }

  order(order: ShimOrder): void {
    this.#child.stdin?.end(JSON.stringify(order));
  }

  /** Without an order it ends by itself. */
  dismiss(): void {
    this.#child.stdin?.end();
  }

  #ended(error: string | null): void {
    this.hasEnded = true;
    this.error ??= error;
    this.onEnd();
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function endOfFile(path: string): Promise<string> {
  const file = await openOwn(path);
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const length = Math.min(size, SAID_BYTES);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return tailOf(buffer, SAID_BYTES);
  } finally {
    await file.close();
  }
}
