// Signing in at a real OpenID Connect provider, as a browser goes there and comes back.

import type { IncomingMessage } from 'node:http';
import { childTraceparent, type FinishedSpan, type Me, type Tracer } from '@agentcom/schemas';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { OpenIdSettings } from '../../../access/open-id.js';
import { TestProvider } from '../../../access/testing.js';
import { type Answer, TestHub } from '../fixture.js';

const SPAN = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const CALLBACK = 'http://localhost/sign-in/oidc/callback';
/** Of the provider, by their subjects. */
const ACCOUNTS: Readonly<Record<string, object>> = {
  ada: { email: 'Ada@example.org', email_verified: true, name: 'Ada', groups: ['staff', 'operator'] },
  eve: { email: 'eve@example.org', email_verified: false, name: 'Eve' },
};

let provider: TestProvider;
let settings: OpenIdSettings;
let hub: TestHub;

beforeAll(async () => {
  provider = await TestProvider.start(ACCOUNTS);
  provider.serve(CALLBACK);
  const { issuer, clientId, clientSecret } = provider;
  const org = { org: 'default', role: undefined, roleClaim: undefined };
  settings = { issuer, clientId, clientSecret, domains: ['example.org'], ...org };
});

afterAll(() => provider.stop());

beforeEach(() => start({ role: 'developer' }));

afterEach(() => hub.stop());

async function start(more: Partial<OpenIdSettings>): Promise<void> {
  provider.subject = 'ada';
  hub = await TestHub.start(false, { ...settings, ...more });
  await hub.decide({ type: 'org.ensure', org: 'default' });
}

async function restart(more: Partial<OpenIdSettings>): Promise<void> {
  await hub.stop();
  await start(more);
}

function cookiesOf({ headers }: Answer<unknown>): string[] {
  return [headers['set-cookie'] ?? []].flat().map((cookie) => String(cookie).split(';')[0] ?? '');
}

/** Where the provider sends the browser back to, after whatever it does with it. */
async function atProvider(url: unknown): Promise<string> {
  const jar = new Map<string, string>();
  let next = String(url);
  while (!next.startsWith(CALLBACK)) {
    const answer = await fetch(next, { redirect: 'manual', headers: { cookie: [...jar.values()].join('; ') } });
    for (const cookie of answer.headers.getSetCookie()) jar.set(cookie.split('=')[0] ?? '', cookie.split(';')[0] ?? '');
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`the provider answered ${answer.status}: ${await answer.text()}`);
    next = new URL(location, next).href;
  }
  return next.slice('http://localhost'.length);
}

async function begin(): Promise<{ back: string; cookie: string; url: URL }> {
  const begun = await hub.call('GET', '/sign-in/oidc');
  expect(begun.status, JSON.stringify(begun)).toBe(303);
  const url = new URL(String(begun.headers.location));
  return { back: await atProvider(url), cookie: cookiesOf(begun).join('; '), url };
}

/** The session of whoever has signed in; without the header of a page of ours, as the provider sends a browser. */
async function signIn(): Promise<Answer> {
  const { back, cookie } = await begin();
  return hub.call('GET', back, { headers: { cookie } });
}

test('brings somebody new in with the role of new people, and back to the page', async () => {
  const { back, cookie, url } = await begin();
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    code_challenge_method: 'S256',
    redirect_uri: CALLBACK,
    state: expect.stringMatching(/.{40}/),
    nonce: expect.stringMatching(/.{40}/),
  });
  const signedIn = await hub.call('GET', back, { headers: { cookie } });
  expect(signedIn).toMatchObject({ status: 303, headers: { location: 'http://localhost:80/sign-in' } });
  const [flow, session = ''] = cookiesOf(signedIn);
  expect(flow).toBe('agentcom_oidc=');
  const me = await hub.call<Me>('GET', '/me', { cookie: session });
  expect(me.body).toMatchObject({ org: 'default', role: 'developer', email: 'ada@example.org', name: 'Ada' });
  const [, again = ''] = cookiesOf(await signIn());
  expect((await hub.call<Me>('GET', '/me', { cookie: again })).body.caller).toBe(me.body.caller);
});

test('takes an answer to which the provider has added more, as Keycloak and Google do', async () => {
  const { back, cookie } = await begin();
  const signedIn = await hub.call('GET', `${back}&session_state=x&scope=openid%20email`, { headers: { cookie } });
  expect(signedIn).toMatchObject({ status: 303, headers: { location: 'http://localhost:80/sign-in' } });
});

test('asks the provider under the span of the request while traces are on, and sends it nothing of traces while they are off', async () => {
  const sent: (string | undefined)[] = [];
  const note = (request: IncomingMessage) => void sent.push(request.headers.traceparent as string | undefined);
  provider.server.prependListener('request', note);
  await signIn();
  // The browser's own requests to the provider are among them.
  expect(sent.filter((one) => one !== undefined)).toEqual([]);
  const spans: FinishedSpan[] = [];
  let last = 0;
  const tracer: Tracer = {
    begin: (parent = SPAN) => childTraceparent(parent, ++last),
    record: (span) => void spans.push(span),
    close: async () => undefined,
  };
  await hub.stop();
  hub = await TestHub.start(false, { ...settings, role: 'developer' }, undefined, tracer);
  await hub.decide({ type: 'org.ensure', org: 'default' });
  expect((await signIn()).status).toBe(303);
  provider.server.off('request', note);
  const requests = new Set(spans.filter(({ kind }) => kind === 'server').map(({ traceparent }) => traceparent));
  const asked = spans.filter(({ kind }) => kind === 'client');
  expect(asked.map(({ name }) => name)).toEqual(expect.arrayContaining(['GET', 'POST']));
  expect(asked.map(({ parent }) => requests.has(parent ?? ''))).not.toContain(false);
  expect(sent.filter((one) => one !== undefined)).toEqual(asked.map(({ traceparent }) => traceparent));
});

test('lets in only members and those invited, where new people have no role', async () => {
  await restart({ role: undefined });
  const refused = await signIn();
  expect(refused.headers.location).toBe('http://localhost:80/sign-in#refused=oidc.no_account');
  expect(cookiesOf(refused)).toEqual(['agentcom_oidc=']);
  const invitation = { org: 'default', by: 'key:owner', hash: 'i', role: 'admin', ttlMs: 60_000 } as const;
  await hub.decide({ type: 'member.invite', ...invitation, email: 'ada@example.org' });
  const [, session = ''] = cookiesOf(await signIn());
  expect((await hub.call<Me>('GET', '/me', { cookie: session })).body).toMatchObject({ role: 'admin' });
});

test('takes the role from a claim where one is set up', async () => {
  await restart({ roleClaim: 'groups' });
  const [, session = ''] = cookiesOf(await signIn());
  expect((await hub.call<Me>('GET', '/me', { cookie: session })).body).toMatchObject({ role: 'operator' });
});

test('refuses an address that is not verified or of another domain', async () => {
  provider.subject = 'eve';
  expect((await signIn()).headers.location).toMatch(/#refused=oidc\.email_refused$/);
  await restart({ domains: ['example.com'] });
  expect((await signIn()).headers.location).toMatch(/#refused=oidc\.email_refused$/);
  expect(hub.state.people.size).toBe(0);
});

test('says so when the provider refuses', async () => {
  provider.subject = 'nobody';
  expect((await signIn()).headers.location).toMatch(/#refused=oidc\.refused$/);
});

test('gives a first password only to whoever signed in just now, and by no link', async () => {
  const [, session = ''] = cookiesOf(await signIn());
  const link = await hub.call('POST', '/sessions/links', { cookie: session, body: {} });
  const token = String(link.body.url).split('=')[1];
  const [byLink = ''] = cookiesOf(await hub.call('POST', '/sessions', { body: { token } }));
  const body = { password: 'correct horse battery' };
  expect(await hub.call('POST', '/me/password', { cookie: byLink, body })).toMatchObject({
    status: 403,
    body: { code: 'auth.confirm_required' },
  });
  expect(await hub.call('POST', '/me/password', { cookie: session, body })).toMatchObject({ status: 204 });
});

test('takes an answer only in the browser where it began, and only once', async () => {
  const { back, cookie } = await begin();
  const elsewhere = await hub.call('GET', back);
  expect(elsewhere.headers.location).toMatch(/#refused=oidc\.flow_over$/);
  const { cookie: another } = await begin();
  expect((await hub.call('GET', back, { headers: { cookie: another } })).headers.location).toMatch(/flow_over$/);
  expect(cookiesOf(await hub.call('GET', back, { headers: { cookie } }))).toHaveLength(2);
  expect((await hub.call('GET', back, { headers: { cookie } })).headers.location).toMatch(/flow_over$/);
});

test('what the browser keeps is good once, whatever the first answer came to', async () => {
  const { back, cookie } = await begin();
  const wrong = await hub.call('GET', back.replace(/code=[^&]*/, 'code=stolen'), { headers: { cookie } });
  expect(wrong.headers.location).toMatch(/#refused=oidc\.refused$/);
  expect((await hub.call('GET', back, { headers: { cookie } })).headers.location).toMatch(/flow_over$/);
  expect(hub.state.people.size).toBe(0);
});

test('goes nowhere but to the provider and the page, whatever the address says', async () => {
  const { back, cookie } = await begin();
  const evil = `${back}&redirect_uri=https://evil.example.org&return_to=//evil.example.org`;
  const { headers } = await hub.call('GET', evil, { headers: { cookie } });
  expect(headers.location).toBe('http://localhost:80/sign-in');
  expect(await hub.call('GET', '/sign-in/oidc?redirect=//evil.example.org')).toMatchObject({ status: 400 });
});

test('is not there where no provider is set up, and says so where it cannot be reached', async () => {
  expect((await hub.call('GET', '/sessions/options')).body).toMatchObject({ provider: true });
  await restart({ issuer: 'http://127.0.0.1:1' });
  expect((await hub.call('GET', '/sign-in/oidc')).headers.location).toMatch(/#refused=oidc\.unavailable$/);
  await hub.stop();
  hub = await TestHub.start();
  expect(await hub.call('GET', '/sign-in/oidc')).toMatchObject({ status: 404 });
  expect((await hub.call('GET', '/sessions/options')).body).toMatchObject({ provider: false });
});
