import { describe, expect, it } from 'vitest';
import { outgoingOf } from '../outgoing.js';
import { answered, delivery, NOON, ScriptedHttp } from '../testing.js';
import { conformance, httpProvider, type Received } from './conformance.js';
import { pagerduty } from './pagerduty.js';

const KEY = 'R0UTINGKEY0123456789abcdefABCDEF';

function json({ body }: Received) {
  return JSON.parse(body.toString());
}

async function event(more: Parameters<typeof delivery>[0]) {
  const http = new ScriptedHttp();
  http.answer = () => answered(202);
  const message = outgoingOf(delivery(more), undefined, 'https://hub.example');
  const settings = { routingKey: KEY, region: 'eu' as const };
  await pagerduty.send({ message, settings, http, now: NOON, publicUrl: 'https://hub.example', vapid: undefined });
  return http.sent[0] as (typeof http.sent)[number];
}

describe('PagerDuty', () => {
  conformance({
    kind: 'pagerduty',
    start: () =>
      httpProvider({
        settings: (api) => ({ routingKey: KEY, api }),
        accept: (received, response) => {
          const { routing_key, dedup_key, event_action, payload } = json(received);
          const isValid =
            received.path === '/v2/enqueue' &&
            routing_key === KEY &&
            (event_action !== 'trigger' ||
              (payload.summary !== '' && payload.source !== '' && payload.severity !== ''));
          const said = isValid
            ? { status: 'success', message: 'Event processed', dedup_key }
            : { status: 'invalid event', message: 'Event object is invalid', errors: [] };
          response.writeHead(isValid ? 202 : 400).end(JSON.stringify(said));
        },
      }),
    secrets: [KEY],
    textOf: (received) => {
      const { payload, links } = json(received);
      return payload === undefined ? '' : `${JSON.stringify(payload)} ${JSON.stringify(links)}`;
    },
    isSameEntry: (first, later) => json(first).dedup_key === json(later).dedup_key,
    isClosing: (received) => json(received).event_action === 'resolve',
    expectFits: (received) => {
      expect(received.body.length).toBeLessThan(512 * 1024);
      expect(json(received).payload.summary.length).toBeLessThanOrEqual(1_024);
      expect(json(received).dedup_key.length).toBeLessThanOrEqual(255);
    },
  });

  it('triggers, acknowledges and resolves one incident a group', async () => {
    const opened = await event({});
    expect(opened.url).toBe('https://events.eu.pagerduty.com/v2/enqueue');
    expect(opened.json).toMatchObject({
      event_action: 'trigger',
      dedup_key: 'alert:acme:QueueWaitHigh',
      payload: { severity: 'critical', source: 'hub.example', class: 'QueueWaitHigh' },
    });
    const taken = await event({ acknowledgedBy: 'alice' });
    expect(taken.json).toEqual({
      routing_key: KEY,
      event_action: 'acknowledge',
      dedup_key: 'alert:acme:QueueWaitHigh',
    });
    expect((await event({ state: 'closed', acknowledgedBy: 'alice' })).json).toMatchObject({ event_action: 'resolve' });
  });
});
