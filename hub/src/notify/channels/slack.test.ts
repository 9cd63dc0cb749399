import type { ServerResponse } from 'node:http';
import { type TestAuthority, testAuthority } from '@agentcom/schemas/host/network/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outgoingOf } from '../outgoing.js';
import { answered, delivery, NOON, ScriptedHttp } from '../testing.js';
import { conformance, httpProvider, type Received } from './conformance.js';
import { KnownKinds } from './index.js';
import { slack } from './slack.js';

const TOKEN = 'xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy';
const HOOK = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';

function json({ body }: Received) {
  return JSON.parse(body.toString());
}

function textOf(received: Received): string {
  const { blocks, text } = json(received);
  return blocks === undefined ? text : blocks[0].text.text;
}

function expectFits(received: Received): void {
  const { text, blocks } = json(received);
  expect(text.length).toBeLessThanOrEqual(3_000);
  expect(blocks[0].text.text.length).toBeLessThanOrEqual(3_000);
  // Links are whole.
  expect(blocks[0].text.text).toMatch(/\|[^|<>]*>$/);
}

/** The three methods of a workspace in memory. */
function workspace() {
  const messages = new Map<string, string>();
  return (received: Received, response: ServerResponse) => {
    const say = (said: object) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    const { channel, ts, thread_ts } = json(received);
    if (received.headers.authorization !== `Bearer ${TOKEN}`) return say({ ok: false, error: 'invalid_auth' });
    if (received.path === '/chat.update') {
      if (messages.get(ts) !== channel) return say({ ok: false, error: 'message_not_found' });
      return say({ ok: true, channel, ts });
    }
    if (thread_ts !== undefined && !messages.has(thread_ts)) return say({ ok: false, error: 'thread_not_found' });
    const posted = `1503435956.00000${messages.size}`;
    messages.set(posted, 'C024BE91L');
    return say({ ok: true, channel: 'C024BE91L', ts: posted, message: { text: '…' } });
  };
}

describe('Slack by token', () => {
  conformance({
    kind: 'slack',
    start: () => httpProvider({ settings: (api) => ({ token: TOKEN, channel: '#on-call', api }), accept: workspace() }),
    secrets: [TOKEN],
    // Without the end of the answer it is not known whether Slack took the message.
    outcomes: { hangs: 'retry', floods: 'retry' },
    textOf,
    isSameEntry: (first, later) => first.path === '/chat.postMessage' && later.path === '/chat.update',
    isClosing: (received) => json(received).text.startsWith('Resolved'),
    expectFits,
  });
});

describe('Slack by incoming webhook', () => {
  let authority: TestAuthority;
  let tls: { key: string; cert: string; caFile: string };

  beforeAll(async () => {
    authority = await testAuthority();
    tls = { ...(await authority.issue('127.0.0.1')), caFile: authority.file };
  });

  afterAll(() => authority.remove());

  conformance({
    kind: 'slack',
    start: () =>
      httpProvider({
        settings: (origin) => ({ url: `${origin}${HOOK}` }),
        accept: (_received, response) => response.end('ok'),
        tls,
      }),
    secrets: [HOOK],
    outcomes: { gone: 'gone' },
    textOf,
    // It can only post.
    isSameEntry: () => true,
    isClosing: (received) => json(received).text.startsWith('Resolved'),
    expectFits,
  });
});

describe('Slack', () => {
  const settings = { token: TOKEN, channel: '#on-call' };
  const ref = JSON.stringify({ channel: 'C024BE91L', ts: '1503435956.000247' });

  async function send(
    http: ScriptedHttp,
    more: Parameters<typeof delivery>[0],
    given: object = settings,
    sent?: string,
  ) {
    const message = outgoingOf(delivery(more), sent, 'https://hub.example');
    return slack.send({ message, settings: given, http, now: NOON, publicUrl: undefined, vapid: undefined });
  }

  function saying(...words: object[]): ScriptedHttp {
    const http = new ScriptedHttp();
    http.answer = () => answered(200, { body: JSON.stringify(words.length > 1 ? words.shift() : words[0]) });
    return http;
  }

  it.each([
    ['ratelimited', 'retry'],
    ['internal_error', 'retry'],
    ['channel_not_found', 'refused'],
    ['not_in_channel', 'refused'],
    ['invalid_auth', 'refused'],
    ['token_revoked', 'gone'],
    ['is_archived', 'gone'],
  ])('that answers %s: %s', async (error, kind) => {
    expect(await send(saying({ ok: false, error }), {})).toEqual({ kind, why: `Slack answered ${error}` });
  });

  it('says what happened in the thread, and to the channel as well when nobody has acknowledged it', async () => {
    const http = saying({ ok: true, channel: 'C024BE91L', ts: '1' });
    await send(http, { escalation: 1 }, settings, ref);
    await send(http, { acknowledgedBy: 'alice' }, settings, ref);
    expect(http.sent.map(({ url }) => url.split('/').at(-1))).toEqual([
      ...['chat.update', 'chat.postMessage'],
      ...['chat.update', 'chat.postMessage'],
    ]);
    expect(http.sent[1]?.json).toMatchObject({ thread_ts: '1503435956.000247', reply_broadcast: true });
    expect(http.sent[3]?.json).toMatchObject({ reply_broadcast: false, text: expect.stringContaining('alice') });
  });

  it('posts again when somebody deleted the message', async () => {
    const http = saying({ ok: false, error: 'message_not_found' }, { ok: true, channel: 'C1', ts: '2' });
    expect(await send(http, {}, settings, ref)).toEqual({
      kind: 'sent',
      ref: JSON.stringify({ channel: 'C1', ts: '2' }),
    });
  });

  it('lets no text mention or link anything', async () => {
    const http = saying({ ok: true });
    await send(http, { title: '<!channel> <https://evil.example|here> & more' });
    expect(http.sent[0]?.json.text).toBe('Page: &lt;!channel&gt; &lt;https://evil.example|here&gt; &amp; more');
  });

  it.each([
    [{}, '#on-call'],
    [{ team: 'web' }, '#web'],
    [{ team: 'api' }, '#on-call'],
    [{ urgent: '' }, '#urgent'],
    [{ team: 'web', slack: 'C0123456789' }, 'C0123456789'],
    [{ team: 'web', slack: '@someone' }, '#web'],
  ])('posts about a task with labels %j in %s', async (labels, channel) => {
    const byLabel = [
      { label: 'team=web', channel: '#web' },
      { label: 'urgent', channel: '#urgent' },
    ];
    const http = saying({ ok: true });
    await send(http, { labels }, { ...settings, byLabel, channelLabel: 'slack' });
    expect(http.sent[0]?.json.channel).toBe(channel);
  });

  it.each([
    [{ token: TOKEN }, '/channel'],
    [{ channel: '#on-call' }, '/token'],
    [{ token: TOKEN, channel: '#a', url: 'https://hooks.slack.com/x' }, '/token'],
    [{ url: 'https://hooks.slack.com/x', channel: '#a' }, '/channel'],
    [{ url: 'https://hooks.slack.com/x', channelLabel: 'slack' }, '/channelLabel'],
    [{ token: TOKEN, channel: '#a', api: 'https://gateway.example/api?key=1' }, '/api'],
  ])('takes no settings %j', (given, path) => {
    expect(new KnownKinds().validate('slack', given)).toMatchObject({ ok: false, details: [{ path }] });
  });
});
