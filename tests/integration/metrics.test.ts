// Metrics as their readers read them: a real Prometheus scrapes a real hub, promtool checks what it gets, and the query of every panel of the
// dashboards runs there.

import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS, type Stats } from '@agentcom/schemas';
import { beforeAll, expect, test } from 'vitest';
import { REPOSITORY } from '../support/cli.js';
import { freePort } from '../support/free-port.js';
import { type Hub, startHub } from '../support/hub.js';
import { completion, connectedAgent, failure, workingOn } from '../support/on-hub.js';
import { prometheusPrograms } from '../support/prometheus.js';
import { Sandbox } from '../support/sandbox.js';
import { eventually } from '../support/wait.js';

/** Have nothing to show while nothing of the kind has happened. */
const EMPTY_WITHOUT_CAUSE = new Set(['Limits', 'Age of the newest backup']);

let hub: Hub;
let programs: string;
let url: string;
let key: string;

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

async function ask(query: string): Promise<Answer> {
  const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`);
  return (await response.json()) as Answer;
}

/** What a query gives, once it gives something. */
function figure(query: string, fits: (value: number) => boolean): Promise<number> {
  return eventually(query, 30_000, async () => {
    const value = Number((await ask(query)).data.result[0]?.value[1]);
    return fits(value) ? value : undefined;
  });
}

function metrics(as: string): Promise<Response> {
  return fetch(`${hub.url}/metrics`, { headers: { authorization: `Bearer ${as}` } });
}

beforeAll(async () => {
  programs = await prometheusPrograms();
  const sandbox = new Sandbox();
  hub = await startHub(sandbox);
  const made = { role: 'viewer', name: 'prometheus', scopes: ['metrics:read'] };
  key = (await hub.api.need<{ key: string }>('POST', '/keys', made)).key;
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  // The one that people are given, with this hub's address and without waiting.
  const given = readFileSync(join(REPOSITORY, 'ops', 'prometheus', 'prometheus.yml'), 'utf8');
  const config = given.replace('127.0.0.1:7700', new URL(hub.url).host).replaceAll('15s', '250ms');
  writeFileSync(sandbox.path('prometheus.yml'), config);
  const rules = 'agentcom.rules.yml';
  copyFileSync(join(REPOSITORY, 'ops', 'prometheus', rules), sandbox.path(rules));
  writeFileSync(sandbox.path('agentcom.key'), key, { mode: 0o600 });
  const flags = [`--web.listen-address=127.0.0.1:${port}`, `--storage.tsdb.path=${sandbox.path('tsdb')}`];
  const prometheus = sandbox.run(join(programs, 'prometheus'), ['--config.file=prometheus.yml', ...flags]);
  return async () => {
    await prometheus.stop();
    await hub.stop();
    expect(await sandbox.close(), 'processes left behind').toEqual([]);
  };
}, 120_000);

test('a Prometheus scrapes the hub and counts what became of its tasks', async () => {
  await figure('up{job="agentcom"}', (value) => value === 1);
  const agent = await connectedAgent(hub);
  const before = await figure('sum(agentcom_attempt_seconds_count) or vector(0)', Number.isFinite);
  const usage = { inputTokens: 700, outputTokens: 42, costMicros: 1_500 };
  await agent.ok({ ...completion(await workingOn(hub, agent)), usage });
  await agent.ok(failure(await workingOn(hub, agent, { maxAttempts: 1 }), 'permanent'));
  await hub.api.submit({ needs: ['nobody'], lane: 'high' });
  const blocked = await connectedAgent(hub);
  await workingOn(hub, blocked);

  await figure('sum(agentcom_attempt_seconds_count)', (value) => value === before + 2);
  expect(await figure('agentcom_queue_tasks{lane="high"}', (value) => value === 1)).toBe(1);
  await figure('agentcom_queue_oldest_seconds{lane="high"}', (value) => value > 0);
  expect(await figure('agentcom_dead_letters_total{cause="permanent"}', Number.isFinite)).toBe(1);
  expect(await figure('agentcom_tokens_total', (value) => value > 0)).toBe(742);
  expect(await figure('agentcom_cost_micros_total', (value) => value > 0)).toBe(1_500);
  await figure('agentcom_stream_bytes{stream="journal"}', (value) => value > 1_000);
  expect(await figure('agentcom_agents{state="working"}', (value) => value === 1)).toBe(1);
  await agent.close();
  await blocked.close();
});

test('promtool finds no fault with what the hub answers, which has every metric of the catalogue', async () => {
  const text = await (await metrics(key)).text();
  const checked = spawnSync(join(programs, 'promtool'), ['check', 'metrics'], { input: text, encoding: 'utf8' });
  expect({ status: checked.status, said: checked.stderr + checked.stdout }).toEqual({ status: 0, said: '' });
  const served = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]);
  for (const [name, { type }] of Object.entries(METRICS)) expect(served).toContainEqual([name, type]);
  expect((await metrics('ac_nobody')).status).toBe(401);
});

test('the query of every panel of the dashboards is answered, with data where there must be', {
  timeout: 60_000,
}, async () => {
  const folder = join(REPOSITORY, 'ops', 'grafana', 'dashboards');
  const uids = new Set<string>();
  for (const name of readdirSync(folder)) {
    const dashboard = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
      readonly uid: string;
      readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
    };
    uids.add(dashboard.uid);
    expect(dashboard.panels.length).toBeGreaterThanOrEqual(9);
    for (const { title, targets } of dashboard.panels) {
      for (const { expr } of targets) {
        const query = expr.replaceAll('$__rate_interval', '1m');
        const { status, error } = await ask(query);
        expect({ name, title, status, error }).toEqual({ name, title, status: 'success', error: undefined });
        if (EMPTY_WITHOUT_CAUSE.has(title)) continue;
        // A rate needs two scrapes after the first count.
        await eventually(`${name}: ${title}: ${query}`, 20_000, async () => (await ask(query)).data.result[0]);
      }
    }
  }
  expect([...uids].sort()).toEqual(['agents', 'fleet', 'journal', 'queue'].map((name) => `agentcom-${name}`));
});

test('it evaluates the rules that are given with it', { timeout: 60_000 }, async () => {
  await figure('ALERTS{alertname="Watchdog", alertstate="firing"}', (value) => value === 1);
  const response = await fetch(`${url}/api/v1/rules?type=alert`);
  const { data } = (await response.json()) as {
    readonly data: { readonly groups: readonly { readonly rules: readonly Record<string, string>[] }[] };
  };
  const rules = data.groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThanOrEqual(20);
  expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
});

test('the same is there for people, with and without a version in the address', async () => {
  const stats = await hub.api.need<Stats>('GET', '/stats');
  expect(stats).toMatchObject({
    queued: { high: 1 },
    oldestQueuedSeconds: { high: expect.any(Number) },
    spend: { todayMicros: 1_500, monthMicros: 1_500 },
    latencyMs: {
      assignToAccept: { p50: expect.any(Number) },
      run: { p99: expect.any(Number) },
      endToEnd: { p95: expect.any(Number) },
    },
    perSecond: { failed: { permanent: 1 / 60, transient: 0 }, throttled: 0 },
  });
  const response = await fetch(`${hub.url}/api/metrics`, { headers: { authorization: `Bearer ${hub.key}` } });
  const current = (await response.json()) as Stats;
  expect({ ...current, ...moving }).toEqual({ ...stats, ...moving });
});

/** Goes on between two looks. */
const moving = { at: '', uptimeSeconds: 0, oldestQueuedSeconds: {}, latencyMs: {}, perSecond: {} };
