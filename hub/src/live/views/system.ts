// The hub that serves the page: what it is, how it is, and what it stores.

import type { LiveSystem } from '@agentcom/schemas';
import { RowsSource } from '../rows-source.js';
import type { LivePorts, LiveSource } from '../source.js';

const REFRESH_MS = 2_000;

export function systemSource(org: string, ports: LivePorts, seqOf: () => number): LiveSource {
  return new RowsSource({
    topics: ['leader', 'config', 'clock'],
    refreshMs: REFRESH_MS,
    rowsOf: ({ view }) => {
      const { journal: _journal, ...hub } = ports.hub();
      const leader = view.leaderUrl;
      const row: LiveSystem = {
        id: 'system',
        ...hub,
        seq: seqOf(),
        ...(leader !== undefined && { leader }),
        ...ports.health(),
        commitMs: ports.commitMs(org),
        storage: ports.storage(),
      };
      return { rows: [row], total: 1 };
    },
  });
}
