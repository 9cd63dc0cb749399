// The views that `agentcom top` follows, as changes of its state.

import type { LiveView } from '@agentcom/schemas';
import type { LiveConnection } from '@agentcom/schemas/live-connection';
import { oneLine } from '../text.js';
import { type TopState, type TopView, withDelta, withRefusal, withReset, withSnapshot } from './model.js';

const ROWS_MAX = 1_000;

const VIEWS: Readonly<Record<TopView, LiveView>> = {
  overview: { kind: 'overview' },
  // Alerts have a part of their own.
  needs: { kind: 'needs-you', q: '-kind:alert', limit: ROWS_MAX },
  // The watchdog always fires, and means nothing.
  alerts: { kind: 'alerts', q: 'state:firing -rule:Watchdog', limit: ROWS_MAX },
  agents: { kind: 'agents', limit: ROWS_MAX },
  tasks: { kind: 'tasks', q: 'state:assigned,working,blocked', limit: ROWS_MAX },
};

export const TOP_VIEWS = Object.keys(VIEWS) as readonly TopView[];

export function follow(
  connection: Pick<LiveConnection, 'subscribe'>,
  change: (next: (state: TopState) => TopState) => void,
): void {
  for (const view of TOP_VIEWS) {
    connection.subscribe(VIEWS[view], {
      onSnapshot: (frame) => change((state) => withSnapshot(state, view, frame)),
      onDelta: (frame) => change((state) => withDelta(state, view, frame)),
      onReset: () => change((state) => withReset(state, view)),
      onError: ({ message }) => change((state) => withRefusal(state, view, oneLine(message))),
    });
  }
}

/** Every view has been answered, with rows or a refusal. */
export function isWhole({ views }: TopState): boolean {
  return TOP_VIEWS.every((view) => views[view] !== undefined);
}
