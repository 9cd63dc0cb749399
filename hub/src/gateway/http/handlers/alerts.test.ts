// The routes about alerts, from a socket to the decision and back.

import type { AlertPage, AlertRulePage, AlertView, SilencePage, SilenceView } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HUB_ORG } from '../../../core/access/access.js';
import type { Condition } from '../../../core/alert/condition.js';
import { TestHub } from '../fixture.js';

let hub: TestHub;
let key: string;

beforeEach(async () => {
  hub = await TestHub.start();
  for (const org of [HUB_ORG, 'other']) await hub.decide({ type: 'org.ensure', org });
  key = (await hub.key('operator')).secret;
});

afterEach(() => hub.stop());

async function find(...found: readonly (Partial<Condition> & Pick<Condition, 'rule'>)[]): Promise<void> {
  const like = {
    org: HUB_ORG,
    severity: 'warn',
    value: 900,
    limit: 600,
    unit: 'seconds',
    subjects: [],
    count: 1,
  } as const;
  const conditions = found.map((one) => ({ ...like, why: 'because', ...one }));
  await hub.decide({ type: 'alerts.evaluate', conditions });
}

async function list(query = '', caller = key): Promise<AlertPage['items']> {
  return (await hub.call<AlertPage>('GET', `/alerts${query}`, { key: caller })).body.items;
}

test('an alert is listed, shown, acknowledged and marked as noise', async () => {
  await find({ rule: 'TaskStuck', subjects: [{ kind: 'task', id: 't1', name: 'roof' }] });
  const [alert] = await list();
  expect(alert).toMatchObject({
    rule: 'TaskStuck',
    state: 'firing',
    severity: 'warn',
    org: HUB_ORG,
    value: 900,
    limit: 600,
    unit: 'seconds',
    subjects: [{ kind: 'task', id: 't1', name: 'roof' }],
    count: 1,
    why: 'because',
    next: expect.any(String),
    runbook: 'ops/docs/runbooks/TaskStuck.md',
  });
  expect(alert?.history).toHaveLength(24);
  const url = `/alerts/${alert?.id}`;
  const acknowledged = await hub.call<AlertView>('POST', `${url}/acknowledge`, { key, body: { note: 'on it' } });
  expect(acknowledged.body.acknowledged).toMatchObject({
    note: 'on it',
    by: expect.stringMatching(/^key:/),
    byName: 'operator',
  });
  await hub.call('POST', `${url}/noise`, { key, body: { reason: 'not_actionable' } });
  const shown = await hub.call<AlertView>('GET', url, { key });
  expect(shown.body).toMatchObject({ acknowledged: { note: 'on it' }, noise: { reason: 'not_actionable' } });
});

test('lists leave out what is resolved, unless that is asked for', async () => {
  await hub.decide({
    type: 'config.patch',
    patch: { alerts: { rules: { TaskStuck: { keepFiringForSeconds: 0 } } } },
    by: 'test',
  });
  await find({ rule: 'TaskStuck' });
  await find({ rule: 'QueueWaitHigh', severity: 'page' });
  expect((await list()).map(({ rule }) => rule)).toEqual(['QueueWaitHigh']);
  expect((await list('?state=resolved')).map(({ rule }) => rule)).toEqual(['TaskStuck']);
  expect(await list('?severity=info')).toEqual([]);
  expect((await list('?rule=QueueWaitHigh')).map(({ severity }) => severity)).toEqual(['page']);
});

test('what is not found any more is shown as clearing, and how it ended when that was not by itself', async () => {
  await find({ rule: 'TaskStuck' });
  await find();
  const [clearing] = await list();
  expect(clearing).toMatchObject({ rule: 'TaskStuck', state: 'firing', why: 'because' });
  const { since = '', endsAt = '' } = clearing?.clearing ?? {};
  expect(Date.parse(endsAt) - Date.parse(since)).toBe(60_000);
  await find({ rule: 'TaskStuck' });
  expect((await list())[0]).not.toHaveProperty('clearing');
  await hub.decide({
    type: 'config.patch',
    patch: { alerts: { rules: { TaskStuck: { enabled: false } } } },
    by: 'test',
  });
  await find();
  expect(await list('?state=resolved')).toMatchObject([{ rule: 'TaskStuck', outcome: 'Its rule was turned off.' }]);
});

test('what concerns the hub is shown to whoever runs it, and everybody sees their own organisation alone', async () => {
  await find({ rule: 'TaskStuck' }, { rule: 'TaskStuck', org: 'other' }, { rule: 'DiskLow', org: undefined });
  const stranger = (await hub.key('owner', 'other')).secret;
  expect((await list()).map(({ rule, org }) => [rule, org]).sort()).toEqual([
    ['DiskLow', undefined],
    ['TaskStuck', HUB_ORG],
  ]);
  expect((await list('', stranger)).map(({ rule, org }) => [rule, org])).toEqual([['TaskStuck', 'other']]);
});

test('a silence is made, listed with how many alerts it silences, and removed', async () => {
  await find({ rule: 'TaskStuck' });
  const body = { matchers: { rule: 'TaskStuck' }, reason: 'moving house', untilResolved: true };
  const made = await hub.call<SilenceView>('POST', '/silences', { key, body });
  expect(made).toMatchObject({ status: 201, body: { ...body, alerts: 1 } });
  expect(Date.parse(made.body.endsAt) - Date.parse(made.body.createdAt)).toBe(7 * 24 * 3_600_000);
  expect((await list())[0]?.silenced).toBe(made.body.id);
  const listed = await hub.call<SilencePage>('GET', '/silences', { key });
  expect(listed.body.items.map(({ id }) => id)).toEqual([made.body.id]);
  expect((await hub.call('DELETE', `/silences/${made.body.id}`, { key })).status).toBe(204);
  expect((await list())[0]?.silenced).toBeUndefined();
});

test('rules are listed as the config has them, and tested with another limit', async () => {
  await hub.decide({
    type: 'config.patch',
    patch: { alerts: { rules: { TaskStuck: { stuckAfterSeconds: 700, enabled: true } } } },
    by: 'test',
  });
  await find({ rule: 'TaskStuck' });
  const rules = await hub.call<AlertRulePage>('GET', '/alert-rules?limit=200', { key });
  const stuck = rules.body.items.find(({ rule }) => rule === 'TaskStuck');
  expect(stuck).toMatchObject({
    enabled: true,
    thresholds: { stuckAfterSeconds: 700 },
    mutedBy: ['NoAgents', 'AgentsLost'],
    open: 1,
    fired: 1,
    noise: { false_positive: 0, not_actionable: 0, poor_details: 0 },
  });
  const test = (body: object) => hub.call('POST', '/alert-rules/TaskStuck/test', { key, body });
  expect((await test({ limit: 901 })).body).toMatchObject({ fired: 1, wouldHaveFired: 0 });
  expect((await test({ limit: 900 })).body).toMatchObject({ fired: 1, wouldHaveFired: 1 });
});
