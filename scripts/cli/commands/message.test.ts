import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { KEY, type TestHub, testHub, testWorld } from '../testing.js';

const MESSAGE = {
  messageId: '019a8f6c-0000-7000-8000-000000000001',
  from: 'key:ci',
  to: 'agent:tern',
  body: 'The staging database\nis back.',
  sentAt: '2026-01-31T11:55:00Z',
};
const INBOX = {
  items: [
    { ...MESSAGE, acknowledged: false },
    { ...MESSAGE, acknowledged: false, deliveredAt: '2026-01-31T11:56:00Z' },
    {
      ...MESSAGE,
      acknowledged: true,
      deliveredAt: '2026-01-31T11:56:00Z',
      acknowledgedAt: '2026-01-31T11:57:00Z',
    },
  ],
  nextCursor: null,
};

let hub: TestHub;
beforeEach(async () => {
  hub = await testHub(({ url, method }) => {
    if (method === 'POST') return { status: 201, body: MESSAGE };
    if (/\/channels(?:\?|$)/.test(url)) return { status: 200, body: { items: [CHANNEL], nextCursor: null } };
    if (url.includes('/channels/')) return { status: 200, body: { items: [MESSAGE], nextCursor: null } };
    return { status: 200, body: INBOX };
  });
});
afterEach(() => hub.stop());

const CHANNEL = { name: 'builds', members: ['tern', 'wren'], lastMessage: { ...MESSAGE, to: 'channel:builds' } };

async function run(...args: readonly string[]) {
  const world = testWorld({ env: { AGENTCOM_HUB: hub.url, AGENTCOM_KEY: KEY } });
  return { exit: await runCommandLine(world, args), world };
}

describe('message send', () => {
  it.each([
    ['tern', 'agent:tern', 'agentcom message list tern'],
    ['agent:tern', 'agent:tern', 'agentcom message list tern'],
    ['channel:builds', 'channel:builds', 'agentcom channel history builds'],
  ])('to %s writes to %s, and says where to look', async (to, recipient, next) => {
    const { exit, world } = await run('message', 'send', to, 'It is back.', '--reply-to', MESSAGE.messageId);
    expect(exit).toBe(EXIT.done);
    expect(hub.received[0]).toMatchObject({ method: 'POST', url: '/api/v1/messages' });
    expect(hub.received[0]?.body).toEqual({
      to: recipient,
      body: 'It is back.',
      replyTo: MESSAGE.messageId,
    });
    expect(world.out()).toContain(next);
  });

  it.each([[['tern']], [['tern', 'text', '--file', 'x']], [['tern', ' ']], [['tern', 'x'.repeat(16 * 1024 + 1)]]])(
    'needs one text within the limit',
    async (args) => {
      expect((await run('message', 'send', ...args)).exit).toBe(EXIT.usage);
      expect(hub.received).toEqual([]);
    },
  );
});

it('message list shows the text of each message, and what has become of it', async () => {
  const { world } = await run('message', 'list', 'tern');
  expect(hub.received[0]?.url).toMatch(/^\/api\/v1\/agents\/tern\/messages\?/);
  const text = world.out();
  expect(text).toContain('key:ci  5 min ago  waiting until the agent connects');
  expect(text).toContain('  The staging database\n  is back.');
  expect(text).toContain('delivered 4 min ago');
  expect(text).toContain('acknowledged 3 min ago');
});

it.each([
  [['message', 'list'], /^\/api\/v1\/messages\?limit=\d+$/],
  [['message', 'list', 'tern', '--all'], /^\/api\/v1\/messages\?(?=.*agent=tern)/],
])('%j shows who wrote to whom', async (args, url) => {
  const { world } = await run(...args);
  expect(hub.received[0]?.url).toMatch(url);
  expect(world.out()).toContain('key:ci → agent:tern  5 min ago');
});

it('channel list names the members, and channel history shows what was written', async () => {
  expect((await run('channel', 'list')).world.out()).toMatch(/builds +5 min ago +tern, wren/);
  const { world } = await run('channel', 'history', 'builds');
  expect(hub.received[1]?.url).toMatch(/^\/api\/v1\/channels\/builds\/messages\?/);
  expect(world.out()).toContain('key:ci  5 min ago');
});
