// Alerts and silences at the command line.

import type { AlertView } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { KEY, problem, type Reply, TASK, type TestHub, testHub, testWorld } from '../testing.js';

const OTHER = TASK.replace(/.$/, '0');
const alert: AlertView = {
  id: TASK,
  rule: 'TaskStuck',
  state: 'firing',
  severity: 'warn',
  org: 'default',
  since: '2026-01-31T11:40:00Z',
  firingSince: '2026-01-31T11:40:00Z',
  value: 1200,
  limit: 600,
  unit: 'seconds',
  subjects: [{ kind: 'task', id: 't1', name: 'Fix the roof' }],
  count: 3,
  why: 'The agent prints nothing.',
  next: 'Read what it printed last.',
  runbook: 'ops/docs/runbooks/TaskStuck.md',
  toldAt: '2026-01-31T11:41:00Z',
  escalation: 0,
  history: [0, 0.5, 1],
};
const page: AlertView = { ...alert, id: OTHER, rule: 'NoAgents', severity: 'page', subjects: [], mutedBy: 'NoLeader' };
const silence = {
  id: TASK,
  matchers: { rule: 'TaskStuck', label: { name: 'team', value: 'roof' } },
  reason: 'new disk',
  createdBy: 'key:k',
  createdAt: '2026-01-31T12:00:00Z',
  endsAt: '2026-01-31T14:00:00Z',
  untilResolved: false,
  alerts: 1,
};
const rule = {
  rule: 'TaskStuck',
  enabled: true,
  severity: 'warn',
  forSeconds: 0,
  keepFiringForSeconds: 60,
  thresholds: {},
  mutedBy: [],
  meaning: 'An agent reports nothing.',
  next: 'Read.',
  runbook: 'r',
  open: 1,
  fired: 1,
  noise: { false_positive: 1, not_actionable: 1, poor_details: 0 },
};
const listed = (...items: object[]): Reply => ({ status: 200, body: { items, nextCursor: null } });

let hub: TestHub;
let more: Partial<AlertView>;

beforeEach(async () => {
  more = {};
  const repliesNow = (): Record<string, Reply> => ({
    'GET /alerts': listed({ ...alert, ...more }, page),
    [`GET /alerts/${TASK}`]: { status: 200, body: { ...alert, ...more } },
    [`POST /alerts/${TASK}/acknowledge`]: { status: 200, body: alert },
    [`POST /alerts/${TASK}/noise`]: { status: 200, body: alert },
    'GET /alert-rules': listed({ ...rule, rule: 'NoAgents', fired: 0 }, rule),
    'GET /silences': listed(silence),
    'POST /silences': { status: 201, body: silence },
    [`DELETE /silences/${TASK}`]: { status: 204 },
  });
  hub = await testHub(({ method, url }) => {
    const replies = repliesNow();
    const path = url.replace('/api/v1', '').replace(/\?.*/, '');
    return replies[`${method} ${path}`] ?? problem(404, 'request.not_found', `${method} ${path}`);
  });
});
afterEach(() => hub.stop());

async function run(...args: readonly string[]) {
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
  const exit = await runCommandLine(world, args);
  return { exit, out: world.out(), err: world.err() };
}

it('lists the most urgent first, with what holds people back from being told', async () => {
  const { out } = await run('alert', 'list');
  const lines = out.trim().split('\n');
  expect(lines[1]).toMatch(/page +NoAgents +muted +20 min ago +The agent prints nothing\./);
  expect(lines[2]).toMatch(/warn +TaskStuck +firing +20 min ago +The agent prints nothing\./);
  expect(JSON.parse((await run('alert', 'list', '--json')).out)).toMatchObject({
    items: [{ id: TASK }, { id: OTHER }],
  });
});

it('shows one by its id, a part of it, or its rule', async () => {
  for (const given of [TASK, TASK.slice(-6), 'TaskStuck']) {
    const { out } = await run('alert', 'show', given);
    expect(out).toMatch(/^runbook +agentcom explain TaskStuck$/m);
    expect(out).not.toContain('ops/docs');
    expect(out).toContain('task Fix the roof (t1)\n');
    expect(out).toContain('and 2 more');
    expect(out).toContain('Read what it printed last.');
    expect(out).toMatch(/last 24 h +·▄█/);
  }
  expect(await run('alert', 'show', 'Nonsense')).toMatchObject({ exit: EXIT.failed });
});

it('says of one that is clearing what was found last, and when it resolves', async () => {
  more = { clearing: { since: '2026-01-31T11:59:30Z', endsAt: '2026-01-31T12:00:30Z' } };
  expect((await run('alert', 'list')).out).toMatch(
    /TaskStuck +clearing +20 min ago +no longer so; resolves in 30 s\. Last found: The agent prints nothing\./,
  );
  const { out } = await run('alert', 'show', TASK);
  expect(out).toMatch(/^state +clearing$/m);
  expect(out).toMatch(/^clearing +not found since .*; resolves in 30 s unless it is again$/m);
  expect(out).toMatch(/^last found +The agent prints nothing\.$/m);
});

it('says by name who acknowledged it', async () => {
  const at = '2026-01-31T11:59:30Z';
  more = { acknowledged: { by: 'key:k1', byName: 'laptop', at, note: 'on it' } };
  expect((await run('alert', 'show', TASK)).out).toMatch(/^acknowledged +by laptop, .*: on it$/m);
});

it('acknowledges and marks as noise', async () => {
  const acknowledged = await run('alert', 'ack', 'TaskStuck', '--note', 'on it');
  expect(acknowledged.out).toBe('Acknowledged TaskStuck, until it is resolved.\n');
  expect(hub.received.at(-1)?.body).toEqual({ note: 'on it' });
  await run('alert', 'noise', TASK, '--reason', 'not_actionable');
  expect(hub.received.at(-1)?.body).toEqual({ reason: 'not_actionable' });
});

it('lists rules, those that fired most often first', async () => {
  const { out } = await run('alert', 'rules');
  expect(out.trim().split('\n')[1]).toMatch(/^TaskStuck +warn +1 +1 time +2 +An agent reports nothing\./);
});

it('silences what fits, lists silences and ends them', async () => {
  const made = await run(
    ...['silence', 'create', '--rule', 'TaskStuck', '--label', 'team=roof', '--agent', 'tern'],
    ...['--ttl', '2h', '--reason', 'new disk', '--until-resolved'],
  );
  expect(made.out).toContain('Silenced 1 alert that fires now, and those to come. It ends in 2 h.');
  expect(hub.received.at(-1)?.body).toEqual({
    matchers: {
      rule: 'TaskStuck',
      label: { name: 'team', value: 'roof' },
      subject: { kind: 'agent', id: 'tern' },
    },
    reason: 'new disk',
    ttlSeconds: 7200,
    untilResolved: true,
  });
  expect((await run('silence', 'list')).out).toMatch(/TaskStuck, team=roof +1 +in 2 h +new disk/);
  expect((await run('silence', 'remove', TASK.slice(-6))).out).toBe(`Ended silence ${TASK}.\n`);
  expect(await run('silence', 'create', '--reason', 'x')).toMatchObject({ exit: EXIT.usage });
});
