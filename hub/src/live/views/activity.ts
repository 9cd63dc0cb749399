// What happened lately, newest first.

import type { LiveActivity } from '@agentcom/schemas';
import type { View } from '../../access/view.js';
import type { Change } from '../../core/change.js';
import { iso } from '../../core/iso.js';
import { RowsSource } from '../rows-source.js';
import type { LivePorts, LiveSource, RecentChanges } from '../source.js';

/** What a person follows; the rest is between hub and sidecar. */
const SHOWN: ReadonlySet<string> = new Set([
  'task.submitted',
  'task.assigned',
  'task.accepted',
  'task.blocked',
  'task.answered',
  'task.completed',
  'task.cancelled',
  'task.attempt_failed',
  'task.requeued',
  'task.requeue_undone',
  'task.moved',
  'task.halted',
  'agent.enrolled',
  'agent.connected',
  'agent.disconnected',
  'agent.drain_set',
  'agent.removed',
  'agent.limited',
  'agent.fitness_changed',
  'alert.firing',
  'alert.resolved',
  'halt.created',
  'halt.ended',
]);
const ROWS_MAX = 500;

export function activitySource(limit: number, { changesAfter }: LivePorts): LiveSource {
  const max = Math.min(limit, ROWS_MAX);
  let seq = -1;
  let rows: LiveActivity[] = [];
  return new RowsSource({
    topics: ['task', 'agent', 'alert', 'halt'],
    rowsOf: ({ view, org }) => {
      const { isWhole, batches } = changesAfter(seq);
      seq = batches.at(-1)?.seq ?? seq;
      // Where some are not known any more, older rows than these would leave a gap.
      rows = [...newest(view, org, batches, max), ...(isWhole ? rows : [])].slice(0, max);
      return { rows, total: rows.length };
    },
  });
}

function newest(view: View, org: string, batches: RecentChanges['batches'], max: number): LiveActivity[] {
  const rows: LiveActivity[] = [];
  for (const { seq, changes } of batches.toReversed()) {
    for (let i = changes.length - 1; i >= 0; i--) {
      const row = rowOf(view, org, changes[i] as Change, `${seq}.${i}`);
      if (row !== undefined && rows.push(row) === max) return rows;
    }
  }
  return rows;
}

function rowOf(view: View, org: string, change: Change, id: string): LiveActivity | undefined {
  const { event, at, task } = change;
  if (change.org !== org || !SHOWN.has(event.type) || !isSeen(view, change)) return undefined;
  const agent = task?.agent ?? task?.attemptAgent ?? ('agent' in event ? event.agent : undefined);
  return {
    id,
    at: iso(at),
    event: event.type,
    ...(task !== undefined && { task: { id: task.id, title: task.spec.title, state: task.state } }),
    ...(typeof agent === 'string' && { agent }),
  };
}

function isSeen(view: View, { event, task }: Change): boolean {
  if (task !== undefined) return view.seesMoment(task);
  if (event.type.startsWith('agent.')) return view.sees('agents.read');
  return view.sees(event.type.startsWith('alert.') ? 'alerts.read' : 'halts.read');
}
