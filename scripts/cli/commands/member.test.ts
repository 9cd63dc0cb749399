// People, keys and links at the command line.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { MemberView } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { columnsOf } from '../columns.js';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { KEY, problem, type Reply, TASK, type TestHub, temporaryDir, testHub, testWorld } from '../testing.js';

const OTHER_KEY = KEY.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
const SOON = '2026-01-31T12:10:00Z';
const ada: MemberView = {
  id: TASK,
  email: 'ada@example.org',
  name: 'Ada',
  role: 'developer',
  since: '2026-01-31T11:00:00Z',
};
const link = { url: 'https://hub.example.org/sign-in#token', expiresAt: SOON };
const session = {
  id: TASK,
  org: 'default',
  createdAt: ada.since,
  lastUsedAt: '2026-01-31T11:30:00Z',
  expiresAt: SOON,
  address: '192.0.2.1',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  current: false,
};
const page = (...items: object[]): Reply => ({ status: 200, body: { items, nextCursor: null } });

let hub: TestHub;
let invited: Reply;

beforeEach(async () => {
  invited = { status: 201, body: { id: TASK, ...link } };
  const replies: Record<string, Reply> = {
    'GET /members': page(ada),
    [`PATCH /members/${TASK}`]: { status: 200, body: { ...ada, role: 'operator' } },
    [`DELETE /members/${TASK}`]: { status: 204 },
    [`GET /members/${TASK}/sessions`]: page(session),
    [`DELETE /members/${TASK}/sessions`]: { status: 204 },
    [`DELETE /members/${TASK}/sessions/${TASK}`]: { status: 204 },
    [`POST /members/${TASK}/reset`]: { status: 201, body: link },
    'GET /invitations': page({ id: TASK, role: 'viewer', createdBy: 'key:k', createdAt: ada.since, expiresAt: SOON }),
    [`DELETE /invitations/${TASK}`]: { status: 204 },
    'POST /sessions/links': { status: 201, body: link },
    'GET /sessions': page(session, {
      ...session,
      id: TASK.replace(/.$/, '0'),
      address: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
      userAgent: undefined,
    }),
    [`DELETE /sessions/${TASK}`]: { status: 204 },
    'GET /me': { status: 200, body: { org: 'default', role: 'owner', caller: 'key:k', name: 'k' } },
    'POST /orgs': { status: 201, body: { org: 'acme', invitation: link } },
    'GET /keys': page(
      { id: TASK, role: 'submitter', name: 'ci', hint: 'ac_k3yh1nt0', createdAt: ada.since },
      { id: TASK.replace(/.$/, '0'), role: 'agent', name: 'tern', createdAt: ada.since },
    ),
    [`POST /keys/${TASK}/rotate`]: { status: 201, body: { id: TASK, key: KEY, oldExpiresAt: SOON } },
    'GET /enrolments': page({
      id: TASK,
      createdBy: 'key:k',
      createdAt: ada.since,
      expiresAt: SOON,
      uses: 3,
      usesLeft: 2,
      capabilities: ['gpu'],
    }),
    [`DELETE /enrolments/${TASK}`]: { status: 204 },
  };
  hub = await testHub(({ method, url }) => {
    const path = url.replace('/api/v1', '').replace(/\?.*/, '');
    if (method === 'POST' && path === '/members') return invited;
    return replies[`${method} ${path}`] ?? problem(404, 'request.not_found', `${method} ${path}`);
  });
});
afterEach(() => hub.stop());

async function run(...args: readonly string[]) {
  return runIn({}, ...args);
}

async function runIn(more: Parameters<typeof testWorld>[0], ...args: readonly string[]) {
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url }, ...more });
  const exit = await runCommandLine(world, args);
  return { exit, out: world.out(), err: world.err() };
}

it.each([
  [['member', 'list'], /^ID +ROLE +E-MAIL +SINCE\n.*developer +ada@example\.org +1 h ago\n$/],
  [
    ['member', 'invite', '--role', 'operator'],
    /Send this to the new operator; it works once, within 10 min:\n\n {2}https:/,
  ],
  [['member', 'role', 'Ada@example.org', 'operator'], /^ada@example\.org is now an operator\.\n$/],
  [['member', 'reset', TASK.slice(-6)], /^Send this to ada@example\.org; it works once/],
  [
    ['member', 'remove', TASK.slice(0, 8)],
    /^Removed ada@example\.org\. Keys and invitations that they made here are revoked/,
  ],
  [['member', 'invitations'], /viewer +anybody +in 10 min/],
  [['member', 'uninvite', TASK], /^Revoked invitation/],
  [['agent', 'invitations'], /2 of 3 +gpu +in 10 min/],
  [['agent', 'uninvite', TASK], /^Revoked invitation/],
  [['login'], /^Open this in a browser; it works once, within 10 min:\n\n {2}https:.*#token\n$/],
  [['org', 'create', 'acme'], /^Created organisation acme\. Send this to its first owner; it works once/],
  [['key', 'list'], /^ID +KEY +ROLE +.*\n\S+ +ac_k3yh1nt0… +submitter +ci .*\n\S+ +- +agent +tern /],
  [['key', 'rotate', TASK, '--overlap', '1h'], /shown only once\)\nold key +ends in 10 min\n$/],
])('%j says what was done', async (args, expected) => {
  const { exit, out, err } = await run(...args);
  expect({ exit, err }).toEqual({ exit: EXIT.done, err: '' });
  expect(out).toMatch(expected);
});

it('sends what the flags say', async () => {
  await run('member', 'invite', '--role', 'viewer', '--email', 'bob@example.org', '--ttl', '1h');
  await run('key', 'rotate', TASK, '--overlap', '0s');
  await run(
    'key',
    'create',
    'ci',
    '--scope',
    'tasks:read,tasks:write',
    '--repo',
    'https://a/*',
    '--repo',
    'https://b/*',
  );
  expect(hub.received.map(({ body }) => body)).toEqual([
    { role: 'viewer', email: 'bob@example.org', ttlSeconds: 3600 },
    { overlapSeconds: 0 },
    {
      role: 'submitter',
      name: 'ci',
      scopes: ['tasks:read', 'tasks:write'],
      repositories: ['https://a/*', 'https://b/*'],
    },
  ]);
});

it('names who is not there, and the command that lists who is', async () => {
  const { exit, err } = await run('member', 'role', 'bob@example.org', 'viewer');
  expect(exit).toBe(EXIT.failed);
  expect(err).toContain('member.not_found: member bob@example.org not found\nList them with `agentcom member list`.');
});

it('refuses a scope that does not exist, with those that do', async () => {
  const { exit, err } = await run('key', 'create', 'ci', '--scope', 'everything');
  expect(exit).toBe(EXIT.usage);
  expect(err).toContain('It must be one of tasks:read, tasks:write,');
});

it('sessions are listed in 80 columns, and ended by a part of their id', async () => {
  const { out } = await runIn({ isTerminal: true }, 'session', 'list');
  expect(out).toContain(TASK);
  expect(out).toContain('192.0.2.1 Mozilla');
  expect(out).toContain('30 min ago');
  expect(out.split('\n').filter((line) => columnsOf(stripVTControlCharacters(line)) > 80)).toEqual([]);
  expect(JSON.parse((await run('session', 'list', '--json')).out)).toMatchObject({ items: [{ id: TASK }, {}] });
  expect(await run('session', 'revoke', TASK.slice(-4))).toMatchObject({ out: `Revoked session ${TASK}.\n` });
  expect(await run('session', 'revoke', 'ffff')).toMatchObject({
    exit: EXIT.failed,
    err: expect.stringContaining('session ffff not found'),
  });
});

it('sessions of a member are listed, and ended one by one or all', async () => {
  const member = ['--member', 'ada@example.org'];
  expect((await run('session', 'list', ...member)).out).toContain('192.0.2.1 Mozilla');
  expect((await run('session', 'revoke', TASK.slice(-4), ...member)).out).toBe(
    `Revoked session ${TASK} of ada@example.org.\n`,
  );
  const all = await run('session', 'revoke', ...member);
  expect(all.out).toBe('Signed ada@example.org out of this organisation everywhere.\n');
  const ended = hub.received.filter(({ method }) => method === 'DELETE').map(({ url }) => url.replace('/api/v1', ''));
  expect(ended).toEqual([`/members/${TASK}/sessions/${TASK}`, `/members/${TASK}/sessions`]);
  expect(await run('session', 'revoke')).toMatchObject({
    exit: EXIT.usage,
    err: expect.stringContaining('Give its id, or --member'),
  });
});

it.each([
  [true, /^Mailed to bob@example\.org; or send this yourself; it works once/, ''],
  [false, /^Send this to the new viewer; it works once/, 'Not mailed to bob@example.org'],
])('says whether an invitation was mailed: %s', async (mailed, out, warning) => {
  invited = { status: 201, body: { id: TASK, ...link, mailed } };
  const said = await run('member', 'invite', '--role', 'viewer', '--email', 'bob@example.org');
  expect(said.out).toMatch(out);
  expect(said.err).toContain(warning);
});

it('a link signs in to the organisation that is named, by the saved key that belongs to it', async () => {
  expect((await run('login', '--org', 'default')).out).toContain(link.url);
  const missing = await run('login', '--org', 'acme');
  expect(missing.exit).toBe(EXIT.failed);
  expect(missing.err).toContain('no key that is saved here belongs to the organisation acme');
  expect(missing.err).toContain(`${hub.url}/sign-in#org=acme`);

  const asked: string[] = [];
  const many = await testHub(({ method, url, headers }) => {
    const isOther = headers.authorization === `Bearer ${OTHER_KEY}`;
    asked.push(`${method} ${url.replace('/api/v1', '')} ${isOther ? 'acme' : 'default'}`);
    const org = isOther ? 'acme' : 'default';
    if (method === 'GET') return { status: 200, body: { org, role: 'owner', caller: 'key:k', name: 'k' } };
    return { status: 201, body: link };
  });
  const dir = await temporaryDir();
  try {
    const keyFile = join(dir.path, 'acme.key');
    await writeFile(keyFile, OTHER_KEY);
    const byName = { elsewhere: { hub: 'http://127.0.0.1:1', keyFile }, acme: { hub: many.url, keyFile } };
    await mkdir(join(dir.path, '.config', 'agentcom'), { recursive: true });
    await writeFile(join(dir.path, '.config', 'agentcom', 'contexts.json'), JSON.stringify({ byName }));
    const env = { AGENTCOM_KEY: KEY, AGENTCOM_HUB: many.url };
    expect((await runIn({ env, home: dir.path }, 'login', '--org', 'acme')).out).toContain(link.url);
    expect(asked).toEqual(['GET /me default', 'GET /me acme', 'POST /sessions/links acme']);
  } finally {
    await dir.remove();
    await many.stop();
  }
});
