// Passkeys over HTTP: made, used to sign in, removed, and refused wherever something about them is not as it should be.

import type { Me, PasskeyPage, PasskeyView } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Authenticator, type Challenge, PRESENT } from '../../../access/fixture.js';
import { type Answer, TestHub } from '../fixture.js';

const EMAIL = 'ada@example.org';
const PASSWORD = 'correct horse battery';

let hub: TestHub;
let cookie: string;
let authenticator: Authenticator;

beforeEach(async () => {
  hub = await TestHub.start(true);
  cookie = await register(EMAIL, 'acme');
  authenticator = new Authenticator();
});

afterEach(() => hub.stop());

async function register(email: string, org: string): Promise<string> {
  const body = { email, name: 'Ada', password: PASSWORD, org };
  return cookieOf(await hub.call('POST', '/registrations', { body }));
}

function cookieOf({ headers }: Answer<unknown>): string {
  return String(headers['set-cookie']).split(';')[0] ?? '';
}

async function begin(session = cookie): Promise<{ challenge: Challenge; cookies: string }> {
  const begun = await hub.call('POST', '/me/passkeys/options', { cookie: session, body: { current: PASSWORD } });
  expect(begun.status, JSON.stringify(begun.body)).toBe(201);
  return { challenge: begun.body as unknown as Challenge, cookies: `${session}; ${cookieOf(begun)}` };
}

async function make(one = authenticator, session = cookie): Promise<Answer<PasskeyView>> {
  const { challenge, cookies } = await begin(session);
  const body = { name: 'phone', credential: one.create(challenge) };
  return hub.call<PasskeyView>('POST', '/me/passkeys', { cookie: cookies, body });
}

async function challenged(): Promise<{ challenge: Challenge; cookies: string }> {
  const begun = await hub.call('POST', '/sessions/passkey/options', { body: {} });
  return { challenge: begun.body as unknown as Challenge, cookies: cookieOf(begun) };
}

async function signIn(one = authenticator, userHandle?: string): Promise<Answer> {
  const { challenge, cookies } = await challenged();
  one.counter++;
  const body = { credential: one.get(challenge, userHandle) };
  return hub.call('POST', '/sessions/passkey', { body, headers: { cookie: cookies } });
}

const refused = { status: 401, body: { code: 'auth.passkey_refused' } };

test('a passkey is made by whoever is signed in, and signs in without a name or a password', async () => {
  const { challenge } = await begin();
  expect(challenge.publicKey).toMatchObject({
    rp: { id: 'localhost' },
    user: { name: EMAIL },
    attestation: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  const made = await make();
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const { publicKey: asked } = (await challenged()).challenge;
  expect(asked).toMatchObject({ rpId: 'localhost', userVerification: 'required' });
  expect(asked).not.toHaveProperty('allowCredentials');
  const signedIn = await signIn(authenticator, challenge.publicKey.user?.id);
  expect(signedIn, JSON.stringify(signedIn.body)).toMatchObject({ status: 201, body: { email: EMAIL, org: 'acme' } });
  const me = await hub.call<Me>('GET', '/me', { cookie: cookieOf(signedIn) });
  expect(me.body).toEqual(signedIn.body);
  const { body } = await hub.call<PasskeyPage>('GET', '/me/passkeys', { cookie });
  expect(body.items).toEqual([{ ...made.body, lastUsedAt: expect.any(String) }]);
});

test('it also signs in where codes of an app are turned on, for it is more than a password', async () => {
  await make();
  const [person = ''] = hub.state.people.keys();
  await hub.decide({ type: 'totp.offer', person, secret: 'sealed' });
  await hub.decide({ type: 'totp.enable', person, secret: 'sealed', step: 1, recovery: [] });
  expect(await signIn()).toMatchObject({ status: 201 });
});

test('an answer is good once, and only in the browser that was asked', async () => {
  await make();
  const { challenge, cookies } = await challenged();
  const body = { credential: authenticator.get(challenge) };
  const send = (sent: string) => hub.call('POST', '/sessions/passkey', { body, headers: { cookie: sent } });
  expect(await send('')).toMatchObject(refused);
  expect(await send((await challenged()).cookies)).toMatchObject(refused);
  expect(await send(cookies)).toMatchObject({ status: 201 });
  expect(await send(cookies)).toMatchObject(refused);
});

test('a counter that does not grow is one of a copy', async () => {
  authenticator.counter = 5;
  await make();
  expect(await signIn()).toMatchObject({ status: 201 });
  authenticator.counter = 3;
  expect(await signIn()).toMatchObject(refused);
  authenticator.counter = 6;
  expect(await signIn()).toMatchObject({ status: 201 });
});

test.each<[string, (one: Authenticator) => void]>([
  ['came from another page', (one) => Object.assign(one, { origin: 'https://evil.example.org' })],
  ['is for another host', (one) => Object.assign(one, { host: 'evil.example.org' })],
  ['came without a person that is known to the authenticator', (one) => Object.assign(one, { flags: PRESENT })],
  ['is of another key', (one) => Object.assign(new Authenticator(), { id: one.id })],
])('neither a new passkey nor a sign-in is taken that %s', async (what, change) => {
  await make();
  const bad =
    what === 'is of another key' ? Object.assign(new Authenticator(), { id: authenticator.id }) : authenticator;
  change(bad);
  expect(await signIn(bad)).toMatchObject(refused);
  if (bad !== authenticator) return;
  const fresh = new Authenticator();
  change(fresh);
  expect(await make(fresh)).toMatchObject(refused);
});

test('an unknown passkey and the wrong person get the same answer', async () => {
  await make();
  const unknown = await signIn(new Authenticator());
  const wrong = await signIn(authenticator, Buffer.from('somebody else').toString('base64url'));
  expect({ ...unknown.body, traceId: '' }).toEqual({ ...wrong.body, traceId: '' });
  expect(unknown).toMatchObject(refused);
});

test('what one person began another cannot finish', async () => {
  const other = await register('bob@example.org', 'other');
  const { challenge, cookies } = await begin();
  const flow = cookies.split('; ')[1];
  const body = { name: 'phone', credential: authenticator.create(challenge) };
  expect(await hub.call('POST', '/me/passkeys', { cookie: `${other}; ${flow}`, body })).toMatchObject(refused);
  const asked = await challenged();
  const mixed = { name: 'phone', credential: authenticator.create(asked.challenge) };
  const sent = await hub.call('POST', '/me/passkeys', { cookie: `${cookie}; ${asked.cookies}`, body: mixed });
  expect(sent).toMatchObject(refused);
});

test('a passkey is removed by its owner alone, and known to one person alone', async () => {
  const { body: made } = await make();
  const other = await register('bob@example.org', 'other');
  expect(await make(authenticator, other)).toMatchObject({ status: 409, body: { code: 'passkey.exists' } });
  const remove = (session: string) => hub.call('DELETE', `/me/passkeys/${made.id}`, { cookie: session });
  expect(await remove(other)).toMatchObject({ status: 404, body: { code: 'passkey.not_found' } });
  expect(await remove(cookie)).toMatchObject({ status: 204 });
  expect(await signIn()).toMatchObject(refused);
  expect(await make()).toMatchObject({ status: 201 });
});

test('making one needs the current password, or that one signed in just now', async () => {
  const body = { current: 'something else' };
  expect(await hub.call('POST', '/me/passkeys/options', { cookie, body })).toMatchObject({
    status: 401,
    body: { code: 'auth.sign_in_failed' },
  });
  const { secret: key } = await hub.key('owner', 'acme');
  expect(await hub.call('POST', '/me/passkeys/options', { key, body: {} })).toMatchObject({
    body: { code: 'person.required' },
  });
});
