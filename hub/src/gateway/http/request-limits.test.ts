// How often a caller is answered, over the real server.

import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { defaultConfig } from '../../core/config/config.js';
import { TestHub } from './fixture.js';

let hub: TestHub;

beforeEach(async () => {
  hub = await TestHub.start();
});

afterEach(() => hub.stop());

function limit(sizes: Partial<typeof defaultConfig.values.limits>): void {
  hub.limits = { ...defaultConfig.values.limits, ...sizes };
}

describe('a request beyond the limit', () => {
  test('is answered 429, with when to retry, and what remains is said with every answer', async () => {
    limit({ reads: { perMinute: 1, burst: 2 } });
    const { secret: key } = await hub.key('viewer');
    const first = await hub.call('GET', '/tasks', { key });
    expect(first).toMatchObject({
      status: 200,
      headers: { 'ratelimit-policy': '"reads";q=2;w=120', ratelimit: expect.stringMatching(/^"reads";r=1;t=\d\d$/) },
    });
    await hub.call('GET', '/stats', { key });
    const refused = await hub.call('GET', '/tasks', { key });
    expect(refused).toMatchObject({
      status: 429,
      headers: { 'ratelimit-policy': '"reads";q=2;w=120', ratelimit: expect.stringMatching(/^"reads";r=0;t=1?\d\d$/) },
      body: { code: 'rate.limited', detail: expect.stringContaining('too many reads') },
    });
    // How long it took until here, it is less than a minute.
    expect(Number(refused.headers['retry-after'])).toBe(Math.ceil(Number(refused.body.retryAfterMs) / 1000));
  });

  test('is refused to its key alone', async () => {
    limit({ reads: { perMinute: 1, burst: 1 } });
    const [one, two] = [await hub.key('viewer'), await hub.key('viewer')];
    await hub.call('GET', '/tasks', { key: one.secret });
    expect(await hub.call('GET', '/tasks', { key: one.secret })).toMatchObject({ status: 429 });
    expect(await hub.call('GET', '/tasks', { key: two.secret })).toMatchObject({ status: 200 });
  });

  test('is refused to an organisation as soon as its keys have used up its share together', async () => {
    limit({ reads: { perMinute: 1, burst: 1 }, organisationShare: 2 });
    const status = async (org?: string): Promise<number> => {
      const { secret: key } = await hub.key('viewer', org);
      return (await hub.call('GET', '/tasks', { key })).status;
    };
    expect([await status(), await status(), await status(), await status('other')]).toEqual([200, 200, 429, 200]);
  });

  test('counts by class of action', async () => {
    limit({ reads: { perMinute: 1, burst: 1 } });
    const { secret: key } = await hub.key('owner');
    await hub.call('GET', '/tasks', { key });
    expect(await hub.call('GET', '/keys', { key })).toMatchObject({ status: 429 });
    expect(await hub.call('POST', '/tasks', { key, body: { title: 't', prompt: 'p' } })).toMatchObject({ status: 201 });
  });

  test('of somebody who is not allowed to do it counts, too', async () => {
    limit({ admin: { perMinute: 1, burst: 1 } });
    const { secret: key } = await hub.key('viewer');
    const make = async (): Promise<number> => (await hub.call('POST', '/keys', { key, body: {} })).status;
    expect([await make(), await make()]).toEqual([403, 429]);
  });
});

test('bytes count as well as requests', async () => {
  limit({ readKib: { perMinute: 1, burst: 64 } });
  const { secret: key } = await hub.key('submitter');
  const body = { title: 't', prompt: 'x'.repeat(50_000) };
  expect(await hub.call('POST', '/tasks', { key, body: { ...body, prompt: 'x' } })).toMatchObject({ status: 201 });
  const statuses = [await hub.call('POST', '/tasks', { key, body }), await hub.call('POST', '/tasks', { key, body })];
  expect(statuses.at(-1)).toMatchObject({ status: 429, body: { detail: expect.stringContaining('too many bytes') } });
});

describe('without a key', () => {
  test('enrolments are limited before anything of them is read', async () => {
    limit({ enrolments: { perMinute: 1, burst: 1 } });
    const enrol = () => hub.call('POST', '/enrol', { body: { nothing: 'of this is valid' } });
    expect(await enrol()).toMatchObject({ status: 400 });
    expect(await enrol()).toMatchObject({ status: 429, headers: { 'ratelimit-policy': '"enrolments";q=1;w=60' } });
  });

  test('downloads are limited', async () => {
    limit({ downloads: { perMinute: 1, burst: 1 } });
    await hub.call('GET', '/join');
    expect(await hub.call('GET', '/join/agentcom.mjs')).toMatchObject({ status: 429 });
  });

  test.each([
    ['a missing key', '/tasks', {}, 401],
    ['an unknown key', '/tasks', { key: `ac_${'x'.repeat(43)}` }, 401],
    ['an unknown route', '/nothing', {}, 404],
  ])('%s counts by address', async (_what, url, sent, status) => {
    limit({ anonymous: { perMinute: 1, burst: 1 } });
    expect(await hub.call('GET', url, sent)).toMatchObject({ status });
    expect(await hub.call('GET', url, sent)).toMatchObject({ status: 429 });
    const { secret: key } = await hub.key('viewer');
    expect(await hub.call('GET', '/tasks', { key })).toMatchObject({ status: 200 });
  });
});

describe('a connection over which requests go on after many refusals', () => {
  /** So many requests over one connection, each part written once `between` has been answered; how many answers came. */
  async function answersTo(parts: readonly string[], between: () => Promise<void>): Promise<number> {
    const url = new URL(await hub.listen());
    const socket = connect(Number(url.port), url.hostname);
    onTestFinished(() => void socket.destroy());
    // The hub may be gone first, with what was sent unread.
    socket.on('error', () => undefined);
    let answers = 0;
    socket.on('data', (data) => {
      answers += String(data).split('HTTP/1.1 ').length - 1;
    });
    for (const part of parts) {
      socket.write(part);
      await between();
    }
    return answers;
  }

  const served = async (): Promise<void> => {
    const answer = await fetch(`${await hub.listen()}/livez`);
    expect([answer.status, (await answer.text()).length > 0]).toEqual([200, true]);
  };

  test('is not read for a while; others are', async () => {
    limit({ reads: { perMinute: 1, burst: 1 }, violations: { perMinute: 1, burst: 10 } });
    const { secret } = await hub.key('viewer');
    const head = `GET /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${secret}\r\n\r\n`;
    const asked = [head.repeat(20), ...Array.from({ length: 40 }, () => head)];
    // Those of the first write are read together, and a few more before the last of them is answered.
    expect(await answersTo(asked, served)).toBeLessThan(20 + 20);
  });

  test('is not read either when their bodies come after they were refused', async () => {
    limit({ enrolments: { perMinute: 1, burst: 1 }, violations: { perMinute: 1, burst: 1 } });
    const enrol = [
      'POST /api/v1/enrol HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/json',
      'Content-Length: 2',
    ];
    const head = `${enrol.join('\r\n')}\r\n\r\n`;
    const asked = Array.from({ length: 40 }, () => [head, '{}']).flat();
    expect(await answersTo(asked, served)).toBeLessThan(20);
  });
});
