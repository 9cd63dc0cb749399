// A hub as people run it: `agentcom up`, a process of its own with its own nats-server or on one that is given.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ConfigPatch } from '@agentcom/schemas';
import { HubApi } from './api.js';
import type { Child, Ended } from './child.js';
import { CLI } from './cli.js';
import { inContainer } from './container.js';
import type { Sandbox } from './sandbox.js';
import { eventually } from './wait.js';

/** As `npm start` and the services have it. */
const NODE_ARGS = ['--v8-pool-size=1'];

const READY_TIMEOUT_MS = 60_000;

export interface HubOptions {
  readonly dataDir?: string;
  /** 0 takes a free one. */
  readonly port?: number;
  /** More arguments of `agentcom up`. */
  readonly args?: readonly string[];
  /** The command to run, when it is not this repository's. */
  readonly cli?: string;
  /** Values of the config that are not to be the defaults. */
  readonly tasks?: ConfigPatch['tasks'];
  /** Rate limits as the hub ships them: tests poll and submit far more than people do, so that they are out of the way otherwise. */
  readonly shippedLimits?: boolean;
  /** Settings as in the environment, and the like. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** As process 1 of a container of its own; its network is out of reach then. */
  readonly container?: boolean;
}

export class Hub {
  constructor(
    readonly child: Child,
    readonly url: string,
    readonly dataDir: string,
    readonly keyFile: string,
    readonly nats: string,
    readonly ready: Readonly<Record<string, unknown>>,
  ) {}

  get key(): string {
    return readFileSync(this.keyFile, 'utf8').trim();
  }

  get api(): HubApi {
    return new HubApi(this.url, this.key);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get pid(): number {
    return this.child.pid;
  }

  kill9(): Promise<void> {
    return this.child.kill9();
  }

  stop(): Promise<Ended> {
    return this.child.stop();
  }
}

/** Every limit at its upper bound, but for those by which what is refused is told from what is not. */
const UNLIMITED = Object.fromEntries(
  [
    ...['messages', 'submissions', 'channels', 'reports', 'reads', 'admin'],
    ...['frames', 'readKib', 'connects', 'enrolments', 'downloads', 'anonymous'],
  ].map((rule) => [rule, { perMinute: 10_000_000, burst: 1_000_000 }]),
) satisfies ConfigPatch['limits'];

/** Starts the process and waits for nothing. */
export function spawnHub(sandbox: Sandbox, options: HubOptions = {}): Child {
  const { dataDir = sandbox.path('hub'), port = 0, args = [], cli = CLI, env = {}, container } = options;
  const node = [process.execPath, ...NODE_ARGS] as const;
  const command = [...node, cli, 'up', '--port', String(port), '--json', '--data-dir', dataDir] as const;
  const [program, ...words] = container === true ? inContainer([...command, ...args]) : [...command, ...args];
  return sandbox.run(program, words, {
    env: { AGENTCOM_LOG_LEVEL: 'warn', AGENTCOM_LOW_DISK_BYTES: '0', ...env },
  });
}

/** Waits for the `ready` line of a hub that was spawned. */
export async function readyHub(child: Child, timeoutMs = READY_TIMEOUT_MS): Promise<Hub> {
  const ready = await child.event('ready', timeoutMs);
  const url = String(ready.url);
  // Another build may not say where its data is.
  const dataDir = String(ready.dataDir ?? dirname(String(ready.keyFile)));
  return new Hub(child, url, dataDir, join(dataDir, 'owner.key'), String(ready.nats), ready);
}

/** Starts a hub, waits until it leads, and changes its config. */
export async function startHub(sandbox: Sandbox, options: HubOptions = {}): Promise<Hub> {
  const hub = await readyHub(spawnHub(sandbox, options));
  await untilReady(hub.url);
  const patch: ConfigPatch = {
    ...(options.tasks !== undefined && { tasks: options.tasks }),
    ...(options.shippedLimits !== true && { limits: UNLIMITED }),
  };
  if (Object.keys(patch).length === 0) return hub;
  const { status, body } = await hub.api.call('PATCH', '/config', patch);
  // Another build may have other limits.
  if (status !== 200 && options.cli === undefined) throw new Error(`the config was refused: ${JSON.stringify(body)}`);
  return hub;
}

/** Waits for `/readyz` to be 200. */
export async function untilReady(url: string, timeoutMs = READY_TIMEOUT_MS): Promise<void> {
  await eventually(`readiness of ${url}`, timeoutMs, async () => {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    const body = await response.text();
    if (response.ok) return true;
    throw new Error(`${response.status} ${body}`);
  });
}
