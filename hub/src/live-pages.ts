// Puts the live views together with what they need of the rest of the hub.

import { systemScheduler } from '@agentcom/schemas/host';
import { filledTask } from './bodies/body-writer.js';
import type { AgentRegistry } from './gateway/agent/registry.js';
import { type HubParts, healthOf } from './gateway/http/handlers/hub.js';
import { LiveHub } from './live/live-hub.js';
import type { DiskWatch } from './maintenance/disk-watch.js';
import type { Operations } from './maintenance/operations.js';
import type { HubNats } from './nats/open.js';
import type { Meter } from './observe/meter.js';
import type { Shard } from './shard.js';
import { archivedTask, type Store } from './store.js';

export interface LivePagesParts {
  readonly shard: Shard;
  readonly store: Store;
  readonly registry: AgentRegistry;
  readonly meter: Meter;
  readonly version: string;
  readonly nats: Pick<HubNats, 'fsync' | 'server' | 'nc'>;
  readonly disk: DiskWatch;
  readonly operations: Operations;
  readonly health: Pick<HubParts, 'notReady' | 'degraded' | 'storage' | 'evaluatedAgeSeconds'>;
  readonly onFailed: (error: unknown) => void;
}

export function livePages(parts: LivePagesParts): LiveHub {
  const { shard, store, registry, meter, version, nats, disk, operations, health, onFailed } = parts;
  const { runner, feed, bodies, storage } = shard;
  return new LiveHub({
    shard: runner,
    feed,
    scheduler: systemScheduler,
    cpuNow: () => performance.now(),
    workedMs: () => performance.eventLoopUtilization().active,
    onFailed,
    ports: {
      hub: () => ({
        role: runner.phase === 'leading' ? 'leader' : 'follower',
        lagMs: runner.phase === 'leading' ? 0 : runner.lagMs,
        version,
        journal: runner.head?.journal ?? '',
      }),
      surroundings: (agent) => {
        const { health: said, phase, lastSeenAt } = registry.of(agent) ?? {};
        return { health: said, phase, lastSeenAt, hubVersion: version };
      },
      signsOf: (agent) => {
        const session = registry.of(agent);
        return session && { lastSeenAt: session.lastSeenAt, phase: session.phase };
      },
      health: () => {
        const { status, reasons } = healthOf(health);
        return { status, reasons };
      },
      storage: () => storage.storage,
      durability: () => ({
        fsync: nats.fsync,
        replicas: store.replicas,
        copies: [...storage.replicas],
        isOwn: nats.server !== undefined,
        ...(nats.nc.info !== undefined && { natsVersion: nats.nc.info.version }),
      }),
      disk: () => disk,
      operations: () => operations.openCount,
      commitMs: (org) => meter.latencyMs(org).commit,
      fill: (task) => filledTask(bodies, task),
      archived: (org, id) => archivedTask(store, org, id),
      changesAfter: (seq) => feed.after(seq),
    },
  });
}
