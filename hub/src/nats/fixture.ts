// What the tests of the managed nats-server share: a directory, real servers on it, and hubs that are killed.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { identify, type ProcessIdentity } from '@agentcom/schemas/host';
import { silentLog } from '@agentcom/schemas/log-testing';
import { connect, type NatsConnection } from 'nats';
import { locateServer } from './locate.js';
import { type ManagedOptions, type ManagedServer, type ServerEvent, startManagedServer } from './managed.js';
import { serverFiles } from './server-files.js';

/** Restarts at once, and gives up soon. */
export const QUICK = { baseMs: 10, capMs: 50, limit: 4, stableMs: 60_000 };

const HUB = `
const [built, executable, dataDir] = process.argv.slice(1);
const { startManagedServer } = await import(built + '/managed.js');
const { silentLog } = await import(built + '/log-testing.js');
const server = await startManagedServer({ executable, dataDir, log: silentLog });
console.log(JSON.stringify({ pid: server.pid, url: server.url }));
setInterval(() => undefined, 1000);
`;

const CONTAINER = ['--pid', '--net', '--mount-proc', '--fork', '--kill-child'];
/** Runs the hub, kills it once it has said where its server is, and stays. */
const SHELL = `
ip link set lo up
mkfifo "$0"
"$@" > "$0" &
read line < "$0"
kill -9 $!
wait $!
rm "$0"
echo "$line"
echo killed
while :; do sleep 1; done
`;

export class Scene {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'agentcom-managed-')));
  readonly dataDir = join(this.folder, 'nats');
  readonly #cleanups: (() => unknown)[] = [() => rmSync(this.folder, { recursive: true, force: true })];

  private constructor(readonly executable: string) {}

  static async open(): Promise<Scene> {
    return new Scene((await locateServer(process.env)).executable);
  }

  /** Done at the end of the test, last first. */
  defer(cleanup: () => unknown): void {
    this.#cleanups.push(cleanup);
  }

  async close(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
  }

  async start(options: Partial<ManagedOptions> = {}): Promise<ManagedServer> {
    const log = silentLog;
    const { executable, dataDir } = this;
    const server = await startManagedServer({ executable, dataDir, log, restart: QUICK, ...options });
    this.defer(() => server.stop());
    return server;
  }

  async connect({ url, credentials }: ManagedServer): Promise<NatsConnection> {
    const { user, password } = credentials;
    const again = { maxReconnectAttempts: -1, reconnectTimeWait: 20 };
    const nc = await connect({ servers: url, user, pass: password, ...again });
    this.defer(() => nc.close());
    return nc;
  }

  /**
   * A hub in a container of its own starts the server and is killed; the container and the server stay. Returns how to kill them.
   * Where this user may make no namespaces, the files that say which process it is are removed instead.
   */
  async killedHubInContainer(): Promise<() => Promise<void>> {
    const isPossible = spawnSync('unshare', [...CONTAINER, 'true']).status === 0;
    const words = [
      ...(isPossible ? ['unshare', ...CONTAINER] : []),
      'sh',
      '-c',
      SHELL,
      join(this.folder, 'said'),
      ...this.#hub(this.executable),
    ];
    const shell = spawn(words[0] ?? '', words.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(shell, 'exit');
    const kill = async () => {
      shell.kill('SIGKILL');
      await exited;
    };
    this.defer(kill);
    const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
    const { value: line } = await lines.next();
    await lines.next();
    const { pid } = JSON.parse(String(line)) as { pid: number };
    if (isPossible) return kill;
    const { record, pid: pidFile, config } = serverFiles(this.dataDir);
    for (const path of [record, pidFile, config]) rmSync(path);
    return async () => {
      await kill();
      process.kill(pid, 'SIGKILL');
    };
  }

  /** A hub in a process of its own starts the server and is killed; the server stays. */
  async killedHub(executable = this.executable): Promise<{ identity: ProcessIdentity; url: string }> {
    const [program, ...words] = this.#hub(executable);
    const hub: ChildProcess = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.defer(() => hub.kill('SIGKILL'));
    if (hub.stdout === null) throw new Error('the hub has no output');
    const [line] = (await once(createInterface({ input: hub.stdout }), 'line')) as [string];
    const exited = once(hub, 'exit');
    hub.kill('SIGKILL');
    await exited;
    const { pid, url } = JSON.parse(line) as { pid: number; url: string };
    this.defer(() => identify(pid) !== undefined && process.kill(pid, 'SIGKILL'));
    return { identity: identityOf(pid), url };
  }

  #hub(executable: string): [string, ...string[]] {
    const built = String(process.env.TEST_BUILT_DIR);
    return [process.execPath, '--input-type=module', '-e', HUB, built, executable, this.dataDir];
  }
}

export function identityOf(pid: number): ProcessIdentity {
  const identity = identify(pid);
  if (identity === undefined) throw new Error(`there is no process ${pid}`);
  return identity;
}

/** Collects a server's events, and hands out the next one of a kind. */
export class EventLog {
  readonly events: ServerEvent[] = [];
  #waiting: { kind: ServerEvent['kind']; resolve: (event: ServerEvent) => void }[] = [];

  readonly onEvent = (event: ServerEvent): void => {
    this.events.push(event);
    for (const { kind, resolve } of this.#waiting) if (kind === event.kind) resolve(event);
    this.#waiting = this.#waiting.filter(({ kind }) => kind !== event.kind);
  };

  get kinds(): ServerEvent['kind'][] {
    return this.events.map(({ kind }) => kind);
  }

  next(kind: ServerEvent['kind']): Promise<ServerEvent> {
    return new Promise((resolve) => this.#waiting.push({ kind, resolve }));
  }
}
