// A forgotten password, over HTTP: a link by mail, and nothing that says whether there is an account.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashSecret } from '../../../access/secrets.js';
import type { CommandOf } from '../../../core/commands.js';
import type { OutgoingMail } from '../../mail-port.js';
import { type Answer, TestHub } from '../fixture.js';

const PASSWORD = 'correct horse battery';

let hub: TestHub;
let mails: OutgoingMail[];
/** Called with each mail. */
let onMail: (mail: OutgoingMail) => void;

beforeEach(async () => {
  mails = [];
  onMail = () => undefined;
  const send = (mail: OutgoingMail) => {
    mails.push(mail);
    onMail(mail);
    return true;
  };
  hub = await TestHub.start(true, undefined, { send });
  await hub.decide({ type: 'org.ensure', org: 'default' });
});

afterEach(() => hub.stop());

async function account(email = 'ada@example.org', org = 'acme'): Promise<string> {
  const made = { email, name: 'Ada', passwordHash: 'p', newOrg: { id: org } };
  return (await hub.decide<CommandOf<'person.register'>>({ type: 'person.register', ...made })).person;
}

async function ask(email: string, remoteAddress = '198.51.100.1'): Promise<Answer> {
  const asked = { method: 'POST', url: '/api/v1/sessions/reset/mail', payload: { email }, remoteAddress } as const;
  const { statusCode: status, headers, body } = await hub.app.inject(asked);
  return { status, headers, body: body === '' ? {} : JSON.parse(body) };
}

/** The mail that this leads to. */
async function mailedTo(email: string): Promise<OutgoingMail> {
  const mailed = new Promise<OutgoingMail>((resolve) => {
    onMail = resolve;
  });
  expect(await ask(email)).toMatchObject({ status: 202 });
  return mailed;
}

function tokenIn({ text }: OutgoingMail): string {
  return /^https:\/\/hub\.example\/sign-in#reset=([A-Za-z0-9_-]{43})$/m.exec(text)?.[1] ?? `no link: ${text}`;
}

test('a link comes by mail, sets a new password once, and ends what was signed in', async () => {
  const person = await account();
  const from = { hash: hashSecret('s'), ttlMs: 60_000, idleMs: 60_000, address: 'test' };
  await hub.decide({ type: 'session.start', person, proof: { method: 'password' }, ...from });
  const mail = await mailedTo('Ada@Example.org');
  expect(mail).toMatchObject({ to: 'ada@example.org', subject: 'AgentCom: set a new password' });
  const body = { token: tokenIn(mail), password: PASSWORD };
  expect(await hub.call('POST', '/sessions/reset', { body })).toMatchObject({ status: 204 });
  expect(hub.state.sessions.size).toBe(0);
  const signIn = { email: 'ada@example.org', password: PASSWORD };
  expect(await hub.call('POST', '/sessions', { body: signIn })).toMatchObject({ status: 201 });
  expect(await hub.call('POST', '/sessions/reset', { body })).toMatchObject({ body: { code: 'token.invalid' } });
});

test('only the newest link is good, for an hour', async () => {
  await account();
  const first = tokenIn(await mailedTo('ada@example.org'));
  const second = tokenIn(await mailedTo('ada@example.org'));
  const set = (token: string) => hub.call('POST', '/sessions/reset', { body: { token, password: PASSWORD } });
  expect(await set(first)).toMatchObject({ body: { code: 'token.invalid' } });
  const [token] = [...hub.state.tokens.values()];
  expect((token?.expiresAt ?? 0) - (token?.createdAt ?? 0)).toBe(3_600_000);
  expect(await set(second)).toMatchObject({ status: 204 });
});

describe('nobody learns whether there is an account', () => {
  const comparable = ({ status, headers, body }: Answer) => {
    const { date: _date, ratelimit: _left, ...others } = headers;
    return { status, body: JSON.stringify(body).replace(/[0-9a-f]{32}/, ''), others };
  };

  test('by the answer', async () => {
    await account();
    const [known, unknown] = [await ask('ada@example.org'), await ask('bob@example.org')];
    expect(comparable(known)).toEqual(comparable(unknown));
    // It would say that something was written.
    expect(known.headers).not.toHaveProperty('agentcom-seq');
  });

  test('by how often it may ask', async () => {
    await account();
    for (const email of ['ada@example.org', 'bob@example.org']) {
      for (let i = 0; i < 3; i++) expect(await ask(email)).toMatchObject({ status: 202 });
      expect(await ask(email)).toMatchObject({ status: 429, body: { code: 'auth.blocked' } });
    }
    expect(await ask('ada@example.org', '198.51.100.2')).toMatchObject({ status: 202 });
  });

  test('by where it asks from: an account that is asked for from everywhere waits', async () => {
    for (let i = 0; i < 20; i++) expect(await ask('bob@example.org', `198.51.100.${i}`)).toMatchObject({ status: 202 });
    expect(await ask('bob@example.org', '198.51.100.99')).toMatchObject({ status: 429 });
  });
});

test('whoever signs in at an identity provider is told so', async () => {
  await account();
  const known = { issuer: 'https://id.example', subject: 's', email: 'ada@example.org', name: 'Ada' };
  await hub.decide({ type: 'person.identify', org: 'acme', ...known });
  const mail = await mailedTo('ada@example.org');
  expect(mail.text).toContain('identity provider');
  expect(mail.text).not.toContain('reset=');
  expect(hub.state.tokens.size).toBe(0);
});

test('the audit of the organisation says for whom it was asked and from where, and holds no token', async () => {
  const person = await account();
  const token = tokenIn(await mailedTo('ada@example.org'));
  await ask('bob@example.org');
  expect(hub.audited).toMatchObject([
    { org: 'acme', fact: { route: 'session.mailReset', outcome: 'done', target: `person:${person}` } },
    { org: undefined, fact: { route: 'session.mailReset', outcome: 'done' } },
  ]);
  const kept = JSON.stringify([hub.audited, [...hub.state.tokens.values()]]);
  expect(kept).not.toContain(token);
  expect(kept).not.toContain('bob@example.org');
});

test('a hub without mail says who can help', async () => {
  await hub.stop();
  hub = await TestHub.start(true);
  const answer = await ask('ada@example.org');
  expect(answer).toMatchObject({ status: 404, body: { detail: expect.stringContaining('ask an owner') } });
});
