// Channels, routes and deliveries at the command line.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { KEY, problem, type Reply, TASK, type TestHub, temporaryDir, testHub, testWorld } from '../testing.js';

const channel = {
  id: TASK,
  kind: 'slack',
  name: 'shop',
  settings: { channel: '#shop', token: 'set' },
  enabled: true,
  createdAt: '2026-01-31T11:00:00Z',
  createdBy: 'key:k',
};
const routes = [
  { match: { kind: ['alert'], severity: ['page', 'warn'] }, channels: ['shop'], escalation: ['boss'], excerpts: true },
  { match: {}, channels: ['shop'] },
];
const delivery = {
  id: `${TASK}:${TASK}`,
  channel: 'shop',
  group: 'g',
  title: 'No agents are connected',
  state: 'dead',
  at: '2026-01-31T11:00:00Z',
  attempts: 9,
  why: 'answered with HTTP 404',
};
const page = (...items: object[]): Reply => ({ status: 200, body: { items, nextCursor: null } });

let hub: TestHub;
let dir: Awaited<ReturnType<typeof temporaryDir>>;
let tested: object;
let failing: object | undefined;
/** How often somebody else changes the routes before this one does. */
let others = 0;

beforeEach(async () => {
  tested = { sent: true };
  failing = undefined;
  others = 0;
  dir = await temporaryDir();
  hub = await testHub(({ method, url }) => {
    const replies: Record<string, Reply> = {
      'GET /channels': page({ ...channel, ...(failing && { failing }) }),
      'POST /channels': { status: 201, body: channel },
      [`PATCH /channels/${TASK}`]: { status: 200, body: channel },
      [`DELETE /channels/${TASK}`]: { status: 204 },
      [`POST /channels/${TASK}/test`]: { status: 200, body: tested },
      'GET /deliveries': page(delivery),
      [`POST /deliveries/${delivery.id}/replay`]: { status: 204 },
      'GET /routes': { status: 200, body: { routes }, headers: { etag: `"v${others}"` } },
      'PUT /routes': { status: 200, body: { routes } },
    };
    if (method === 'PUT' && others > 0) {
      others--;
      return problem(412, 'notification.version_conflict', 'somebody else has changed the routes meanwhile');
    }
    const path = decodeURIComponent(url.replace('/api/v1/notifications', '').replace(/\?.*/, ''));
    return replies[`${method} ${path}`] ?? problem(404, 'request.not_found', `${method} ${path}`);
  });
});
afterEach(async () => {
  await hub.stop();
  await dir.remove();
});

async function run(args: readonly string[], env: Record<string, string> = {}, stdin = '') {
  const world = { ...testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url, ...env }, stdin }), cwd: dir.path };
  const exit = await runCommandLine(world, ['notify', ...args]);
  return { exit, out: world.out(), err: world.err() };
}

const lastBody = () => hub.received.at(-1)?.body;

it('lists a channel that fails as failing, and why', async () => {
  failing = { since: '2026-01-31T11:00:00Z', sends: 4, why: 'answered with HTTP 503' };
  expect((await run(['channel', 'list'])).out).toMatch(/shop +slack +failing \(4 sends\) +answered with HTTP 503/);
});

it.each([
  [['channel', 'list'], /^NAME +KIND +STATE +SETTINGS\nshop +slack +enabled +channel=#shop token=set\n$/],
  [
    ['channel', 'add', 'webhook', 'shop', '--setting', 'url=https://x'],
    /^Added channel shop\. Try it: agentcom notify test shop\n$/,
  ],
  [['channel', 'set', 'shop', '--disable'], /^Changed channel shop\.\n$/],
  [['channel', 'remove', 'shop'], /^Removed channel shop\.\n$/],
  [['test', 'shop'], /^Sent a test message by shop\.\n$/],
  [
    ['route', 'list'],
    /^TO +WHAT +ALSO\nshop +kind=alert severity=page\|warn +then boss, excerpts\nshop +everything\n$/,
  ],
  [
    ['deliveries'],
    /^WHEN +CHANNEL +STATE.*\n1 h ago +shop +dead +9 +No agents are connected\n\ndead 019.*\n {2}answered with HTTP 404\n$/,
  ],
  [['deliveries', '--replay', delivery.id], /^Delivery 019.* is sent again\.\n$/],
])('%j says what was done', async (args, expected) => {
  const { exit, out, err } = await run(args);
  expect({ exit, err }).toEqual({ exit: EXIT.done, err: '' });
  expect(out).toMatch(expected);
});

it('gives settings as their kind has them: numbers, lists, and secrets from where nobody else sees them', async () => {
  await writeFile(join(dir.path, 'token'), 'xoxb-1\n');
  await run(['channel', 'add', 'slack', 'shop', '--setting', 'channel=#shop', '--token-file', 'token']);
  expect(lastBody()).toEqual({ kind: 'slack', name: 'shop', settings: { channel: '#shop', token: 'xoxb-1' } });
  await run(['channel', 'add', 'webhook', 'w', '--setting', 'url=https://x', '--secret-file', '-'], {}, 'whsec_AAAA\n');
  expect(lastBody()).toMatchObject({ settings: { url: 'https://x', secret: 'whsec_AAAA' } });
  await run(['channel', 'set', 'shop', '--setting', 'previousSecret=@token']);
  expect(lastBody()).toEqual({ settings: { previousSecret: 'xoxb-1' } });
  const mail = ['host=m', 'port=587', 'to=a@x', 'to=b@x', 'from=c@x'].flatMap((one) => ['--setting', one]);
  await run(['channel', 'add', 'mail', 'm', ...mail], { AGENTCOM_NOTIFY_SECRET: 'pass' });
  expect(lastBody()).toMatchObject({
    settings: { host: 'm', port: 587, to: ['a@x', 'b@x'], from: 'c@x', password: 'pass' },
  });
});

it('changes only what is named', async () => {
  await run(['channel', 'set', 'shop', '--quiet', '22:00-07:00@Europe/Berlin', '--name', 'night', '--enable']);
  expect(lastBody()).toEqual({
    name: 'night',
    quietHours: { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' },
    enabled: true,
  });
  await run(['channel', 'set', 'shop', '--quiet', 'none', '--setting', 'byLabel=null']);
  expect(lastBody()).toEqual({ quietHours: null, settings: { byLabel: null } });
});

it.each([
  [['channel', 'add', 'slack', 's', '--setting', 'token=xoxb-1'], /token is a secret.*\n.*--token-file/],
  [['channel', 'add', 'slack', 's', '--setting', 'url=https://x'], /url is a secret.*\n.*--secret-file/],
  [['channel', 'set', 'shop', '--setting', 'previousSecret=old'], /previousSecret is a secret/],
  [['channel', 'add', 'slack', 's', '--setting', 'channel'], /is not name=value/],
  [['channel', 'add', 'pagerduty', 'p', '--secret-file', '-'], /a channel of kind pagerduty has no secret/],
  [['channel', 'add', 'slack', 's', '--token-file', 'none'], /the token file none cannot be read \(ENOENT\)/],
  [['channel', 'set', 'shop'], /say what to change/],
  [['channel', 'set', 'shop', '--enable', '--disable'], /either --enable or --disable/],
  [['channel', 'set', 'shop', '--quiet', 'night'], /not a time of day/],
  [['route', 'set', '-'], /- is not JSON/],
])('%j is refused, and nothing is sent', async (args, expected) => {
  const { exit, err } = await run(args, {}, 'no json');
  expect(exit).toBe(EXIT.usage);
  expect(err).toMatch(expected);
  expect(hub.received.filter(({ method }) => method !== 'GET')).toEqual([]);
});

it('replaces the routes by those of a file', async () => {
  await writeFile(join(dir.path, 'routes.json'), JSON.stringify({ routes }));
  expect(await run(['route', 'set', 'routes.json'])).toMatchObject({ exit: EXIT.done });
  expect(lastBody()).toEqual({ routes });
});

it('replaces routes that somebody else changes at the same time once more, and then gives up', async () => {
  await writeFile(join(dir.path, 'routes.json'), JSON.stringify({ routes }));
  others = 1;
  const { exit, err } = await run(['route', 'set', 'routes.json']);
  expect([exit, err]).toEqual([EXIT.done, expect.stringContaining('Somebody else changed the routes meanwhile.')]);
  const puts = hub.received.filter(({ method }) => method === 'PUT');
  expect(puts.map(({ headers }) => headers['if-match'])).toEqual(['"v1"', '"v0"']);
  others = 9;
  expect((await run(['route', 'set', 'routes.json'])).err).toContain('notification.version_conflict');
  expect(others).toBe(7);
});

it('fails when a test message does not go out, and when there is no such channel', async () => {
  tested = { sent: false, why: 'answered with HTTP 404' };
  const { exit, out } = await run(['test', 'shop']);
  expect({ exit, out }).toEqual({
    exit: EXIT.failed,
    out: 'The test message did not go out by shop: answered with HTTP 404\n',
  });
  const missing = await run(['test', 'none']);
  expect(missing.exit).toBe(EXIT.failed);
  expect(missing.err).toMatch(/notification\.channel_not_found: there is no channel named none/);
});
