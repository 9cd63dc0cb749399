import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { outgoingOf } from '../outgoing.js';
import { answered, delivery, NOON, ScriptedHttp, WEBHOOK_SECRET } from '../testing.js';
import { conformance, httpProvider, type Received } from './conformance.js';
import { webhook } from './webhook.js';

const OLDER = `whsec_${Buffer.from('another secret, which is older..').toString('base64')}`;

function json({ body }: Received) {
  return JSON.parse(body.toString());
}

describe('a webhook', () => {
  conformance({
    kind: 'webhook',
    start: () =>
      httpProvider({
        settings: (origin) => ({ url: `${origin}/in`, secret: WEBHOOK_SECRET }),
        accept: (_received, response) => response.writeHead(204).end(),
      }),
    secrets: [WEBHOOK_SECRET, WEBHOOK_SECRET.slice(6)],
    outcomes: { gone: 'gone' },
    textOf: ({ body }) => body.toString(),
    isSameEntry: (first, later) => json(first).subject === json(later).subject,
    isClosing: (received) => json(received).data.state === 'closed',
    expectFits: ({ body }) => expect(body.length).toBeLessThan(512 * 1024),
  });

  it('is signed by both secrets while they are rotated, and is a CloudEvent', async () => {
    const http = new ScriptedHttp();
    const settings = { url: 'https://hooks.example/in', secret: WEBHOOK_SECRET, previousSecret: OLDER };
    const given = delivery({ acknowledgedBy: 'alice' });
    const message = outgoingOf(given, undefined, 'https://hub.example');
    await webhook.send({
      message,
      settings,
      http,
      now: Date.now(),
      publicUrl: 'https://hub.example',
      vapid: undefined,
    });
    const { headers, body, json: event } = http.sent[0] as (typeof http.sent)[number];
    for (const secret of [WEBHOOK_SECRET, OLDER]) new Webhook(secret).verify(String(body), headers);
    expect(() => new Webhook(WEBHOOK_SECRET).verify(`${body} `, headers)).toThrow();
    expect(headers['webhook-id']).toBe(given.id);
    expect(headers['content-type']).toMatch(/^application\/cloudevents\+json/);
    expect(event).toMatchObject({
      specversion: '1.0',
      id: given.id,
      source: 'https://hub.example',
      type: 'agentcom.alert.acknowledged',
      subject: given.notification.group,
      time: new Date(NOON).toISOString(),
      data: { title: given.notification.title, links: [{ url: 'https://hub.example/alerts/QueueWaitHigh' }] },
    });
  });

  it('is not signed without a secret, signed with any text, and asks for a private address only where that is allowed', async () => {
    const http = new ScriptedHttp();
    const url = 'https://hooks.example/in';
    const message = outgoingOf(delivery(), undefined, undefined);
    const by = { message, http, now: Date.now(), publicUrl: undefined, vapid: undefined };
    await webhook.send({ ...by, settings: { url } });
    await webhook.send({ ...by, settings: { url, secret: 'my own secret'.replaceAll(' ', '-'), allowPrivate: true } });
    const [plain, signed] = http.sent;
    expect(plain?.headers['webhook-signature']).toBeUndefined();
    expect([plain?.allowPrivate, signed?.allowPrivate]).toEqual([false, true]);
    new Webhook('my-own-secret', { format: 'raw' }).verify(String(signed?.body), signed?.headers ?? {});
  });

  it.each([400, 401, 404, 500])('that answers with %i may be mended, so that it is tried again', async (status) => {
    const http = new ScriptedHttp();
    http.answer = () => answered(status);
    const settings = { url: 'https://hooks.example/in', secret: WEBHOOK_SECRET };
    const message = outgoingOf(delivery(), undefined, undefined);
    expect(await webhook.send({ message, settings, http, now: NOON, publicUrl: undefined, vapid: undefined })).toEqual({
      kind: 'retry',
      why: `answered with HTTP ${status}`,
    });
  });
});
