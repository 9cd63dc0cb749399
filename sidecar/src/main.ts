// Builds a sidecar out of its parts, starts it and stops it.

import { readFileSync } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { arch, hostname, loadavg, platform, release } from 'node:os';
import { join } from 'node:path';
import type { AgentIntroduction } from '@agentcom/schemas';
import type { Logger } from 'pino';
import type { SidecarConfig } from './config.js';
import type { JobEvent } from './core/job.js';
import { Git } from './git/git.js';
import { GitWorkspaces } from './git/workspaces.js';
import { tryLock } from './host/lock.js';
import { Link, type TaskFrame } from './link/link.js';
import { JobLoop } from './loop.js';
import { JobStore } from './outbox/job-store.js';
import type { JobMemory } from './ports.js';
import { CommandRunner } from './runners/command.js';
import { shimArgv } from './runners/shim-argv.js';
import { Tidying } from './tidy.js';

const OUTPUT_BYTES = 8 * 1024 * 1024;

/** The hub no longer has this agent, so its sidecar has ended by itself. */
export class AgentGone extends Error {
  constructor(override readonly cause: 'not_allowed' | 'dismissed') {
    super(
      cause === 'dismissed' ? 'the hub has dismissed this agent' : 'the hub no longer accepts the key of this agent',
    );
    this.name = 'AgentGone';
  }
}

export interface Sidecar {
  /**
   * Stops it; further calls wait for the same end. The agent's own process is left alone: it ends by itself, and the next start
   * finds it, or how it ended.
   */
  stop(): Promise<void>;
  /** Resolves when everything of it has ended: to null when it was told to stop. Never rejects. */
  readonly stopped: Promise<AgentGone | null>;
}

/** Never in a log, should a part of a message or a request ever get there. */
const REDACTED = ['key', 'token', 'authorization', 'prompt', '*.key', '*.token', '*.authorization', '*.prompt'];

/** Starts a sidecar. Rejects when another one uses its state directory, or when that cannot be used. */
export async function startSidecar(config: SidecarConfig, { logger }: { readonly logger: Logger }): Promise<Sidecar> {
  const log = logger.child({ agent: config.name }, { redact: REDACTED });
  for (const dir of [config.stateDir, config.repoRoot]) await mkdir(dir, { recursive: true, mode: 0o700 });
  const lock = await tryLock(join(config.stateDir, 'lock'));
  if ('heldBy' in lock) throw new Error(`another sidecar (process ${lock.heldBy.pid}) uses ${config.stateDir}`);
  try {
    return await build(config, log, () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function build(config: SidecarConfig, log: Logger, unlock: () => Promise<void>): Promise<Sidecar> {
  const store = new JobStore(config.stateDir);
  const { job, setAside } = await store.open();
  for (const aside of setAside) log.error(aside, 'a job cannot be gone on with and was set aside');

  const identity = identityOf(config.git);
  const workspaces = new GitWorkspaces({
    git: new Git({ program: config.git.program, env: process.env, timeoutMs: config.git.timeoutSeconds * 1000 }),
    agent: config.name,
    root: config.repoRoot,
    identity,
    warn: (message, error) => log.warn({ err: error }, message),
  });
  const runner = new CommandRunner({
    argv: config.runner.argv,
    shim: shimArgv(),
    outputBytes: OUTPUT_BYTES,
    graceMs: config.runner.stopGraceSeconds * 1000,
    dirOf: (attempt) => store.dirOf(attempt),
    env: process.env,
    ownEnv: identity,
  });
  const tidying = new Tidying(store, workspaces, log);
  const memory: JobMemory = {
    persist: (held) => store.persist(held),
    forget: async (held, keepFiles) => {
      await store.forget(held, keepFiles);
      tidying.wake();
    },
  };

  const link = new Link(
    {
      hub: config.hub,
      readKey: () => readFileSync(config.keyFile, 'utf8').trim(),
      agent: introduction(config),
      log,
    },
    {
      holding: () => loop.holding(),
      health: async () => {
        const phase = loop.holding()?.phase;
        return { ...(await healthOf(config)), ...(phase !== undefined && { phase }) };
      },
      welcomed: (verdict) => loop.feed({ type: 'online', verdict }),
      lost: () => loop.feed({ type: 'offline' }),
      task: (frame) => loop.feed(eventOf(frame, config)),
      ended: (cause) => void end(cause === 'stopped' ? null : new AgentGone(cause)),
    },
  );
  const loop = new JobLoop({ memory, workspaces, runner, link, log, now: () => performance.now() }, job);

  const { promise: stopped, resolve: tellStopped } = deferred<AgentGone | null>();
  let ending: Promise<void> | null = null;
  const end = (reason: AgentGone | null): Promise<void> => {
    // Stopping the link tells of its end, and so comes here again.
    ending ??= Promise.resolve()
      .then(() => shutDown(reason))
      .then(() => log.info({ reason: reason?.message ?? 'asked to stop' }, 'sidecar stopped'))
      .catch((error: unknown) => log.error({ err: error }, 'the sidecar did not stop cleanly'))
      .then(() => tellStopped(reason));
    return ending;
  };
  const shutDown = async (reason: AgentGone | null): Promise<void> => {
    try {
      await link.stop();
      await loop.stop();
      await tidying.stop();
      const held = loop.holding();
      // Nobody will ever hear of this work, so nothing more is spent on it. Its record and its files stay.
      if (reason !== null && held !== undefined) await runner.halt(held);
    } finally {
      await unlock();
    }
  };

  loop.start();
  link.start();
  tidying.wake();
  log.info({ hub: config.hub, holding: loop.holding() ?? null }, 'sidecar started');
  return { stop: () => end(null), stopped };
}

function eventOf(frame: TaskFrame, config: SidecarConfig): JobEvent {
  if (frame.type === 'task.assign') {
    const { runner } = frame.task;
    const isFit = runner === undefined || runner === config.runner.kind;
    return { type: 'assign', assignment: frame, unfit: isFit ? null : `this agent has no runner ${runner}` };
  }
  const attempt = { task: frame.task, generation: frame.generation };
  if (frame.type === 'task.cancel') return { type: 'cancel', attempt };
  return { type: 'answer', attempt, questionId: frame.questionId };
}

/** Author and committer are named in full, so that git asks neither the machine nor the home directory for them. */
function identityOf({ authorName, authorEmail }: SidecarConfig['git']): Record<string, string> {
  return {
    GIT_AUTHOR_NAME: authorName,
    GIT_AUTHOR_EMAIL: authorEmail,
    GIT_COMMITTER_NAME: authorName,
    GIT_COMMITTER_EMAIL: authorEmail,
  };
}

function introduction(config: SidecarConfig): AgentIntroduction {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  const os = `${platform()} ${release()} ${arch()}`;
  return { name: config.name, capabilities: config.capabilities, version, host: hostname(), os };
}

async function healthOf(config: SidecarConfig): Promise<{ load?: number; freeDiskBytes?: number }> {
  const [load = 0] = loadavg();
  try {
    const { bavail, bsize } = await statfs(config.repoRoot);
    return { load, freeDiskBytes: bavail * bsize };
  } catch {
    return { load };
  }
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
