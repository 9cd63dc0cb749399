// One run of a nats-server of our own, started by us or by a hub before us: begin it, see it end, end it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isRunning, openLocked, type ProcessIdentity, signal } from '@agentcom/schemas/host';
import { probe } from './probe.js';
import { type OwnCredentials, readText, removeRecord, type ServerFiles, writeRecord } from './server-files.js';

/** How often a process that is not our child is looked at. */
const WATCH_MS = 250;
const RETRY_MS = 25;
const PROBE_TIMEOUT_MS = 2_000;
const LOG_CHARS = 2_000;
/** How long a server that is ending may still hold the store. */
const STORE_WAIT_MS = 5_000;
const STORE_RETRY_MS = 50;

export interface ServerProcess {
  readonly identity: ProcessIdentity;
  /** Resolves with how it ended. */
  readonly exited: Promise<string>;
}

export class ServerNotStarted extends Error {
  override readonly name = 'ServerNotStarted';
}

export class StoreInUse extends Error {
  override readonly name = 'StoreInUse';
}

export interface Launch {
  readonly executable: string;
  readonly files: ServerFiles;
  readonly credentials: OwnCredentials;
  readonly port: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Starts the configured server in a session of its own, so that Ctrl-C does not reach it, and resolves once it accepts our credential.
 * Rejects with `ServerNotStarted`, and leaves no process, when it ends before, takes too long, or `signal` aborts; with `StoreInUse` while
 * another server, here or in a container that cannot be seen from here, has the store.
 */
export async function launch(options: Launch): Promise<ServerProcess> {
  const lock = await lockStore(options);
  const started = await begin(options, lock).finally(() => closeSync(lock));
  const ended = new AbortController();
  void started.exited.then((how) => ended.abort(how));
  const deadline = performance.now() + options.timeoutMs;
  const giveUp = AbortSignal.any([ended.signal, options.signal]);
  while (!giveUp.aborted && performance.now() < deadline) {
    const answer = await probe(options.port, options.credentials, PROBE_TIMEOUT_MS);
    if (answer.kind === 'ours' && !giveUp.aborted) return started;
    await delay(RETRY_MS, undefined, { signal: giveUp }).catch(() => undefined);
  }
  const why = ended.signal.aborted
    ? `exited with ${ended.signal.reason}`
    : `was not ready within ${options.timeoutMs} ms`;
  signal(started.identity, 'SIGKILL');
  await started.exited;
  removeRecord(options.files);
  throw new ServerNotStarted(`nats-server ${why}${lastWords(options)}`);
}

/** A server that an earlier hub has started. */
export function adopt(identity: ProcessIdentity): ServerProcess {
  const exited = new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      if (isRunning(identity)) return;
      clearInterval(timer);
      resolve('an unknown status');
    }, WATCH_MS);
    timer.unref();
  });
  return { identity, exited };
}

/** Asks it to end and, after `graceMs`, makes it. Resolves when it is gone; rejects when not even SIGKILL ends it. */
export async function end(running: ServerProcess, graceMs: number): Promise<void> {
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    signal(running.identity, name);
    if (await endsWithin(running, graceMs)) return;
  }
  throw new Error(`nats-server (process ${running.identity.pid}) does not stop`);
}

async function endsWithin(running: ServerProcess, timeoutMs: number): Promise<boolean> {
  const waiting = new AbortController();
  const late = delay(timeoutMs, false, { signal: waiting.signal }).catch(() => false);
  const isGone = await Promise.race([running.exited.then(() => true), late]);
  waiting.abort();
  return isGone;
}

/** The open file is handed to the server, which so holds the lock for as long as it lives, whatever becomes of the hub. */
async function lockStore({ files, signal }: Launch): Promise<number> {
  const deadline = performance.now() + STORE_WAIT_MS;
  for (;;) {
    signal.throwIfAborted();
    const lock = await openLocked(files.lock, constants.O_RDWR | constants.O_CREAT);
    if (lock !== undefined) return lock;
    if (performance.now() >= deadline) {
      throw new StoreInUse(
        `a nats-server outside this container is using the streams in ${files.directory}: stop its container or process first`,
      );
    }
    await delay(STORE_RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function begin(options: Launch, lock: number): Promise<ServerProcess> {
  const { executable, files } = options;
  const out = openSync(files.out, 'w', 0o600);
  // Nothing of the hub's environment is for the server, least of all its keys.
  const env = { PATH: '/usr/bin:/bin', HOME: files.directory };
  const child = spawn(executable, ['-c', files.config], {
    cwd: files.directory,
    detached: true,
    env,
    stdio: ['ignore', out, out, lock],
  });
  closeSync(out);
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, name) => resolve(name === null ? `code ${code}` : name));
  });
  const spawned = once(child, 'spawn');
  spawned.catch(() => undefined);
  child.unref();
  try {
    // Written before anything else happens: from here on a killed hub's successor finds the process.
    if (identity !== undefined) await writeRecord(files, { identity, executable });
  } catch (cause) {
    child.kill('SIGKILL');
    await exited;
    throw new ServerNotStarted('nats-server was stopped again because its process could not be recorded', { cause });
  }
  try {
    await spawned;
  } catch (cause) {
    throw new ServerNotStarted(`${executable} cannot be run`, { cause });
  }
  if (identity === undefined)
    throw new ServerNotStarted(`nats-server exited with ${await exited}${lastWords(options)}`);
  return { identity, exited };
}

/** What the server said about its failure; its password never leaves its files. */
function lastWords({ files, credentials }: Launch): string {
  const complaints = readText(files.log)
    .split('\n')
    .filter((line) => /\[(ERR|FTL)\]/.test(line))
    .slice(-3);
  const text = [readText(files.out).slice(-LOG_CHARS).trim(), ...complaints].filter((line) => line !== '').join('; ');
  const shown = text.slice(-LOG_CHARS).replaceAll(credentials.password, '***');
  return `${shown === '' ? '' : `: ${shown}`} (see ${files.log})`;
}
