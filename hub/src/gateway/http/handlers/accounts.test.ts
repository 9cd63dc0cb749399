// People over HTTP: register by invitation, sign in by password or link, sign out, and what a session may.

import type { Me } from '@agentcom/schemas';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, TestHub } from '../fixture.js';

const PASSWORD = 'correct horse battery';

let hub: TestHub;
let owner: string;

beforeEach(async () => {
  hub = await TestHub.start();
  await hub.decide({ type: 'org.ensure', org: 'default' });
  owner = (await hub.key('owner')).secret;
});

afterEach(() => hub.stop());

function cookieOf({ headers }: Answer<unknown>): string {
  return String(headers['set-cookie']).split(';')[0] ?? '';
}

/** What stands behind the `#` of a link. */
function tokenOf(url: unknown): string {
  return /^http:\/\/localhost:80\/sign-in#[a-z-]+=([A-Za-z0-9_-]{43})$/.exec(String(url))?.[1] ?? `no link: ${url}`;
}

async function invite(role: string, email?: string): Promise<string> {
  const { body } = await hub.call('POST', '/members', { key: owner, body: { role, ...(email && { email }) } });
  return tokenOf(body.url);
}

async function register(email: string, role = 'developer'): Promise<string> {
  const body = { email, name: 'Ada', password: PASSWORD, invitation: await invite(role) };
  return cookieOf(await hub.call('POST', '/registrations', { body }));
}

test('whoever holds an invitation is told who invites to what with which role, and nobody else is told anything', async () => {
  const show = (token: string) => hub.call('POST', '/invitations/show', { body: { token } });
  const { cookie } = await hub.member('owner');
  const { body } = await hub.call('POST', '/members', { cookie, body: { role: 'operator', email: 'bob@example.org' } });
  const { name, email } = (await hub.call<Me>('GET', '/me', { cookie })).body;
  expect((await show(tokenOf(body.url))).body).toEqual({
    org: 'default',
    role: 'operator',
    email: 'bob@example.org',
    invitedBy: { name, email },
    expiresAt: body.expiresAt,
  });
  const byKey = await invite('viewer');
  expect((await show(byKey)).body).toMatchObject({ role: 'viewer', invitedBy: { name: 'owner' } });
  expect((await show(byKey)).status).toBe(200);
  // Those of another organisation are not told what the keys of the hub are called.
  const created = await hub.call('POST', '/orgs', { key: owner, body: { org: 'globex', name: 'Globex' } });
  const ofOther = await show(tokenOf((created.body.invitation as { url: string }).url));
  expect(ofOther.body).toMatchObject({ org: 'globex', name: 'Globex', role: 'owner' });
  expect(ofOther.body).not.toHaveProperty('invitedBy');
  await hub.call('POST', '/registrations', {
    body: { email: 'cy@example.org', name: 'Cy', password: PASSWORD, invitation: byKey },
  });
  for (const token of [byKey, 'unknown'])
    expect(await show(token)).toMatchObject({ status: 401, body: { code: 'token.invalid' } });
});

describe('an account', () => {
  test('is made by an invitation, and signed in at once', async () => {
    const body = { email: 'Ada@Example.org', name: 'Ada', password: PASSWORD, invitation: await invite('developer') };
    const made = await hub.call<Me>('POST', '/registrations', { body });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    expect(made.body).toMatchObject({ org: 'default', role: 'developer', email: 'ada@example.org' });
    expect(made.headers['set-cookie']).toMatch(/; Max-Age=3600; Path=\/; HttpOnly; SameSite=Strict$/);
    const me = await hub.call<Me>('GET', '/me', { cookie: cookieOf(made) });
    expect(me.body).toEqual(made.body);
    expect((await hub.call('GET', '/members', { key: owner })).body).toMatchObject({
      items: [{ email: 'ada@example.org', role: 'developer' }],
    });
    const again = await hub.call('POST', '/registrations', { body: { ...body, email: 'bob@example.org' } });
    expect(again).toMatchObject({ status: 401, body: { code: 'token.invalid' } });
  });

  test('is made without an invitation only where everybody may register', async () => {
    const body = { email: 'ada@example.org', name: 'Ada', password: PASSWORD, org: 'acme' };
    expect(await hub.call('POST', '/registrations', { body })).toMatchObject({ body: { code: 'registration.closed' } });
    await hub.stop();
    hub = await TestHub.start(true);
    const made = await hub.call<Me>('POST', '/registrations', { body });
    expect(made.body).toMatchObject({ org: 'acme', role: 'owner', orgs: [{ org: 'acme', role: 'owner' }] });
    const cookie = cookieOf(made);
    const key = await hub.call('POST', '/keys', { cookie, body: { role: 'submitter', name: 'ci' } });
    expect(key).toMatchObject({ status: 201 });
    const task = { title: 't', prompt: 'p' };
    expect(await hub.call('POST', '/tasks', { key: String(key.body.key), body: task })).toMatchObject({ status: 201 });
    expect(await hub.call('GET', '/tasks', { cookie })).toMatchObject({ body: { items: [{ title: 't' }] } });
    const neither = await hub.call('POST', '/registrations', { body: { ...body, org: undefined } });
    expect(neither).toMatchObject({ status: 400, body: { errors: [{ path: '/org' }] } });
  });

  test('of one organisation joins another by invitation and goes on there', async () => {
    await hub.stop();
    hub = await TestHub.start(true);
    owner = (await hub.key('owner')).secret;
    await hub.decide({ type: 'org.ensure', org: 'default' });
    const body = { email: 'ada@example.org', name: 'Ada', password: PASSWORD, org: 'acme' };
    const cookie = cookieOf(await hub.call('POST', '/registrations', { body }));
    const joined = await hub.call('POST', '/me/memberships', { cookie, body: { token: await invite('viewer') } });
    expect(joined.body).toEqual({ org: 'default', role: 'viewer' });
    const switched = await hub.call('PATCH', '/sessions/current', { cookie, body: { org: 'default' } });
    expect(switched.body).toMatchObject({ org: 'default', role: 'viewer' });
    expect((await hub.call('GET', '/me', { cookie })).body).toMatchObject({ org: 'default', role: 'viewer' });
    expect(await hub.call('POST', '/keys', { cookie, body: { role: 'viewer', name: 'x' } })).toMatchObject({
      body: { code: 'auth.forbidden' },
    });
  });
});

describe('signing in', () => {
  test('needs the right password, and says the same of a wrong one and of no account', async () => {
    await register('ada@example.org');
    const signIn = (email: string, password: string) => hub.call('POST', '/sessions', { body: { email, password } });
    const right = await signIn('ADA@example.org', PASSWORD);
    expect(right).toMatchObject({ status: 201, body: { email: 'ada@example.org' } });
    const wrong = await signIn('ada@example.org', 'something else');
    const unknown = await signIn('bob@example.org', PASSWORD);
    expect({ ...wrong.body, traceId: '' }).toEqual({ ...unknown.body, traceId: '' });
    expect(wrong).toMatchObject({ status: 401, body: { code: 'auth.sign_in_failed' } });
  });

  test('is blocked after five wrong passwords, also for the right one', async () => {
    await register('ada@example.org');
    const body = { email: 'ada@example.org', password: 'something else' };
    for (let i = 0; i < 5; i++) await hub.call('POST', '/sessions', { body });
    const blocked = await hub.call('POST', '/sessions', { body: { ...body, password: PASSWORD } });
    expect(blocked).toMatchObject({ status: 429, body: { code: 'auth.blocked' } });
    expect(Number(blocked.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('by a link works once, with what the key may that made it', async () => {
    const { secret, id } = await hub.key('viewer', 'default', { scopes: ['tasks:read'] });
    const link = await hub.call('POST', '/sessions/links', { key: secret, body: {} });
    const token = tokenOf(link.body.url);
    const opened = await hub.call<Me>('POST', '/sessions', { body: { token } });
    expect(opened.body).toMatchObject({ caller: `key:${id}`, role: 'viewer', scopes: ['tasks:read'] });
    expect(await hub.call('POST', '/sessions', { body: { token } })).toMatchObject({ body: { code: 'token.invalid' } });
    const cookie = cookieOf(opened);
    expect(await hub.call('GET', '/tasks', { cookie })).toMatchObject({ status: 200 });
    expect(await hub.call('GET', '/agents', { cookie })).toMatchObject({ status: 403 });
    await hub.call('DELETE', `/keys/${id}`, { key: owner });
    expect(await hub.call('GET', '/tasks', { cookie })).toMatchObject({ body: { code: 'auth.session_over' } });
  });

  test('ends by signing out, here or from elsewhere', async () => {
    const here = await register('ada@example.org');
    const there = cookieOf(
      await hub.call('POST', '/sessions', { body: { email: 'ada@example.org', password: PASSWORD } }),
    );
    const { body } = await hub.call<{ items: { id: string; current: boolean }[] }>('GET', '/sessions', {
      cookie: here,
    });
    expect(body.items.map(({ current }) => current)).toEqual([true, false]);
    await hub.call('DELETE', `/sessions/${body.items[1]?.id}`, { cookie: here });
    expect(await hub.call('GET', '/me', { cookie: there })).toMatchObject({ status: 401 });
    const out = await hub.call('DELETE', '/sessions/current', { cookie: here });
    expect(out).toMatchObject({ status: 204, headers: { 'set-cookie': expect.stringContaining('Max-Age=0') } });
    expect(await hub.call('GET', '/me', { cookie: here })).toMatchObject({ status: 401 });
  });
});

describe('a password', () => {
  test('is changed by whoever knows it, which ends all other sessions', async () => {
    const here = await register('ada@example.org');
    const there = cookieOf(
      await hub.call('POST', '/sessions', { body: { email: 'ada@example.org', password: PASSWORD } }),
    );
    const body = { password: 'another horse battery', current: 'something else' };
    expect(await hub.call('POST', '/me/password', { cookie: here, body })).toMatchObject({
      status: 401,
      body: { errors: [{ path: '/current' }] },
    });
    const changed = await hub.call('POST', '/me/password', { cookie: here, body: { ...body, current: PASSWORD } });
    expect(changed.status).toBe(204);
    expect(await hub.call('GET', '/me', { cookie: here })).toMatchObject({ status: 200 });
    expect(await hub.call('GET', '/me', { cookie: there })).toMatchObject({ status: 401 });
  });

  test('is set anew by the link of an owner', async () => {
    const cookie = await register('ada@example.org');
    const { body: members } = await hub.call<{ items: { id: string }[] }>('GET', '/members', { key: owner });
    const link = await hub.call('POST', `/members/${members.items[0]?.id}/reset`, { key: owner, body: {} });
    const body = { token: tokenOf(link.body.url), password: 'another horse battery' };
    expect(await hub.call('POST', '/sessions/reset', { body })).toMatchObject({ status: 204 });
    expect(await hub.call('GET', '/me', { cookie })).toMatchObject({ status: 401 });
    const signIn = { email: 'ada@example.org', password: body.password };
    expect(await hub.call('POST', '/sessions', { body: signIn })).toMatchObject({ status: 201 });
    expect(await hub.call('POST', '/sessions/reset', { body })).toMatchObject({ body: { code: 'token.invalid' } });
  });

  test('and no other secret ever stands in an answer or in the state', async () => {
    const cookie = await register('ada@example.org');
    const me = await hub.call('GET', '/me', { cookie });
    const all = JSON.stringify([me, [...hub.state.people.values()], [...hub.state.sessions.values()]]);
    expect(all).not.toContain(PASSWORD);
    expect(all).not.toContain(cookie.split('=')[1]);
    expect(JSON.stringify(me.body)).not.toContain('argon2');
  });
});

test('whoever is about to sign in is told which ways there are', async () => {
  const options = { registration: 'invitation', provider: false, mail: false };
  expect(await hub.call('GET', '/sessions/options')).toMatchObject({ status: 200, body: options });
});

test('who one is has what one may do, by role, organisation and scopes', async () => {
  const { secret: viewer } = await hub.key('viewer', 'default', { scopes: ['tasks:read'] });
  const { body } = await hub.call<Me>('GET', '/me', { key: viewer });
  expect(body.actions).toContain('tasks.read');
  expect(body.actions).not.toContain('agents.read');
  expect(body.actions).not.toContain('tasks.submit');
  const cookie = await register('ada@example.org');
  const { actions } = (await hub.call<Me>('GET', '/me', { cookie })).body;
  expect([actions.includes('tasks.submit'), actions.includes('backups.manage')]).toEqual([true, false]);
});
