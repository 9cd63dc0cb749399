// Members over HTTP: invitations that are mailed, and the sessions of others.

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OutgoingMail } from '../../mail-port.js';
import { TestHub } from '../fixture.js';

let hub: TestHub;
let owner: string;
let mails: OutgoingMail[];
let isTaken: boolean;

beforeEach(async () => {
  mails = [];
  isTaken = true;
  const send = (mail: OutgoingMail) => {
    if (isTaken) mails.push(mail);
    return isTaken;
  };
  hub = await TestHub.start(false, undefined, { send });
  await hub.decide({ type: 'org.ensure', org: 'default' });
  owner = (await hub.key('owner')).secret;
});

afterEach(() => hub.stop());

const invite = (body: object) => hub.call('POST', '/members', { key: owner, body: { role: 'developer', ...body } });

test('an invitation for an address is mailed to it, with the link that the answer has', async () => {
  const { body } = await invite({ email: 'Ada@Example.org' });
  expect(body).toMatchObject({ mailed: true });
  expect(mails).toMatchObject([{ to: 'ada@example.org', subject: 'AgentCom: you are invited to default' }]);
  expect(mails[0]?.text.split('\n')).toContain(body.url);
  expect(String(body.url)).toMatch(/^https:\/\/hub\.example\/sign-in#invitation=/);
  expect(mails[0]?.text).toContain(`by ${String(body.expiresAt).slice(0, 10)}`);
});

test('the mail says who invites, to which organisation, with which role, and is no way to send links', async () => {
  const { cookie, person } = await hub.member('owner');
  const body = { role: 'operator', email: 'ada@example.org' };
  const text = async (): Promise<string> => {
    await hub.call('POST', '/members', { cookie, body });
    return mails.at(-1)?.text.split('\n')[0] ?? '';
  };
  const state = hub.state.people.get(person);
  if (state === undefined) throw new Error('nobody');
  expect(await text()).toBe(
    `${state.name} (${state.email}) invites you to the organisation default at https://hub.example, with the role operator.`,
  );
  state.name = 'See evil.example/x';
  expect(await text()).toBe(
    `${state.email} invites you to the organisation default at https://hub.example, with the role operator.`,
  );
  await invite({ email: 'bob@example.org' });
  expect(mails.at(-1)?.text).toMatch(/^Whoever has the key "owner" invites you to the organisation default at /);
});

test('one for whoever has the link is not mailed, and the answer says nothing about mail', async () => {
  expect((await invite({})).body).not.toHaveProperty('mailed');
  expect(mails).toEqual([]);
});

test('nobody floods others by it: three to an address, twenty of an organisation, and then the link alone', async () => {
  for (const mailed of [true, true, true, false]) {
    expect(await invite({ email: 'ada@example.org' })).toMatchObject({ status: 201, body: { mailed } });
  }
  for (let i = 0; i < 17; i++)
    expect((await invite({ email: `a${i}@example.org` })).body).toMatchObject({ mailed: true });
  expect((await invite({ email: 'last@example.org' })).body).toMatchObject({ mailed: false });
  expect(mails).toHaveLength(20);
});

test('what the mail server cannot take up now is said', async () => {
  isTaken = false;
  expect((await invite({ email: 'ada@example.org' })).body).toMatchObject({ mailed: false });
});

test('an owner sees where a member is signed in to the organisation, and ends it there', async () => {
  const { cookie, person, session } = await hub.member('developer');
  await hub.decide({ type: 'org.create', org: 'own', by: 'test', person });
  const url = `/members/${person}/sessions`;
  expect(await hub.call('GET', url, { key: owner })).toMatchObject({
    status: 200,
    body: { items: [{ id: session, address: 'test', current: false }] },
  });
  await hub.decide({ type: 'session.switch', session, org: 'own' });
  expect(await hub.call('GET', url, { key: owner })).toMatchObject({ body: { items: [] } });
  expect(await hub.call('DELETE', `${url}/${session}`, { key: owner })).toMatchObject({ status: 404 });
  expect(await hub.call('DELETE', url, { key: owner })).toMatchObject({ status: 204 });
  expect(await hub.call('GET', '/me', { cookie })).toMatchObject({ status: 200 });
  await hub.decide({ type: 'session.switch', session, org: 'default' });
  expect(await hub.call('DELETE', `${url}/${session}`, { key: owner })).toMatchObject({ status: 204 });
  expect(await hub.call('GET', '/me', { cookie })).toMatchObject({ status: 401 });
});

test('an admin ends the sessions of everybody but owners', async () => {
  const { secret: key } = await hub.key('admin');
  const [boss, developer] = [await hub.member('owner'), await hub.member('developer')];
  expect(await hub.call('DELETE', `/members/${boss.person}/sessions`, { key })).toMatchObject({
    status: 403,
    body: { code: 'auth.forbidden' },
  });
  expect(await hub.call('DELETE', `/members/${developer.person}/sessions`, { key })).toMatchObject({ status: 204 });
  expect(await hub.call('GET', '/me', { cookie: boss.cookie })).toMatchObject({ status: 200 });
});
