// Runs git: argument arrays, no shell, no terminal, no prompts, no hooks; bounded in time and output.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { noProxyFor } from '@agentcom/schemas/host/network/proxy';
import { causeIn } from '../core/git-cause.js';
import type { RemoteGate } from './remote-gate.js';

export interface GitOptions {
  /** The git program. */
  readonly program: string;
  /** The environment of the sidecar, of which git gets what it needs. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** No single command may take longer. */
  readonly timeoutMs: number;
  /** Asked before every command that may speak to a remote. */
  readonly gate: Pick<RemoteGate, 'need'>;
}

export interface GitRun {
  readonly cwd: string;
  /** Over the base environment, such as `GIT_DIR`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends git when it fires; the call rejects with its reason. */
  readonly signal: AbortSignal;
  /** Exit codes that are answers, beside 0. */
  readonly answers?: readonly number[];
  /** What git reads. */
  readonly input?: string;
  /** 4 MiB when not given; more output than that is an error. */
  readonly stdoutBytesMax?: number;
  /** More output than that is no error: git is ended, and what it has printed is answered. */
  readonly isCuttable?: true;
}

export interface GitOutput {
  readonly code: number;
  readonly stdout: string;
  /** Without credentials. */
  readonly stderr: string;
  /** Of `stdout`: it is only the beginning. */
  readonly isCut?: true;
}

/** git ended in a way that was no answer. `stderr` has no credentials in it. */
export class GitError extends Error {
  constructor(
    readonly command: string,
    readonly stderr: string,
    readonly reason: 'exit' | 'timeout' | 'output' | 'start',
  ) {
    super(`git ${command}: ${causeIn(stderr) || reason}`);
    this.name = 'GitError';
  }
}

const STDOUT_BYTES_MAX = 4 * 1024 * 1024;
const STDERR_BYTES_MAX = 16 * 1024;
const KILL_AFTER_MS = 5_000;
/** How long output may still come after git itself has ended; a process it left behind can hold the pipes open. */
const DRAIN_MS = 2_000;

/** The ssh-agent, and the keyring behind some credential helpers. */
const KEYS = ['SSH_AUTH_SOCK', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR'] as const;

/** Names of the sidecar's environment that git needs to find its way, its settings and the user's keys. */
const PASSED_ON = [
  ...KEYS,
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'XDG_CONFIG_HOME',
  'GIT_CONFIG_GLOBAL',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'https_proxy',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'all_proxy',
] as const;

/** English, for the reading of errors; no questions; no writing where only reading was asked for; history as it is. */
const QUIET = {
  ...{ GIT_EDITOR: 'true', GIT_SEQUENCE_EDITOR: 'true', GIT_PAGER: 'cat' },
  ...{ LC_ALL: 'C', GIT_ADVICE: '0', GIT_OPTIONAL_LOCKS: '0' },
  ...{ GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '', SSH_ASKPASS: '' },
  // With either, the repository of an agent could show other commits than those that are pushed.
  ...{ GIT_NO_REPLACE_OBJECTS: '1', GIT_GRAFT_FILE: '/dev/null' },
};

/** Settings that neither the user's nor a repository's configuration may change. */
const SETTINGS: Readonly<Record<string, string>> = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  // An index for one repository that is made in another would leave half of itself there.
  'core.splitIndex': 'false',
  'core.filesRefLockTimeout': '2000',
  'core.packedRefsTimeout': '10000',
  'commit.gpgSign': 'false',
  'push.gpgSign': 'false',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'submodule.recurse': 'false',
  'fetch.recurseSubmodules': 'false',
  'push.recurseSubmodules': 'no',
  'rebase.autoStash': 'false',
  'rebase.updateRefs': 'false',
  'rerere.enabled': 'false',
  'advice.detachedHead': 'false',
  'advice.graftFileDeprecated': 'false',
  // A remote could lead to an address that was never judged.
  'http.followRedirects': 'false',
  'protocol.allow': 'never',
  'protocol.https.allow': 'always',
  'protocol.http.allow': 'always',
  'protocol.ssh.allow': 'always',
  'protocol.ext.allow': 'never',
};

export class Git {
  readonly #env: Readonly<Record<string, string>>;
  readonly #settings: readonly string[];
  readonly #options: GitOptions;

  constructor(options: GitOptions) {
    this.#options = options;
    const env: Record<string, string> = { ...QUIET };
    for (const name of PASSED_ON) {
      const value = options.env[name];
      if (value !== undefined) env[name] = value;
    }
    // curl does not read the upper-case form of this one.
    const proxy = options.env.http_proxy || options.env.HTTP_PROXY;
    if (proxy) env.http_proxy = proxy;
    env.no_proxy = noProxyFor(options.env);
    this.#env = env;
    this.#settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  }

  /**
   * Runs one git command against a repository that is addressed as `url`; only a file:// address may read local files. Rejects with
   * `GitFailure` when this machine may not speak to it.
   */
  async remote(url: string, args: readonly string[], run: GitRun): Promise<GitOutput> {
    await this.need(url);
    const file = url.startsWith('file://') ? 'always' : 'never';
    return this.#run(['-c', `protocol.file.allow=${file}`, ...args], args[0] ?? '', run);
  }

  /** Rejects with `GitFailure` unless this machine may speak to the address. */
  need(url: string): Promise<void> {
    return this.#options.gate.need(url);
  }

  /** Runs one git command that reads from or writes to another repository on this machine, by its path. */
  between(args: readonly string[], run: GitRun): Promise<GitOutput> {
    return this.#run(['-c', 'protocol.file.allow=always', ...args], args[0] ?? '', withoutKeys(run));
  }

  /** Runs one git command that reaches no other repository. Rejects with `GitError` unless it exits with 0 or an answer. */
  local(args: readonly string[], run: GitRun): Promise<GitOutput> {
    return this.#run(['-c', 'protocol.file.allow=never', ...args], args[0] ?? '', withoutKeys(run));
  }

  async #run(args: readonly string[], command: string, run: GitRun): Promise<GitOutput> {
    run.signal.throwIfAborted();
    const child = spawn(this.#options.program, [...this.#settings, ...args], {
      cwd: run.cwd,
      env: { ...this.#env, ...run.env },
      // A group of its own, without a terminal: ssh cannot ask anything, and git ends with its helpers.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // It may end without having read everything.
    child.stdin.on('error', () => undefined).end(run.input);
    let ending: 'timeout' | 'output' | 'abort' | undefined;
    const end = (why: typeof ending) => {
      ending ??= why;
      void endGroup(child.pid, () => child.exitCode !== null || child.signalCode !== null);
    };
    const late = setTimeout(end, this.#options.timeoutMs, 'timeout');
    const onAbort = () => end('abort');
    run.signal.addEventListener('abort', onAbort, { once: true });
    const stdout = new Bounded(run.stdoutBytesMax ?? STDOUT_BYTES_MAX);
    const stderr = new BothEnds(STDERR_BYTES_MAX);
    child.stdout.on('data', (chunk: Buffer) => {
      if (!stdout.add(chunk)) end('output');
    });
    child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
    try {
      const code = await new Promise<number | null>((resolve, reject) => {
        child.once('error', (error) => {
          // The system says the same of a missing program and of a missing directory.
          const isGone = !existsSync(run.cwd);
          reject(
            isGone
              ? new GitError(command, `${run.cwd} is gone`, 'exit')
              : new GitError(command, error.message, 'start'),
          );
        });
        child.once('close', resolve);
        child.once('exit', (code) => {
          const late = setTimeout(() => {
            resolve(code);
            for (const stream of [child.stdout, child.stderr]) stream.destroy();
          }, DRAIN_MS);
          child.once('close', () => clearTimeout(late));
        });
      });
      if (ending === 'abort') throw run.signal.reason;
      if (ending === 'output' && run.isCuttable === true)
        return { code: 0, stdout: stdout.text(), stderr: '', isCut: true };
      const said = withoutCredentials(stderr.text());
      if (ending !== undefined) throw new GitError(command, said, ending);
      if (code === null || (code !== 0 && !run.answers?.includes(code))) throw new GitError(command, said, 'exit');
      return { code, stdout: stdout.text(), stderr: said };
    } finally {
      clearTimeout(late);
      run.signal.removeEventListener('abort', onAbort);
    }
  }
}

const NO_KEYS = Object.fromEntries(KEYS.map((name) => [name, '']));

/** What needs no remote gets no keys: the inside of a submodule has settings that an agent may have changed. */
function withoutKeys(run: GitRun): GitRun {
  return { ...run, env: { ...run.env, ...NO_KEYS } };
}

/** git tidies its lock files when asked to end; only then is it made to. */
async function endGroup(pid: number | undefined, hasEnded: () => boolean): Promise<void> {
  if (pid === undefined || hasEnded()) return;
  signal(pid, 'SIGTERM');
  await sleep(KILL_AFTER_MS, undefined, { ref: false });
  if (!hasEnded()) signal(pid, 'SIGKILL');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // It ended by itself in this moment.
  }
}

class Bounded {
  readonly #chunks: Buffer[] = [];
  #left: number;

  constructor(bytesMax: number) {
    this.#left = bytesMax;
  }

  /** False when this chunk no longer fits; its beginning is kept. */
  add(chunk: Buffer): boolean {
    if (this.#left > 0) this.#chunks.push(chunk.subarray(0, this.#left));
    this.#left -= chunk.length;
    return this.#left >= 0;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

/** The beginning and the end of what does not fit: the cause may be in either. */
class BothEnds {
  #first = Buffer.alloc(0);
  #last = Buffer.alloc(0);
  readonly #half: number;

  constructor(bytesMax: number) {
    this.#half = bytesMax / 2;
  }

  add(chunk: Buffer): void {
    const room = this.#half - this.#first.length;
    this.#first = Buffer.concat([this.#first, chunk.subarray(0, room)]);
    this.#last = Buffer.concat([this.#last, chunk.subarray(room)]).subarray(-this.#half);
  }

  text(): string {
    return Buffer.concat([this.#first, this.#last]).toString('utf8');
  }
}

/** User and password of any address in a text, replaced. */
export function withoutCredentials(text: string): string {
  return text.replace(/(\w+:\/\/)[^@/\s]+@/g, '$1***@');
}
