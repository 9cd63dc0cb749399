// Messages between agents: kept before they are confirmed, brought until they are taken, and seen by nobody else.

import type { ChannelPage, Message, MessagePage } from '@agentcom/schemas';
import { beforeAll, expect, test } from 'vitest';
import type { AgentSocket, Frame } from '../support/agent-socket.js';
import { type Hub, startHub } from '../support/hub.js';
import { connectedAgent, reconnected } from '../support/on-hub.js';
import { Sandbox } from '../support/sandbox.js';
import { testSandbox } from '../support/test-sandbox.js';

let hub: Hub;

beforeAll(async () => {
  const sandbox = new Sandbox();
  hub = await startHub(sandbox);
  return async () => {
    await hub.stop();
    await sandbox.close();
  };
});

async function told(agent: AgentSocket): Promise<Frame> {
  return agent.ofType('message');
}

async function taken(agent: AgentSocket): Promise<Frame> {
  const message = await told(agent);
  await agent.ok({ type: 'message.ack', messageId: message.messageId });
  return message;
}

const to = (agent: AgentSocket) => `agent:${agent.machine.name}`;

test('an agent writes to another, which gets it again after every hello until it has taken it', async () => {
  const [ann, ben] = [await connectedAgent(hub), await connectedAgent(hub)];
  const sent = await ann.ok({ type: 'message.send', to: to(ben), body: 'Is main red?' });
  const message = await told(ben);
  expect(message).toMatchObject({ messageId: sent.messageId, from: to(ann), to: to(ben), body: 'Is main red?' });
  const [back] = await reconnected(hub, ben.machine);
  expect(await told(back)).toEqual(message);
  await back.ok({ type: 'message.ack', messageId: message.messageId });
  const answer = await back.ok({ type: 'message.send', to: to(ann), body: 'No.', replyTo: message.messageId });
  expect(await taken(ann)).toMatchObject({ messageId: answer.messageId, replyTo: message.messageId });
  const [third] = await reconnected(hub, ben.machine);
  await ann.ok({ type: 'message.send', to: to(ben), body: 'the next' });
  expect(await taken(third)).toMatchObject({ body: 'the next' });
});

test('people write with the name of their key, and read what an agent was told, newest first', async () => {
  const agent = await connectedAgent(hub);
  const bodies = ['one', 'two', 'three'];
  for (const body of bodies) {
    const sent = await hub.api.call<Message>('POST', '/messages', { to: to(agent), body });
    expect(sent).toMatchObject({ status: 201, body: { from: 'key:owner', to: to(agent), body } });
  }
  expect([await taken(agent), await taken(agent), await taken(agent)].map(({ body }) => body)).toEqual(bodies);
  const path = `/agents/${agent.machine.name}/messages`;
  const first = await hub.api.need<MessagePage>('GET', `${path}?limit=2`);
  expect(first.items.map(({ body }) => body)).toEqual(['three', 'two']);
  const rest = await hub.api.need<MessagePage>('GET', `${path}?cursor=${first.nextCursor}`);
  expect(rest).toMatchObject({ items: [{ body: 'one' }], nextCursor: null });
});

test('a message to a channel reaches everyone in it but its sender', async () => {
  const [ann, ben, cleo] = [await connectedAgent(hub), await connectedAgent(hub), await connectedAgent(hub)];
  for (const agent of [ann, ben]) await agent.ok({ type: 'channel.join', channel: 'builds' });
  await ann.ok({ type: 'message.send', to: 'channel:builds', body: 'green again' });
  expect(await taken(ben)).toMatchObject({ from: to(ann), to: 'channel:builds', body: 'green again' });
  await cleo.ok({ type: 'channel.join', channel: 'builds' });
  await ben.ok({ type: 'channel.leave', channel: 'builds' });
  await ann.ok({ type: 'message.send', to: 'channel:builds', body: 'red' });
  expect(await taken(cleo)).toMatchObject({ body: 'red' });
  const history = await cleo.ok({ type: 'channel.history', channel: 'builds', limit: 10 });
  expect((history.messages as Message[]).map(({ body }) => body)).toEqual(['green again', 'red']);
  for (const agent of [ann, ben]) await agent.ok({ type: 'message.send', to: to(agent), body: 'marker' });
  for (const agent of [ann, ben]) expect(await taken(agent)).toMatchObject({ body: 'marker' });
  const channels = await hub.api.need<ChannelPage>('GET', '/channels');
  const members = [ann, cleo].map(({ machine }) => machine.name).sort();
  const lastMessage = { from: to(ann), to: 'channel:builds', body: 'red' };
  expect(channels.items).toMatchObject([{ name: 'builds', members, lastMessage }]);
  const page = await hub.api.need<MessagePage>('GET', '/channels/builds/messages');
  expect(page.items.map(({ body }) => body)).toEqual(['red', 'green again']);
});

test('all messages can be read, and of an agent both what was written to it and what it has written', async () => {
  const [ann, ben] = [await connectedAgent(hub), await connectedAgent(hub)];
  await ann.ok({ type: 'message.send', to: to(ben), body: 'to ben' });
  await ben.ok({ type: 'message.send', to: 'channel:all', body: 'to all' });
  await hub.api.need('POST', '/messages', { to: to(ann), body: 'to ann' });
  const bodies = async (query: string) =>
    (await hub.api.need<MessagePage>('GET', `/messages${query}`)).items.map(({ body }) => body);
  expect((await bodies('')).slice(0, 3)).toEqual(['to ann', 'to all', 'to ben']);
  expect(await bodies(`?agent=${ann.machine.name}`)).toEqual(['to ann', 'to ben']);
  expect(await bodies(`?agent=${ben.machine.name}`)).toEqual(['to all', 'to ben']);
  expect(await bodies(`?agent=${ben.machine.name}&limit=1`)).toEqual(['to all']);
});

test('who writes to a channel belongs to it, and hears what is answered there', async () => {
  const [ann, ben] = [await connectedAgent(hub), await connectedAgent(hub)];
  await ann.ok({ type: 'message.send', to: 'channel:questions', body: 'anybody?' });
  await ben.ok({ type: 'message.send', to: 'channel:questions', body: 'here' });
  expect(await taken(ann)).toMatchObject({ from: to(ben), to: 'channel:questions', body: 'here' });
});

test('who is not there cannot be written to, and who may not write is told so', async () => {
  const agent = await connectedAgent(hub);
  expect(await agent.request({ type: 'message.send', to: 'agent:nobody', body: 'x' })).toMatchObject({
    code: 'agent.not_found',
  });
  for (const [method, path, body] of [
    ['POST', '/messages', { to: 'agent:nobody', body: 'x' }],
    ['GET', '/agents/nobody/messages', undefined],
  ] as const) {
    expect(await hub.api.call(method, path, body)).toMatchObject({ status: 404, body: { code: 'agent.not_found' } });
  }
  expect((await hub.api.call('GET', '/channels/empty/messages')).body).toEqual({ items: [], nextCursor: null });
});

test('messages and memberships outlive a kill of the hub; what was taken is not brought again', {
  timeout: 90_000,
}, async () => {
  const sandbox = testSandbox();
  const first = await startHub(sandbox);
  const [ann, ben] = [await connectedAgent(first), await connectedAgent(first)];
  await ben.ok({ type: 'channel.join', channel: 'builds' });
  await ann.ok({ type: 'message.send', to: to(ben), body: 'taken' });
  await taken(ben);
  await ann.ok({ type: 'message.send', to: 'channel:builds', body: 'not taken' });
  await told(ben);
  await first.stop();
  const second = await startHub(sandbox, { port: first.port });
  const [back] = await reconnected(second, ben.machine);
  expect(await taken(back)).toMatchObject({ body: 'not taken' });
  const [ann2] = await reconnected(second, ann.machine);
  await ann2.ok({ type: 'message.send', to: 'channel:builds', body: 'still a member' });
  expect(await told(back)).toMatchObject({ body: 'still a member' });
  await second.kill9();
  const third = await startHub(sandbox, { port: first.port });
  const [again] = await reconnected(third, ben.machine);
  await again.next(({ body }) => body === 'still a member');
  await third.stop();
});
