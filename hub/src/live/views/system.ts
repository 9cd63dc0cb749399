// The hub that serves the page: what it is, how it is, what it stores and how safely, and which versions work with it.

import type { LiveSystem } from '@agentcom/schemas';
import type { Agent } from '../../core/agent/agent.js';
import { type DiskFigures, secondsUntilLow } from '../../core/alert/figures.js';
import { RowsSource } from '../rows-source.js';
import type { LivePorts, LiveSource } from '../source.js';

const REFRESH_MS = 2_000;
const HOUR_SECONDS = 3_600;

export function systemSource(org: string, ports: LivePorts, seqOf: () => number): LiveSource {
  return new RowsSource({
    topics: ['leader', 'config', 'clock'],
    refreshMs: REFRESH_MS,
    rowsOf: ({ view }) => {
      const { journal: _journal, ...hub } = ports.hub();
      const { leaderUrl: leader, leaderVersion } = view;
      const disk = diskOf(ports.disk());
      const row: LiveSystem = {
        id: 'system',
        ...hub,
        seq: seqOf(),
        ...(leader !== undefined && { leader }),
        ...(leaderVersion !== undefined && { leaderVersion }),
        ...ports.health(),
        commitMs: ports.commitMs(org),
        storage: ports.storage(),
        durability: ports.durability(),
        ...(disk !== undefined && { disk }),
        sidecars: sidecarsOf(view.fleet()),
        operations: ports.operations(),
      };
      return { rows: [row], total: 1 };
    },
  });
}

/** Undefined before the disk was looked at. */
export function diskOf(disk: DiskFigures): LiveSystem['disk'] {
  const { freeBytes, lowBytes, lostPerSecond } = disk;
  if (!Number.isFinite(freeBytes)) return undefined;
  const seconds = secondsUntilLow(disk);
  return {
    freeBytes,
    lowBytes,
    ...(lostPerSecond !== undefined && { lostBytesPerHour: Math.round(lostPerSecond * HOUR_SECONDS) }),
    ...(seconds !== undefined && { lowInSeconds: Math.floor(seconds) }),
  };
}

/** Agents that never connected have no version. */
export function sidecarsOf(agents: Iterable<Pick<Agent, 'version' | 'connection'>>): LiveSystem['sidecars'] {
  const counts = new Map<string, { agents: number; connected: number }>();
  for (const { version, connection } of agents) {
    if (version === '') continue;
    const { agents: n, connected } = counts.get(version) ?? { agents: 0, connected: 0 };
    counts.set(version, { agents: n + 1, connected: connected + (connection === undefined ? 0 : 1) });
  }
  return Array.from(counts, ([version, count]) => ({ version, ...count })).sort((a, b) =>
    b.version.localeCompare(a.version, 'en', { numeric: true }),
  );
}
