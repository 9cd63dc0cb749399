// Work that would hold up the hub, done in a process of its own: one line of JSON in through stdin, so that no secret is in an argument list,
// and out through stdout how far it is, a line each time, and in the last line the result, or what it failed with. stdin stays open: its end says that the hub is gone, and the worker ends.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const OUTPUT_CHARS_MAX = 256 * 1024;
/** Between two lines that say how far it is, ms. */
const PROGRESS_EVERY_MS = 250;
const WORKER_PRIORITY = 10;
/** Rest for each unit of CPU time, and the least time between two rests. */
const REST_SHARE = 3;
const WORK_MS = 2;
/** Far below what the server, and whoever watches a reading, wait for. */
const REST_MS_MAX = 100;
/** A state is read in at once and then kept: with the small default, half of the time goes into copying it about. */
const HEAP = ['--max-semi-space-size=64'];

/** How far work is: so much done, of so much if that is known. */
export type OnProgress = (done: number, total: number | undefined) => void;

/** What the work itself failed with. */
export class WorkerFailed extends Error {
  override readonly name = 'WorkerFailed';
}

/**
 * Runs the worker `name`, named from this folder, on `input`; it is killed after `timeoutMs`, and by `signal`.
 * Settles when the process is gone; rejects with WorkerFailed when the work itself failed.
 */
export async function runWorker<T>(
  name: string,
  input: unknown,
  timeoutMs: number,
  signal?: AbortSignal,
  onProgress: OnProgress = () => undefined,
): Promise<T> {
  signal?.throwIfAborted();
  const child = spawn(process.execPath, workerArgv(name), {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const kill = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', kill);
  try {
    return await resultOf<T>(child, input, onProgress);
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

/**
 * Makes work that nobody waits for take a quarter of the time: its reading and writing hold up the store as well, which no priority helps
 * against.
 */
export function workAtLeisure(): void {
  const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  let since = process.cpuUsage();
  const rest = (): void => {
    const { user, system } = process.cpuUsage(since);
    Atomics.wait(never, 0, 0, Math.min(((user + system) / 1000) * REST_SHARE, REST_MS_MAX));
    since = process.cpuUsage();
    setTimeout(rest, WORK_MS).unref();
  };
  rest();
}

/** What a worker's module calls: reads the input, answers with what `work` makes of it. */
export function serveWorker<In, Out>(work: (input: In, onProgress: OnProgress) => Promise<Out>): void {
  setPriority(WORKER_PRIORITY);
  readInput<In>()
    .then((input) => work(input, progressLines()))
    .then(
      (output) => process.stdout.write(`${JSON.stringify(output)}\n`),
      (error: unknown) => {
        const failure = error instanceof Error ? error.message : String(error);
        process.stdout.write(`${JSON.stringify({ failure })}\n`);
        process.exitCode = 1;
      },
    );
}

/** Any number of calls become a few lines. */
function progressLines(): OnProgress {
  let saidAt = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    const now = performance.now();
    if (now - saidAt < PROGRESS_EVERY_MS) return;
    saidAt = now;
    process.stdout.write(`${JSON.stringify({ progress: { done, total } })}\n`);
  };
}

/** A worker whose hub was killed must not write beside the next hub's. */
async function readInput<In>(): Promise<In> {
  const lines = createInterface({ input: process.stdin }).once('close', () => process.exit(1));
  const [line] = (await once(lines, 'line')) as [string];
  process.stdin.unref();
  return JSON.parse(line) as In;
}

async function resultOf<T>(child: ChildProcess, input: unknown, onProgress: OnProgress): Promise<T> {
  const closed = once(child, 'close');
  const out = lastLine(child.stdout, onProgress);
  const err = gathered(child.stderr);
  child.stdin?.on('error', () => undefined);
  child.stdin?.write(`${JSON.stringify(input)}\n`);
  const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null];
  if (code === 0) return JSON.parse(out.text) as T;
  throw failureFrom(out.text) ?? new Error(`the process exited with ${signal ?? code}: ${err.text.trim()}`);
}

function failureFrom(text: string): WorkerFailed | undefined {
  try {
    return new WorkerFailed((JSON.parse(text) as { failure: string }).failure);
  } catch {
    return undefined;
  }
}

/** The line that a worker ends with; lines of progress are handed on. */
function lastLine(stream: NodeJS.ReadableStream | null, onProgress: OnProgress): { text: string } {
  const last = { text: '' };
  let held = '';
  stream?.on('data', (chunk: Buffer) => {
    const lines = (held + chunk.toString()).slice(-OUTPUT_CHARS_MAX).split('\n');
    held = lines.pop() ?? '';
    for (const line of lines) {
      const progress = PROGRESS.test(line) ? (JSON.parse(line) as Progress).progress : undefined;
      if (progress === undefined) last.text = line;
      else onProgress(progress.done, progress.total);
    }
  });
  return last;
}

interface Progress {
  readonly progress: { readonly done: number; readonly total?: number };
}
const PROGRESS = /^\{"progress":\{.*\}\}$/;

/** The newest part of what a stream says, in bounded memory. */
function gathered(stream: NodeJS.ReadableStream | null): { text: string } {
  const said = { text: '' };
  stream?.on('data', (chunk: Buffer) => {
    said.text = (said.text + chunk.toString()).slice(-OUTPUT_CHARS_MAX);
  });
  return said;
}

/** Put in by the build: the folder of the built workers, seen from where this code is then. */
declare const __AGENTCOM_WORKERS__: string;

function workerArgv(name: string): string[] {
  return [...HEAP, fileURLToPath(new URL(`${__AGENTCOM_WORKERS__}/${name}.js`, import.meta.url))];
}
