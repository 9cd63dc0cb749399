import type { EnrolmentPage } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashSecret, newKey } from '../../../access/secrets.js';
import { TestHub } from '../fixture.js';

let hub: TestHub;

beforeEach(async () => {
  hub = await TestHub.start();
});

afterEach(() => hub.stop());

const SHOP = 'https://git.example.org/shop/*';

/** Joins by an invitation that this key made. */
async function join(key: string, name: string, invitation: object) {
  const made = await hub.call('POST', '/enrolments', { key, body: invitation });
  const machine = { name, capabilities: ['git', 'runner:claude', 'runner:codex'], host: 'h', os: 'linux' };
  const secret = newKey('default').key;
  const body = { token: made.body.token, keyHash: hashSecret(secret), ...machine };
  expect(await hub.call('POST', '/enrol', { body })).toMatchObject({ status: 201 });
  return secret;
}

test('what an invitation binds to is listed with it and with the agent that joins', async () => {
  const { secret: key } = await hub.key('admin');
  const bounds = { runners: ['claude'], repositories: [SHOP] };
  const agent = await join(key, 'tern', { ...bounds, capabilities: ['gpu'] });
  expect((await hub.call('GET', '/enrolments', { key })).body).toMatchObject({ items: [{ ...bounds, usesLeft: 0 }] });
  const shown = { ...bounds, capabilities: ['git', 'gpu', 'runner:claude'] };
  for (const caller of [key, agent])
    expect((await hub.call('GET', '/agents/tern', { key: caller })).body).toMatchObject(shown);
  await join(key, 'gull', {});
  for (const name of ['runners', 'repositories'])
    expect((await hub.call('GET', '/agents/gull', { key })).body).not.toHaveProperty(name);
});

test('an invitation may have a name, which lists show', async () => {
  const { secret: key } = await hub.key('admin');
  await join(key, 'tern', { name: 'rack 3' });
  await join(key, 'gull', {});
  const { items } = (await hub.call<EnrolmentPage>('GET', '/enrolments', { key })).body;
  expect(items.map(({ name }) => name)).toEqual(['rack 3', undefined]);
  const refused = await hub.call('POST', '/enrolments', { key, body: { name: 'x'.repeat(65) } });
  expect(refused).toMatchObject({ status: 400, body: { code: 'request.invalid', errors: [{ path: '/name' }] } });
});

test('an agent submits only tasks of the repositories that it is bound to, also over HTTP', async () => {
  const { secret } = await hub.key('admin');
  const key = await join(secret, 'tern', { repositories: [SHOP] });
  const submit = (repo?: { url: string }) =>
    hub.call('POST', '/tasks', { key, body: { title: 't', prompt: 'p', ...(repo && { repo }) } });
  const errors = [{ path: '/repo/url', message: `must match one of ${SHOP}` }];
  for (const repo of [undefined, { url: 'https://git.example.org/bank/web.git' }])
    expect(await submit(repo)).toMatchObject({ status: 403, body: { code: 'auth.forbidden', errors } });
  await submit({ url: 'https://git.example.org/shop/web.git' });
  expect([...hub.state.tasks.values()].map(({ by }) => by)).toEqual(['agent:tern']);
});

test('a key limited to repositories invites machines to these alone', async () => {
  const { secret: key } = await hub.key('admin', 'default', { repositories: [SHOP, 'https://git.example.org/docs'] });
  const errors = [{ path: '/repositories', message: 'is more than you have' }];
  for (const repositories of [undefined, ['*'], [SHOP, 'https://git.example.org/bank/*']])
    expect(await hub.call('POST', '/enrolments', { key, body: { repositories } }), String(repositories)).toMatchObject({
      status: 403,
      body: { code: 'auth.forbidden', errors },
    });
  expect(await hub.call('POST', '/enrolments', { key, body: { repositories: [SHOP] } })).toMatchObject({ status: 201 });
});

test('it sees and revokes only invitations to its repositories, and of agents only their patterns within', async () => {
  const { secret: admin } = await hub.key('admin');
  const { secret: key } = await hub.key('admin', 'default', { repositories: [SHOP] });
  const web = 'https://git.example.org/shop/web.git';
  await join(admin, 'free', {});
  await join(admin, 'both', { repositories: ['https://git.example.org/bank/*', web] });
  await join(key, 'mine', { repositories: [SHOP] });
  type Listed = { items: { id: string }[] };
  const all = (await hub.call<Listed>('GET', '/enrolments', { key: admin })).body.items.map(({ id }) => id);
  const seen = (await hub.call<Listed>('GET', '/enrolments', { key })).body.items.map(({ id }) => id);
  expect(seen).toEqual(all.slice(2));
  for (const [i, status] of [404, 404, 204].entries())
    expect((await hub.call('DELETE', `/enrolments/${all[i]}`, { key })).status).toBe(status);
  const agents = (await hub.call<{ items: { repositories?: string[] }[] }>('GET', '/agents', { key })).body.items;
  expect(agents.map(({ repositories }) => repositories)).toEqual([[web], undefined, [SHOP]]);
});

test('an enrolment token has a beginning by which it is known for one, and can be used', async () => {
  const key = (await hub.key('owner')).secret;
  const made = await hub.call('POST', '/enrolments', { key, body: {} });
  const { token, joinCommand } = made.body as { token: string; joinCommand: string };
  expect(token).toMatch(/^ace_[A-Za-z0-9_-]{32}$/);
  expect(joinCommand.startsWith(`AGENTCOM_TOKEN=${token} `)).toBe(true);
  const body = { token, keyHash: 'a'.repeat(64), name: 'tern', capabilities: [], host: 'box', os: 'linux' };
  expect((await hub.call('POST', '/enrol', { body })).body).toMatchObject({ agent: 'tern' });
});
