// A real nats-server with JetStream in a temporary directory, for tests: it can be killed, changed on disk and started again.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type NatsConnection, type NodeConnectionOptions } from 'nats';
import { locateServer } from './locate.js';
import { freePort } from './port.js';
import { renderServerConfig } from './server-config.js';

const READY_TIMEOUT_MS = 20_000;
const RETRY_MS = 20;

export interface TestServerOptions {
  /** Another program than the one found by `AGENTCOM_NATS_SERVER`, PATH or the cache. */
  readonly executable?: string;
  /** The most that all streams together may hold. */
  readonly maxStoreBytes?: number;
}

export interface TestServer {
  readonly url: string;
  /** For `connect()`: address, credential, endless quick reconnects. */
  readonly options: NodeConnectionOptions;
  readonly executable: string;
  /** Holds everything of this server; the streams' files are below `jetstream/`. */
  readonly dataDir: string;
  readonly configFile: string;
  readonly user: string;
  readonly password: string;
  /** The running process, or the last one. */
  readonly pid: number;
  connect(): Promise<NatsConnection>;
  /** Ends the process in an orderly way and keeps its files. */
  halt(): Promise<void>;
  /** Kills the process as `kill -9` does and keeps its files. */
  kill9(): Promise<void>;
  /** Starts it again on the same port and files, ending it first if it runs. */
  restart(): Promise<void>;
  /** Kills the process and removes its files. */
  stop(): Promise<void>;
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const executable = options.executable ?? (await locateServer(process.env)).executable;
  const dataDir = mkdtempSync(join(tmpdir(), 'agentcom-nats-'));
  const port = await freePort();
  const user = 'test';
  const password = randomBytes(16).toString('hex');
  const configFile = join(dataDir, 'nats-server.conf');
  const outFile = join(dataDir, 'nats-server.out');
  const config = renderServerConfig({
    serverName: `test-${randomBytes(4).toString('hex')}`,
    port,
    user,
    password,
    storeDir: dataDir,
    pidFile: join(dataDir, 'nats-server.pid'),
    logFile: join(dataDir, 'nats-server.log'),
    ...(options.maxStoreBytes === undefined ? {} : { maxStoreBytes: options.maxStoreBytes }),
  });
  writeFileSync(configFile, config, { mode: 0o600 });
  const url = `nats://127.0.0.1:${port}`;
  const connection = { servers: url, user, pass: password, maxReconnectAttempts: -1, reconnectTimeWait: RETRY_MS };

  let child: ChildProcess | null = null;
  const killAtExit = () => child?.kill('SIGKILL');
  process.once('exit', killAtExit);

  async function start(): Promise<void> {
    const out = openSync(outFile, 'w', 0o600);
    const started = spawn(executable, ['-c', configFile], { stdio: ['ignore', out, out] });
    closeSync(out);
    child = started;
    await once(started, 'spawn');
    const deadline = performance.now() + READY_TIMEOUT_MS;
    for (;;) {
      const failure = await tryConnect(connection);
      if (failure === null) return;
      if (started.exitCode !== null || performance.now() > deadline) {
        started.kill('SIGKILL');
        throw new Error(`nats-server does not start: ${logOf(dataDir)}`, { cause: failure });
      }
      await delay(RETRY_MS);
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  async function stop(): Promise<void> {
    process.removeListener('exit', killAtExit);
    await end('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  }

  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    options: connection,
    executable,
    dataDir,
    configFile,
    user,
    password,
    get pid() {
      return child?.pid ?? 0;
    },
    connect: () => connect(connection),
    halt: () => end('SIGTERM'),
    kill9: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM');
      await start();
    },
    stop,
  };
}

async function tryConnect(options: NodeConnectionOptions): Promise<unknown> {
  try {
    const nc = await connect({ ...options, reconnect: false, maxReconnectAttempts: 0 });
    await nc.close();
    return null;
  } catch (error) {
    return error ?? new Error('no connection');
  }
}

function logOf(dataDir: string): string {
  return ['nats-server.out', 'nats-server.log']
    .map((name) => join(dataDir, name))
    .map((path) => (existsSync(path) ? readFileSync(path, 'utf8').slice(-4_000) : ''))
    .join('\n');
}
