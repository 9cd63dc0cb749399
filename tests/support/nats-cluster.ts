// Three nats-servers in one cluster, with the configuration that is deployed to Kubernetes, on ports and directories of this test.

import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { locateServer } from '@agentcom/hub/nats/locate';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from 'nats';
import { parseAllDocuments } from 'yaml';
import type { Child } from './child.js';
import { freePort } from './free-port.js';
import type { Sandbox } from './sandbox.js';
import { eventually } from './wait.js';

const MANIFEST = join(import.meta.dirname, '..', '..', 'ops', 'deploy', 'kubernetes', 'nats.yaml');
const NAMES = ['nats-0', 'nats-1', 'nats-2'];
const READY_TIMEOUT_MS = 60_000;

interface Node {
  readonly name: string;
  readonly start: () => Child;
  child: Child;
}

/** What it asks of JetStream it asks until an answer comes: a cluster without a leader gives none, and elects one at any time on a busy machine. */
export class NatsCluster {
  readonly user = 'agentcom';
  readonly names = NAMES;

  private constructor(
    /** Of all of them. */
    readonly url: string,
    readonly password: string,
    readonly nc: NatsConnection,
    readonly jsm: JetStreamManager,
    private readonly nodes: readonly Node[],
  ) {}

  /** Resolves once a leader of the cluster takes new streams. */
  static async start(sandbox: Sandbox): Promise<NatsCluster> {
    const { executable } = await locateServer(process.env);
    // A number to the parser of the configuration, if it began with digits.
    const password = `nats-${randomBytes(16).toString('hex')}`;
    const ports = await Promise.all(NAMES.map(async () => [await freePort(), await freePort(), await freePort()]));
    const routes = ports.map(([, route]) => `nats://127.0.0.1:${route}`).join(', ');
    const nodes = NAMES.map((name, i): Node => {
      const [client = 0, route = 0, monitor = 0] = ports[i] ?? [];
      const dir = sandbox.path(name);
      mkdirSync(dir);
      const file = join(dir, 'nats.conf');
      const deployed = deployedConfig()
        .replace('0.0.0.0:4222', `127.0.0.1:${client}`)
        .replace('0.0.0.0:6222', `127.0.0.1:${route}`)
        .replace('0.0.0.0:8222', `127.0.0.1:${monitor}`)
        .replace('/data', JSON.stringify(dir))
        .replace(/routes: \[.*\]/, `routes: [${routes}]`);
      writeFileSync(file, deployed);
      const env = { POD_NAME: name, NATS_PASSWORD: password };
      const start = () => sandbox.run(executable, ['--config', file], { env });
      return { name, start, child: start() };
    });
    const servers = ports.map(([client]) => `127.0.0.1:${client}`);
    const user = 'agentcom';
    const again = { waitOnFirstConnect: true, maxReconnectAttempts: -1, reconnectTimeWait: 50 };
    const nc = await connect({ servers, user, pass: password, ...again });
    const jsm = await eventually('a leader of the NATS cluster', READY_TIMEOUT_MS, async () => {
      const manager = await jetstreamManager(nc);
      await manager.streams.add({ name: 'probe', subjects: ['probe'], num_replicas: NAMES.length });
      await manager.streams.delete('probe');
      return manager;
    });
    return new NatsCluster(servers.map((server) => `nats://${server}`).join(','), password, nc, jsm, nodes);
  }

  async addStream(name: string, subjects: readonly string[]): Promise<void> {
    await eventually(`the stream ${name}`, READY_TIMEOUT_MS, () =>
      this.jsm.streams.add({ name, subjects: [...subjects], num_replicas: NAMES.length }),
    );
  }

  async leaderOf(stream: string): Promise<string> {
    return eventually(`a leader of ${stream}`, READY_TIMEOUT_MS, async () => {
      const { cluster } = await this.jsm.streams.info(stream);
      return cluster?.leader || undefined;
    });
  }

  /** Each stream with the number of servers that it is kept on. */
  async replicas(): Promise<ReadonlyMap<string, number>> {
    return eventually('the list of all streams', READY_TIMEOUT_MS, async () => {
      const found = new Map<string, number>();
      for await (const { config } of this.jsm.streams.list()) found.set(config.name, config.num_replicas);
      return found;
    });
  }

  /** Until every server that a stream is kept on holds all of it. */
  async whole(stream: string): Promise<void> {
    await eventually(`all of ${stream} on all of its servers`, READY_TIMEOUT_MS, async () => {
      return (await this.isWhole(stream)) || undefined;
    });
  }

  async isWhole(stream: string): Promise<boolean> {
    const replicas = await eventually(`the servers of ${stream}`, READY_TIMEOUT_MS, async () => {
      const { cluster } = await this.jsm.streams.info(stream);
      return cluster?.replicas;
    });
    return replicas.every(({ current, offline }) => current && offline !== true);
  }

  async kill9(name: string): Promise<void> {
    await this.#node(name).child.kill9();
  }

  restart(name: string): void {
    const node = this.#node(name);
    node.child = node.start();
  }

  async stop(): Promise<void> {
    await this.nc.close();
    await Promise.all(this.nodes.map(({ child }) => child.kill9()));
  }

  #node(name: string): Node {
    const node = this.nodes.find((one) => one.name === name);
    if (node === undefined) throw new Error(`there is no ${name}`);
    return node;
  }
}

function deployedConfig(): string {
  const documents = parseAllDocuments(readFileSync(MANIFEST, 'utf8')).map((document) => document.toJS());
  return documents.find(({ kind }) => kind === 'ConfigMap').data['nats.conf'];
}
