// For tests: rows as the hub sends them, and a state that has them.

import type { AlertView, LiveAgent, LiveNeed, LiveOverview } from '@agentcom/schemas';
import { examplesByName } from '@agentcom/schemas/examples/index';
import { ACTIONS } from '@agentcom/schemas/names';
import { TASK } from '../testing.js';
import { firstState, type TopState, withConnection, withSnapshot } from './model.js';

export const NOW = Date.parse('2026-01-31T12:00:00Z');
export const SAID = { role: 'leader', lagMs: 0, version: '0.1.0', journal: 'j1' } as const;

function example<Row>(name: string): Row {
  return examplesByName[name]?.valid[0] as Row;
}

export function question(changes: Partial<LiveNeed> = {}): LiveNeed {
  return {
    id: `question ${TASK}`,
    kind: 'question',
    title: 'Upgrade the payment library',
    why: 'Which one?',
    since: '2026-01-31T11:58:00Z',
    until: '2026-01-31T13:00:00Z',
    next: 'Answer it.',
    task: TASK,
    agent: 'duly-noted',
    question: { questionId: 'q1', question: 'Keep the old one, or move over?', choices: ['Keep it', 'Move over'] },
    ...changes,
  };
}

export function deadLetters(count = 3): LiveNeed {
  const group = {
    id: 'g',
    class: 'permanent',
    code: 'it.failed',
    count,
    firstAt: '2026-01-31T10:00:00Z',
    lastAt: '2026-01-31T11:00:00Z',
    example: { task: TASK, title: 'Translate the error pages', message: 'no such file' },
    q: 'code:it.failed',
  };
  return {
    id: 'dead-letters g',
    kind: 'dead-letters',
    title: count === 1 ? group.example.title : `${count} tasks`,
    why: 'it.failed: no such file',
    since: '2026-01-31T11:00:00Z',
    next: 'Requeue or discard.',
    task: TASK,
    deadLetters: group,
  };
}

export function alert(changes: Partial<AlertView> = {}): AlertView {
  const {
    acknowledged: _by,
    silenced: _s,
    mutedBy: _m,
    clearing: _c,
    outcome: _o,
    ...rest
  } = example<AlertView>('AlertView');
  return {
    ...rest,
    id: 'a1',
    rule: 'NoAgents',
    state: 'firing',
    severity: 'page',
    since: '2026-01-31T11:55:00Z',
    why: 'Nobody is connected.',
    ...changes,
  };
}

export function agent(name: string, changes: Partial<LiveAgent> = {}): LiveAgent {
  return {
    id: name,
    name,
    org: 'default',
    state: 'idle',
    connected: true,
    draining: false,
    unresponsive: false,
    capabilities: ['node'],
    version: '0.1.0',
    host: 'build-1',
    enrolledAt: '2026-01-30T12:00:00Z',
    lastSeenAt: '2026-01-31T11:59:57Z',
    ...changes,
  };
}

export function overview(changes: Partial<LiveOverview> = {}): LiveOverview {
  return {
    id: 'overview',
    tasks: {
      scheduled: 0,
      waiting: 0,
      queued: 4,
      assigned: 0,
      working: 2,
      blocked: 1,
      completed: 9,
      cancelled: 0,
      dead: 3,
    },
    queued: { urgent: 0, high: 1, normal: 3, low: 0 },
    agents: { offline: 1, idle: 2, assigned: 0, working: 2, blocked: 1 },
    needsYou: 2,
    spend: {
      today: [{ currency: 'USD', costMicros: 40_000_000 }],
      month: [],
      todayLimit: { currency: 'USD', costMicros: 50_000_000 },
    },
    ...changes,
  };
}

interface Given {
  readonly overview?: LiveOverview;
  readonly needs?: readonly LiveNeed[];
  readonly alerts?: readonly AlertView[];
  readonly agents?: readonly LiveAgent[];
  readonly may?: readonly (typeof ACTIONS)[number][];
}

export function topState({
  needs = [question(), deadLetters()],
  alerts = [alert()],
  agents = [agent('roofer')],
  may = ACTIONS,
  overview: hub = overview(),
}: Given = {}): TopState {
  const live = withConnection(firstState('http://127.0.0.1:7700', 'default', may), 'live', SAID, NOW);
  const rows = { overview: [hub], needs, alerts, agents, tasks: [] };
  return (Object.keys(rows) as (keyof typeof rows)[]).reduce(
    (state, view) => withSnapshot(state, view, { items: rows[view] }),
    live,
  );
}
