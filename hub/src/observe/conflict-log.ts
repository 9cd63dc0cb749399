// Second hellos in the log: whoever has a copy of an agent's key shows there, and in `agentcom agent show`.

import type { Change } from '../core/change.js';

interface SecurityLog {
  warn(fields: object, message: string): void;
}

/** A subscriber of the feed. */
export function conflictLog(log: SecurityLog): {
  changes(batch: { readonly changes: readonly Change[] }): void;
  resync(): void;
} {
  return {
    changes: ({ changes }) => {
      for (const { event } of changes) {
        if (event.type !== 'agent.conflicted' && event.type !== 'agent.taken_over') continue;
        const { type, org, agent, host, instance, first } = event;
        const what =
          type === 'agent.conflicted'
            ? 'a second sidecar said hello with the key of an agent that is in use, and was refused'
            : 'a second sidecar said hello with the key of an agent whose connection was live, and took over';
        log.warn({ event: type, org, agent, host, instance, first }, what);
      }
    },
    resync: () => undefined,
  };
}
