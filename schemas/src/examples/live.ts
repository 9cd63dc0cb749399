// Examples of the live socket: its frames, and the rows of its views.

import type { AgentView } from '../agent.js';
import type { AlertView } from '../alerts.js';
import type * as live from '../live.js';
import { AGENT_STATES, LANES, TASK_STATES } from '../names.js';
import type { TaskView, Why } from '../task.js';
import { alertExamples } from './alerts.js';
import { STORAGE } from './backups.js';
import { type Examples, faulty, LATER, NOON, TASK } from './example.js';
import { haltExamples } from './halts.js';
import { httpExamples } from './http.js';
import * as tasks from './tasks.js';

function one<Word extends string>(words: readonly Word[]): Record<Word, number> {
  return Object.fromEntries(words.map((word) => [word, 1])) as Record<Word, number>;
}

const view: live.LiveView = { kind: 'tasks', q: 'state:queued -lane:low', sort: '-age', limit: 50 };
const { prompt, data, ...task } = tasks.taskView.valid[0] as TaskView;
const alert = alertExamples.AlertView.valid[0] as AlertView;
const spend: live.LiveSpend = {
  today: [{ currency: 'EUR', costMicros: 1 }],
  month: [
    { currency: 'EUR', costMicros: 2 },
    { currency: 'USD', costMicros: 5 },
  ],
  todayUnknown: 2,
  todayLimit: { currency: 'EUR', costMicros: 3 },
  monthLimit: { currency: 'EUR', costMicros: 4 },
};
const overview: live.LiveOverview = {
  id: 'overview',
  tasks: one(TASK_STATES),
  queued: one(LANES),
  agents: one(AGENT_STATES),
  needsYou: 2,
  firing: 1,
  worst: 'page',
  halts: haltExamples.HaltView.valid,
  spend,
};
const group: live.DeadLetterGroup = {
  id: 'permanent no_branch - -',
  class: 'permanent',
  code: 'no_branch',
  repo: 'https://git.example.com/team/app.git',
  runner: 'claude',
  count: 2,
  firstAt: NOON,
  lastAt: LATER,
  example: { task: TASK, title: 'Fix it', message: 'it made no branch' },
  next: 'Requeue it with another model.',
  q: 'class:permanent code:no_branch',
};
const need: live.LiveNeed = {
  id: `question ${TASK}`,
  kind: 'question',
  title: 'Fix it',
  why: 'Which one?',
  since: NOON,
  until: LATER,
  next: 'Answer it.',
  repo: 'https://git.example.com/team/app.git',
  task: TASK,
  agent: 'duly-noted',
  question: { questionId: 'q1', question: 'Which one?', choices: ['the first', 'the second'] },
};
const costs: live.LiveCosts = {
  id: 'costs',
  ...spend,
  unknownCost: 1,
  forecast: [{ month: '2026-11', currency: 'EUR', spentMicros: 2, forecastMicros: 3 }],
};
const system: live.LiveSystem = {
  id: 'system',
  role: 'follower',
  version: '0.1.0',
  seq: 7,
  lagMs: 3,
  leader: 'http://127.0.0.1:7800',
  leaderVersion: '0.1.0',
  status: 'degraded',
  reasons: [{ code: 'low_disk', message: 'the disk is nearly full' }],
  commitMs: { p50: 1.5, p99: 4 },
  storage: STORAGE,
  durability: {
    fsync: 'always',
    replicas: 3,
    copies: [{ name: 'nats-2', behindMs: 8_000 }],
    natsVersion: '2.12.2',
    isOwn: false,
  },
  disk: { freeBytes: 9_000, lowBytes: 1_000, lostBytesPerHour: 80, lowInSeconds: 360_000 },
  sidecars: [{ version: '0.1.0', agents: 3, connected: 2 }],
  operations: 1,
};
const activity: live.LiveActivity = {
  id: '7.0',
  at: NOON,
  event: 'task.completed',
  task: { id: TASK, title: 'Fix it', state: 'completed' },
  agent: 'duly-noted',
};
const subscribe: live.PageFrameOf<'subscribe'> = { type: 'subscribe', id: 1, view, from: 12 };
const delta: live.LiveFrameOf<'delta'> = {
  type: 'delta',
  id: 1,
  seq: 13,
  put: [{ id: TASK }],
  gone: ['x'],
  total: 4,
};
const snapshot: live.LiveFrameOf<'snapshot'> = { type: 'snapshot', id: 1, seq: 13, total: 1, items: [{ id: TASK }] };
const error: live.LiveFrameOf<'error'> = {
  type: 'error',
  id: 1,
  code: 'request.invalid',
  message: 'there is no key stat; did you mean state?',
  retryable: false,
  retryAfterMs: 5,
  details: [{ path: '/view/q', message: 'there is no key stat' }],
};
const hub: live.LiveFrameOf<'hub'> = { type: 'hub', role: 'leader', lagMs: 0, version: '0.1.0', journal: 'j1' };

export const liveExamples = {
  LiveView: {
    valid: [view, { kind: 'task', task: TASK }, { kind: 'overview' }],
    invalid: faulty(view, [
      ['/kind', { kind: 'everything' }],
      ['/q', { q: 'x'.repeat(1_025) }],
      ['/sort', { sort: '' }],
      ['/limit', { limit: 0 }],
      ['/task', { task: 'T1' }],
    ]),
  } satisfies Examples<live.LiveView>,
  LiveOverview: {
    valid: [overview],
    invalid: faulty(overview, [['/tasks/queued', { tasks: { ...overview.tasks, queued: -1 } }]]),
  } satisfies Examples<live.LiveOverview>,
  LiveNeed: {
    valid: [
      need,
      { ...need, kind: 'alert', alert, severity: 'page' },
      { ...need, kind: 'dead-letters', deadLetters: group },
      { ...need, kind: 'review', pullRequest: 'https://git.example.com/1', branch: 'agentcom/a/1' },
    ],
    invalid: faulty(need, [
      ['/kind', { kind: 'other' }],
      ['/since', { since: 'now' }],
    ]),
  } satisfies Examples<live.LiveNeed>,
  NeedListQuery: {
    valid: [{}, { limit: 5, q: 'kind:question repo:api', sort: '-age', mine: 'auto' }],
    invalid: [
      { path: '/limit', value: { limit: 0 } },
      { path: '/mine', value: { mine: 'yes' } },
    ],
  } satisfies Examples<live.NeedListQuery>,
  NeedPage: {
    valid: [{ items: [need], nextCursor: null, total: 3 }],
    invalid: [{ path: '/total', value: { items: [], nextCursor: null } }],
  } satisfies Examples<live.NeedPage>,
  LiveTask: {
    valid: [{ ...task, id: 'task', task: TASK }],
    invalid: [{ path: '/id', value: { ...task, task: TASK } }],
  } satisfies Examples<live.LiveTask>,
  LiveTaskTexts: {
    valid: [{ id: 'texts', prompt, data }],
    invalid: faulty({ id: 'texts', prompt }, [['/prompt', { prompt: undefined }]]),
  } satisfies Examples<live.LiveTaskTexts>,
  LiveTaskWhy: {
    valid: [{ ...(tasks.why.valid[0] as Why), id: 'why' }],
    invalid: [{ path: '/id', value: { ...tasks.why.valid[0], id: 'because' } }],
  } satisfies Examples<live.LiveTaskWhy>,
  LiveAgent: {
    valid: [{ ...(httpExamples.AgentView.valid[0] as AgentView), id: 'duly-noted' }],
    invalid: [{ path: '/id', value: httpExamples.AgentView.valid[0] }],
  } satisfies Examples<live.LiveAgent>,
  DeadLetterGroup: {
    valid: [group],
    invalid: faulty(group, [['/count', { count: -1 }]]),
  } satisfies Examples<live.DeadLetterGroup>,
  LiveCosts: {
    valid: [costs],
    invalid: faulty(costs, [['/unknownCost', { unknownCost: undefined }]]),
  } satisfies Examples<live.LiveCosts>,
  LiveSystem: {
    valid: [system],
    invalid: faulty(system, [
      ['/role', { role: 'king' }],
      ['/durability', { durability: undefined }],
    ]),
  } satisfies Examples<live.LiveSystem>,
  LiveActivity: {
    valid: [activity],
    invalid: faulty(activity, [['/at', { at: 'now' }]]),
  } satisfies Examples<live.LiveActivity>,
  'page.subscribe': {
    valid: [subscribe, { type: 'subscribe', id: 0, view: { kind: 'overview' } }],
    invalid: faulty(subscribe, [
      ['/id', { id: -1 }],
      ['/id', { id: '1' }],
      ['/view', { view: undefined }],
      ['/view/kind', { view: {} }],
      ['/view/more', { view: { ...view, more: 1 } }],
      ['/from', { from: -1 }],
    ]),
  } satisfies Examples<live.PageFrameOf<'subscribe'>>,
  'page.unsubscribe': {
    valid: [{ type: 'unsubscribe', id: 1 }],
    invalid: faulty({ type: 'unsubscribe', id: 1 }, [['/id', { id: undefined }]]),
  } satisfies Examples<live.PageFrameOf<'unsubscribe'>>,
  'live.snapshot': {
    valid: [snapshot],
    invalid: faulty(snapshot, [['/items/0/id', { items: [{}] }]]),
  } satisfies Examples<live.LiveFrameOf<'snapshot'>>,
  'live.delta': {
    valid: [delta],
    invalid: faulty(delta, [
      ['/gone', { gone: undefined }],
      ['/gone/0', { gone: [1] }],
    ]),
  } satisfies Examples<live.LiveFrameOf<'delta'>>,
  'live.error': {
    valid: [error],
    invalid: faulty(error, [['/code', { code: undefined }]]),
  } satisfies Examples<live.LiveFrameOf<'error'>>,
  'live.hub': {
    valid: [hub],
    invalid: faulty(hub, [['/role', { role: 'king' }]]),
  } satisfies Examples<live.LiveFrameOf<'hub'>>,
};
