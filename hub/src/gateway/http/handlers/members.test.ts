// Members over HTTP: the sessions of others.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestHub } from '../fixture.js';

let hub: TestHub;
let owner: string;

beforeEach(async () => {
  hub = await TestHub.start();
  await hub.decide({ type: 'org.ensure', org: 'default' });
  owner = (await hub.key('owner')).secret;
});

afterEach(() => hub.stop());

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
