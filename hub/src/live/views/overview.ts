// What the top of every page shows, off counters.

import { AGENT_STATES, type AgentState, type LiveOverview } from '@agentcom/schemas';
import type { View } from '../../access/view.js';
import { rankOf } from '../../core/alert/alert.js';
import { isFiring, wantsAttention } from '../../core/alert/attention.js';
import { haltView } from '../../core/halt/view.js';
import { RowsSource } from '../rows-source.js';
import type { LiveSource } from '../source.js';
import { countNeeds } from './needs-you.js';
import { spendOf } from './spend.js';

const REST_MS = 200;
const REFRESH_MS = 10_000;

export function overviewSource(): LiveSource {
  return new RowsSource({
    topics: ['task', 'agent', 'alert', 'silence', 'halt', 'org', 'config'],
    restMs: REST_MS,
    refreshMs: REFRESH_MS,
    rowsOf: ({ view, org, now }) => ({ rows: [overviewOf(view, org, now)], total: 1 }),
  });
}

function overviewOf(view: View, org: string, now: number): LiveOverview {
  return {
    id: 'overview',
    tasks: view.taskCounts(),
    queued: view.queuedByLane(),
    ...(view.sees('agents.read') && { agents: agentsByState(view) }),
    needsYou: countNeeds(view, now),
    ...(view.sees('alerts.read') && alertsOf(view)),
    ...(view.sees('halts.read') && { halts: view.halts().map((halt) => haltView(halt, org)) }),
    ...(view.seesAllTasks && { spend: spendOf(view, now) }),
  };
}

function agentsByState(view: View): Record<AgentState, number> {
  const counts = Object.fromEntries(AGENT_STATES.map((state) => [state, 0])) as Record<AgentState, number>;
  for (const agent of view.agents()) counts[view.agentState(agent)]++;
  return counts;
}

function alertsOf(view: View): Pick<LiveOverview, 'firing' | 'worst'> {
  const firing = view.alerts().filter(isFiring);
  const [worst] = firing
    .filter(wantsAttention)
    .map(({ severity }) => severity)
    .sort((a, b) => rankOf(b) - rankOf(a));
  return { firing: firing.length, ...(worst !== undefined && { worst }) };
}
