// What of requests is audited, with the real server and handlers.

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { newKey } from '../../access/secrets.js';
import { HUB_ORG } from '../../core/access/access.js';
import { TestHub } from './fixture.js';

let hub: TestHub;

beforeAll(async () => {
  hub = await TestHub.start();
  for (const org of [HUB_ORG, 'acme']) await hub.decide({ type: 'org.ensure', org });
});

afterAll(() => hub.stop());

beforeEach(() => {
  hub.audited.length = 0;
});

it('says who changed what, in whose organisation, from where and why', async () => {
  const { secret, id } = await hub.key('operator', 'acme');
  const task = await hub.submit('key:mate', 'acme');
  await hub.call('POST', `/tasks/${task}/cancel`, { key: secret, body: { reason: 'not needed' } });
  expect(hub.audited).toEqual([
    {
      org: 'acme',
      fact: {
        action: 'tasks.change',
        route: 'task.cancel',
        caller: `key:${id}`,
        name: 'operator',
        target: task,
        reason: 'not needed',
        address: '127.0.0.1',
        outcome: 'done',
        status: 200,
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    },
  ]);
});

it('names what was made, and never the secret in the answer', async () => {
  const { secret } = await hub.key('owner', 'acme');
  const made = await hub.call('POST', '/keys', { key: secret, body: { role: 'viewer', name: 'wall' } });
  expect(hub.audited).toMatchObject([{ org: 'acme', fact: { route: 'key.create', target: made.body.id } }]);
  expect(JSON.stringify(hub.audited)).not.toContain(String(made.body.key));
});

it('names what was made or changed also where no id stands in the path or the answer', async () => {
  const { secret } = await hub.key('owner');
  await hub.call('PATCH', '/orgs/acme', { key: secret, body: { quotas: { agents: 7 } } });
  await hub.call('POST', '/enrolments', { key: secret, body: {} });
  const enrolment = [...hub.state.enrolments.values()].at(-1)?.id ?? 'none';
  expect(hub.audited).toMatchObject([
    { org: HUB_ORG, fact: { route: 'org.change', outcome: 'done', target: 'acme' } },
    { org: HUB_ORG, fact: { route: 'enrolment.create', outcome: 'done', target: enrolment } },
  ]);
});

it('leaves out what was only read, and not what was refused', async () => {
  const { secret, id } = await hub.key('submitter', 'acme');
  expect(await hub.call('GET', '/tasks', { key: secret })).toMatchObject({ status: 200 });
  expect(await hub.call('GET', '/tasks/01890000-0000-7000-8000-000000000000', { key: secret })).toMatchObject({
    status: 404,
  });
  expect(hub.audited).toEqual([]);
  await hub.call('GET', '/keys', { key: secret });
  await hub.call('GET', '/tasks', { key: newKey('nowhere').key });
  await hub.call('POST', '/tasks', { key: secret, body: { title: 'no prompt' } });
  await hub.call('GET', '/nowhere');
  expect(hub.audited).toMatchObject([
    { org: 'acme', fact: { route: 'key.list', caller: `key:${id}`, outcome: 'refused', code: 'auth.forbidden' } },
    { org: undefined, fact: { route: 'task.list', outcome: 'refused', status: 401, code: 'auth.invalid' } },
    { org: 'acme', fact: { route: 'task.submit', outcome: 'refused', code: 'request.invalid' } },
  ]);
});

it('says who signed in, and whose account somebody tried', async () => {
  const { secret } = await hub.key('owner', 'acme');
  const invited = await hub.call('POST', '/members', { key: secret, body: { role: 'viewer' } });
  const invitation = String(invited.body.url).split('=')[1] ?? '';
  const [email, password] = ['ada@example.org', 'correct horse battery'];
  await hub.call('POST', '/registrations', { body: { email, name: 'Ada', password, invitation } });
  hub.audited.length = 0;
  await hub.call('POST', '/sessions', { body: { email, password: 'another horse' } });
  await hub.call('POST', '/sessions', { body: { email, password } });
  const person = [...hub.state.people.keys()].map((id) => `person:${id}`)[0] ?? '';
  expect(hub.audited).toMatchObject([
    { org: 'acme', fact: { outcome: 'refused', code: 'auth.sign_in_failed', target: person } },
    { org: 'acme', fact: { route: 'session.start', outcome: 'done', caller: person, name: 'Ada' } },
  ]);
  expect(JSON.stringify(hub.audited)).not.toContain('horse');
});

it('says who tried to come by another name or from another site', async () => {
  await hub.call('GET', '/tasks', { headers: { host: 'evil.example' } });
  await hub.call('POST', '/tasks', { body: {}, headers: { origin: 'http://evil.example' } });
  expect(hub.audited).toMatchObject([
    { fact: { route: 'task.list', address: '127.0.0.1', status: 421, code: 'request.wrong_host' } },
    { fact: { route: 'task.submit', address: '127.0.0.1', status: 403, code: 'request.cross_origin' } },
  ]);
});

it('says of whoever uses a key that was revoked no more than its address', async () => {
  const { secret, id } = await hub.key('viewer', 'acme');
  await hub.decide({ type: 'key.revoke', org: 'acme', by: 'test', key: id });
  await hub.call('GET', '/tasks', { key: secret });
  expect(hub.audited).toMatchObject([{ org: undefined, fact: { address: '127.0.0.1', code: 'auth.invalid' } }]);
  expect(JSON.stringify(hub.audited)).not.toContain(secret);
});
