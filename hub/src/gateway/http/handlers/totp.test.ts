// Codes of an authenticator app over HTTP: turned on, asked for at the sign-in, used once, turned off.

import type { Me, RecoveryCodes, TotpSecret } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { codeOf } from '../../../access/second-factor.js';
import { hashSecret, newToken } from '../../../access/secrets.js';
import { type Answer, TestHub } from '../fixture.js';

const EMAIL = 'ada@example.org';
const PASSWORD = 'correct horse battery';

let hub: TestHub;
let cookie: string;

beforeEach(async () => {
  hub = await TestHub.start(true);
  const body = { email: EMAIL, name: 'Ada', password: PASSWORD, org: 'acme' };
  cookie = cookieOf(await hub.call('POST', '/registrations', { body }));
});

afterEach(() => hub.stop());

function cookieOf({ headers }: Answer<unknown>): string {
  return String(headers['set-cookie']).split(';')[0] ?? '';
}

function signIn(code?: string, password = PASSWORD): Promise<Answer> {
  return hub.call('POST', '/sessions', { body: { email: EMAIL, password, ...(code !== undefined && { code }) } });
}

/** What the app shows so many steps from now. */
function appOf(secret: string): (steps: number) => string {
  const bits = [...secret].map((char) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0'));
  const bytes = Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Math.floor(hub.shard.now() / 30_000);
  return (steps) => codeOf(bytes, step + steps);
}

async function turnOn(): Promise<{ app: (steps: number) => string; recovery: readonly string[] }> {
  const { body } = await hub.call<TotpSecret>('POST', '/me/totp', { cookie, body: { current: PASSWORD } });
  const app = appOf(body.secret);
  const confirmed = await hub.call<RecoveryCodes>('POST', '/me/totp/confirm', { cookie, body: { code: app(0) } });
  expect(confirmed.status, JSON.stringify(confirmed.body)).toBe(201);
  return { app, recovery: confirmed.body.recoveryCodes };
}

test('nothing changes until the app has shown a code', async () => {
  const begun = await hub.call<TotpSecret>('POST', '/me/totp', { cookie, body: {} });
  expect(begun).toMatchObject({ status: 201, body: { url: expect.stringContaining(`secret=${begun.body.secret}&`) } });
  expect(await signIn()).toMatchObject({ status: 201 });
  const wrong = appOf(begun.body.secret)(5);
  expect(await hub.call('POST', '/me/totp/confirm', { cookie, body: { code: wrong } })).toMatchObject({
    status: 401,
    body: { code: 'auth.code_wrong', errors: [{ path: '/code' }] },
  });
  expect((await hub.call<Me>('GET', '/me', { cookie })).body.totp).toBeUndefined();
});

test('signing in then needs a code as well, which is good once', async () => {
  const { app } = await turnOn();
  expect((await hub.call<Me>('GET', '/me', { cookie })).body.totp).toEqual({ recoveryCodesLeft: 10 });
  expect(await signIn()).toMatchObject({ status: 401, body: { code: 'auth.code_required' } });
  expect(await signIn(app(0))).toMatchObject({ body: { code: 'auth.code_wrong' } });
  expect(await signIn(app(1))).toMatchObject({ status: 201, body: { email: EMAIL } });
  expect(await signIn(app(1))).toMatchObject({ body: { code: 'auth.code_wrong' } });
  expect(await signIn(app(0))).toMatchObject({ body: { code: 'auth.code_wrong' } });
});

test('a right code says nothing without the right password', async () => {
  const { app } = await turnOn();
  const wrong = await signIn(app(1), 'something else');
  const unknown = await hub.call('POST', '/sessions', {
    body: { email: 'bob@example.org', password: 'x', code: app(1) },
  });
  expect({ ...wrong.body, traceId: '' }).toEqual({ ...unknown.body, traceId: '' });
  expect(wrong).toMatchObject({ body: { code: 'auth.sign_in_failed' } });
  expect(await signIn(app(1))).toMatchObject({ status: 201 });
});

test('a recovery code takes its place once', async () => {
  const { recovery } = await turnOn();
  const [first = '', second = ''] = recovery;
  expect(await signIn(first.toUpperCase())).toMatchObject({ status: 201, body: { totp: { recoveryCodesLeft: 9 } } });
  expect(await signIn(first)).toMatchObject({ body: { code: 'auth.code_wrong' } });
  expect(await signIn(second)).toMatchObject({ status: 201 });
});

test('wrong codes are counted with wrong passwords, and used ones, too; the right password forgives none', async () => {
  const { app, recovery } = await turnOn();
  for (const code of [app(5), app(0), 'aaaa-aaaa-aaaa-aaaa', app(6)]) await signIn(code);
  expect(await signIn()).toMatchObject({ body: { code: 'auth.code_required' } });
  await signIn(app(7));
  expect(await signIn(recovery[0])).toMatchObject({ status: 429, body: { code: 'auth.blocked' } });
});

test('it is turned off by a code, and only then turned on anew', async () => {
  const { app, recovery } = await turnOn();
  const remove = (code: string) => hub.call('POST', '/me/totp/remove', { cookie, body: { code } });
  expect(await hub.call('POST', '/me/totp', { cookie, body: { current: PASSWORD } })).toMatchObject({
    status: 409,
    body: { code: 'totp.active' },
  });
  expect(await remove(app(0))).toMatchObject({ body: { code: 'auth.code_wrong' } });
  expect(await remove(recovery[0] ?? '')).toMatchObject({ status: 204 });
  expect(await remove(recovery[1] ?? '')).toMatchObject({ body: { code: 'totp.not_active' } });
  expect(await signIn()).toMatchObject({ status: 201 });
  await turnOn();
});

test('turning it on needs the current password, or that one signed in just now and by no link', async () => {
  const begin = (from: string, body = {}) => hub.call('POST', '/me/totp', { cookie: from, body });
  expect(await begin(cookie, { current: 'something else' })).toMatchObject({ body: { code: 'auth.sign_in_failed' } });
  const link = await hub.call('POST', '/sessions/links', { cookie, body: {} });
  const token = String(link.body.url).split('=')[1];
  const byLink = cookieOf(await hub.call('POST', '/sessions', { body: { token } }));
  expect(await begin(byLink)).toMatchObject({ status: 403, body: { code: 'auth.confirm_required' } });
  expect(await begin(byLink, { current: PASSWORD })).toMatchObject({ status: 201 });
  const { secret: key } = await hub.key('owner', 'acme');
  expect(await hub.call('POST', '/me/totp', { key, body: {} })).toMatchObject({ body: { code: 'person.required' } });
});

test('neither the secret nor a recovery code is in the state as it is', async () => {
  const { body } = await hub.call<TotpSecret>('POST', '/me/totp', { cookie, body: { current: PASSWORD } });
  const code = appOf(body.secret)(0);
  const { body: made } = await hub.call<RecoveryCodes>('POST', '/me/totp/confirm', { cookie, body: { code } });
  const all = JSON.stringify([...hub.state.people.values()]);
  for (const secret of [
    body.secret,
    ...made.recoveryCodes,
    ...made.recoveryCodes.map((text) => text.replaceAll('-', '')),
  ])
    expect(all).not.toContain(secret);
  expect(all).toContain('usedStep');
});

test('a session of before goes on, and a password that is set anew leaves the codes on', async () => {
  const { app } = await turnOn();
  expect(await hub.call('GET', '/me', { cookie })).toMatchObject({ status: 200 });
  const hash = hashSecret(newToken());
  const [person = ''] = hub.state.people.keys();
  const made = { org: 'acme', by: 'key:owner', hash, ttlMs: 60_000 } as const;
  await hub.decide({ type: 'token.create', purpose: 'reset', person, ...made });
  await hub.decide({
    type: 'person.reset',
    token: hash,
    passwordHash: hub.state.people.get(person)?.passwordHash ?? '',
  });
  expect(await signIn()).toMatchObject({ body: { code: 'auth.code_required' } });
  expect(await signIn(app(1))).toMatchObject({ status: 201 });
});
