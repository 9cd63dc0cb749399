// Builds a hub from its settings and runs it, bottom-up: the only place that knows all the parts.

import type { HubSettings } from '@agentcom/schemas';
import { lockDirectory, makePrivateDirectory, systemScheduler } from '@agentcom/schemas/host';
import type { Logger } from 'pino';
import type { OpenIdSettings } from './access/open-id.js';
import type { Sealer } from './access/sealing.js';
import { Clock, systemClock } from './coordinator/clock.js';
import type { LeadershipPhase } from './coordinator/ports.js';
import { Edge } from './edge.js';
import { AgentRegistry } from './gateway/agent/registry.js';
import type { JoinParts } from './gateway/http/handlers/join.js';
import { hubId, type OwnerKey, openIdSettings, ownerKey, secretSealer, writeAddress } from './identity.js';
import { Installation } from './install.js';
import { unlessAborted } from './lifecycle.js';
import { DiskWatch } from './maintenance/disk-watch.js';
import { IdleHeap } from './maintenance/idle-heap.js';
import { HubNats } from './nats/open.js';
import { Meter } from './observe/meter.js';
import { Metrics } from './observe/metrics.js';
import { lowDisk, Readiness } from './readiness.js';
import { repairJournal } from './repair.js';
import { Shard } from './shard.js';
import { Shutdown } from './shutdown.js';
import { openStore } from './store.js';

export const VERSION = '0.1.0';

/** A hub ends within 5 s, whatever it holds. Connections get half a second to close by themselves. */
const EDGE_STOP_MS = 800;
/** Reached only when NATS does not answer: each part of the shard that waits for it comes to its own bound. */
const SHARD_STOP_MS = 1_200;
/** nats-server is killed before that: it loses nothing that was acknowledged. */
const NATS_STOP_MS = 2_500;

export interface HubOptions {
  readonly log: Logger;
  /** `SEQ:HASH` of a journal's end that an operator accepts although more was known to be there. */
  readonly acceptJournalEnd?: string;
  /** Ends a start, wherever it waits; `startHub` then rejects with its reason. */
  readonly signal?: AbortSignal;
  /** What machines fetch that join; without it they are told that there is none. */
  readonly join?: JoinParts;
}

export interface RunningHub {
  readonly url: string;
  readonly keyFile: string;
  /** Without credential. */
  readonly nats: string;
  readonly dataDir: string;
  /** Whether an earlier start left data behind. */
  readonly resumed: boolean;
  /** How many tasks are in memory. */
  readonly tasks: number;
  readonly phase: LeadershipPhase;
  /** What is not as it should be although the hub works. */
  readonly degraded: readonly string[];
  /** Drains and stops everything that this hub started. Further calls wait for the same end. */
  stop(): Promise<void>;
  /** Settles when the hub has ended: undefined after `stop`, else why it could not go on. */
  readonly stopped: Promise<Error | undefined>;
}

/** Resolves once the hub serves, as leader or behind another hub. Rejects with a message that says what to do. */
export async function startHub(settings: HubSettings, options: HubOptions): Promise<RunningHub> {
  const { log } = options;
  await makePrivateDirectory(settings.dataDir);
  const shutdown = new Shutdown((what) => log.warn({ what }, 'did not stop in time; the hub exits without it'));
  const lock = await lockDirectory(settings.dataDir);
  shutdown.add('lock', () => lock.release());
  try {
    return await start(settings, options, shutdown);
  } catch (error) {
    await shutdown.end();
    throw error;
  }
}

async function start(settings: HubSettings, options: HubOptions, shutdown: Shutdown): Promise<RunningHub> {
  const { log, signal = new AbortController().signal } = options;
  const { dataDir } = settings;
  const startedAt = Date.now();
  const owner = await ownerKey(dataDir);
  const provider = await openIdSettings(settings);
  const sealer = await secretSealer(dataDir, settings.secretKeyFile);

  const disk = new DiskWatch(dataDir, settings.lowDiskBytes, (low, freeBytes) =>
    log.warn({ freeBytes }, low ? lowDisk(freeBytes) : 'enough disk space again'),
  );
  shutdown.own('disk watch', disk);
  await disk.start();
  const nats = await HubNats.open(settings, log, signal);
  shutdown.own('NATS', nats, NATS_STOP_MS);
  // From here on the end of NATS ends every wait, so that a start can be given up wherever it is.
  return unlessAborted(serve(settings, options, shutdown, { startedAt, owner, provider, sealer, disk, nats }), signal);
}

interface Begun {
  readonly startedAt: number;
  readonly owner: OwnerKey;
  readonly provider: OpenIdSettings | undefined;
  readonly sealer: Sealer;
  readonly disk: DiskWatch;
  readonly nats: HubNats;
}

async function serve(
  settings: HubSettings,
  options: HubOptions,
  shutdown: Shutdown,
  { startedAt, owner, provider, sealer, disk, nats }: Begun,
): Promise<RunningHub> {
  const { log, acceptJournalEnd } = options;
  const { dataDir } = settings;
  const store = await openStore(nats, settings, log, acceptJournalEnd !== undefined);
  shutdown.add("record of the journal's end", () => store.headRecord.flush());
  const resumed = store.headRecord.head !== null;
  const truncation = await repairJournal(store, settings, VERSION, acceptJournalEnd);

  const clock = new Clock(systemClock);
  const metrics = new Metrics();
  const registry = new AgentRegistry({
    scheduler: systemScheduler,
    now: () => clock.now(),
    metrics,
    onFailed: (error, what, agent) => log.error({ err: error, agent }, what),
  });
  const address = { url: '' };
  const shard = new Shard({
    settings,
    log,
    clock,
    hub: await hubId(dataDir),
    version: VERSION,
    self: () => ({ url: settings.publicUrl ?? address.url, version: VERSION }),
    nats,
    store,
    agents: registry,
    isDiskLow: () => disk.low,
  });
  shutdown.own('shard', shard, SHARD_STOP_MS);
  const { runner, feed } = shard;
  const meter = new Meter(metrics, () => clock.now());
  feed.subscribe({}, meter);
  metrics.watch({ runner, sockets: () => registry.size, diskFreeBytes: () => disk.freeBytes });
  const installation = new Installation({ runner, bodies: store.bodies, ownerKey: owner.key, truncation, log });
  shutdown.own('installation', installation);
  shard.tell(installation);
  const readiness = new Readiness({ shutdown, nats, disk, runner, installation });
  const edgeParts = { settings, log, version: VERSION, startedAt, join: options.join, provider, sealer };
  const edge = new Edge({ ...edgeParts, shard, store, registry, metrics, meter, readiness });
  shutdown.own('edge', edge, EDGE_STOP_MS);
  await edge.start();
  address.url = edge.url;
  await writeAddress(dataDir, [edge.url, settings.publicUrl]);
  shard.start();
  const idleHeap = new IdleHeap();
  shutdown.own('idle heap', idleHeap);
  idleHeap.start();

  const failure = await Promise.race([installation.serving, shutdown.ended]);
  if (failure instanceof Error) throw failure;
  return {
    url: edge.url,
    keyFile: owner.file,
    nats: nats.url,
    dataDir,
    resumed,
    get tasks() {
      return runner.state.tasks.size;
    },
    get phase() {
      return runner.phase;
    },
    degraded: readiness.degraded().map(({ message }) => message),
    stop: () => shutdown.end(),
    stopped: shutdown.ended,
  };
}
