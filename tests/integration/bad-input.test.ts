// Whatever is wrong with a request, a body or a frame: the answer is an error of the catalogue that names the part, and nothing changes.

import { rolesOf } from '@agentcom/hub/access/policy';
import { catalogueEntry, isErrorCode, ROUTES, type Route, type RouteName, sidecarFrames } from '@agentcom/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { counters } from '../bench/counters.js';
import { validBodies, validFrames, validPaths } from '../fixtures/valid-input.js';
import { AgentSocket, type Frame } from '../support/agent-socket.js';
import { type Answer, HubApi, type Machine, type Problem } from '../support/api.js';
import { faultsOf, nested, partsLeftOut, type Shape } from '../support/faults.js';
import { type Hub, startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';

/** Below the number of refused frames at which a socket is closed. */
const FRAMES_PER_SOCKET = 80;

const AT_ONCE = 8;

const sandbox = new Sandbox();
let hub: Hub;
let machine: Machine;
let eventsBefore: number;

beforeAll(async () => {
  hub = await startHub(sandbox);
  machine = await hub.api.enrol('steady');
  // So many refusals would have an agent banned.
  await hub.api.need('PATCH', '/config', { limits: { violations: { perMinute: 1_000_000, burst: 1_000_000 } } });
  eventsBefore = await eventsOfClients();
});

afterAll(async () => {
  await hub?.stop();
  expect(await sandbox.close()).toEqual([]);
});

const routes = Object.entries(ROUTES) as [RouteName, Route][];
const withBody = routes.filter(([, route]) => route.body !== undefined);
const withQuery = routes.filter(([, route]) => route.query !== undefined);
const withPath = routes.filter(([, route]) => route.path !== undefined);
const withKey = routes.filter(([, route]) => route.action !== 'public');
const frames = Object.entries(sidecarFrames) as [keyof typeof sidecarFrames, Shape][];

/** Far more than a test has to wait for one after the other. */
async function someAtOnce<T>(items: Iterable<T>, run: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await run(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

describe('a body of', () => {
  test.each(withBody)('%s is refused for each fault by name', async (name, route) => {
    const shape = route.body as Shape;
    const valid = validBodies[name];
    expect(partsLeftOut(shape, valid)).toEqual([]);
    await someAtOnce(faultsOf(shape, valid), async ({ what, value, path }) => {
      const label = `${name}: ${path} ${what}`;
      expectRefused(label, await send(route, value), path);
    });
  });

  test.each(withBody)('%s is refused when it is not JSON in UTF-8', async (name, route) => {
    for (const [what, text] of Object.entries(brokenTexts)) {
      expectRefused(`${name}: ${what}`, await send(route, Buffer.from(text, 'latin1')), '');
    }
    const huge = await send(route, Buffer.alloc(300 * 1024, ' '));
    expect(huge.body).toMatchObject({ status: 413, code: 'request.too_large' });
    const other = await send(route, Buffer.from('{}'), { 'content-type': 'text/plain' });
    expect(other.body).toMatchObject({ status: 415, code: 'request.unsupported_media_type' });
  });
});

describe('the query of', () => {
  test.each(withQuery)('%s is refused for each fault by name', async (name, route) => {
    const { properties = {}, additionalProperties } = route.query as Shape & {
      readonly additionalProperties?: boolean;
    };
    const unknown = additionalProperties === true ? [] : ['unexpected'];
    for (const property of [...Object.keys(properties), ...unknown]) {
      for (const value of ['%00', 'x'.repeat(3_000)]) {
        const answer = await hub.api.call<Problem>(route.method, `${urlOf(route)}?${property}=${value}`);
        expectRefused(`${name}: ${property}`, answer, `/${property}`);
      }
    }
  });
});

describe('the path of', () => {
  test.each(withPath)('%s is refused by name', async (name, route) => {
    for (const part of ['No-Slug!', '%00', 'x'.repeat(300), '%F0%9F%92%A9']) {
      const url = route.url.replace(/:([a-z]+)/, () => part);
      const answer = await hub.api.call<Problem>(route.method, url);
      if (name === 'schema.show' && answer.status === 404) continue;
      expectRefused(`${name}: ${part}`, answer, `/${/:([a-z]+)/.exec(route.url)?.[1]}`);
    }
    const malformed = await hub.api.call<Problem>(
      route.method,
      route.url.replace(/:([a-z]+)/, () => '%ff%fe'),
    );
    expectRefused(`${name}: not UTF-8`, malformed, '');
  });
});

describe('a request', () => {
  test.each(withKey)('to %s is refused without a key', async (_name, route) => {
    const answer = await new HubApi(hub.url, null).call(route.method, urlOf(route), bodyOf(route));
    expect(answer).toMatchObject({ status: 401, body: { code: 'auth.missing' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  test.each(withKey.filter(([, { action }]) => action !== 'public' && !rolesOf(action).includes('agent')))(
    'to %s is refused to an agent',
    async (_name, route) => {
      const answer = await new HubApi(hub.url, machine.key).call(route.method, urlOf(route), bodyOf(route));
      expect(answer).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
    },
  );

  test('with a malformed or unknown key is refused', async () => {
    for (const authorization of [
      'Bearer',
      'Bearer ',
      'Basic YTpi',
      `Bearer ${'x'.repeat(5_000)}`,
      `Bearer ac_${'A'.repeat(43)}`,
    ]) {
      const answer = await new HubApi(hub.url, null).call<Problem>('GET', '/stats', undefined, { authorization });
      expect(answer.status, authorization.slice(0, 40)).toBe(401);
      expect(isErrorCode(answer.body.code)).toBe(true);
    }
  });

  test('with a malformed idempotency key is refused', async () => {
    for (const key of ['with space', 'x'.repeat(256), '']) {
      const answer = await hub.api.call<Problem>(
        'POST',
        '/tasks',
        { title: 't', prompt: 'p' },
        { 'idempotency-key': key },
      );
      expectRefused(`Idempotency-Key "${key.slice(0, 20)}"`, answer, '/idempotencyKey');
    }
  });

  test.each(['/api/v1/nothing', '/nothing', '/api/v2/tasks'])('to %s finds no route', async (path) => {
    const response = await fetch(`${hub.url}${path}`, { headers: { authorization: `Bearer ${hub.key}` } });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toMatch('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'request.not_found', status: 404 });
  });
});

describe('a frame', () => {
  test.each(frames)('%s is refused for each fault by name', async (type, shape) => {
    const valid = { type, id: 'id', ...validFrames[type] };
    expect(partsLeftOut(shape, valid)).toEqual([]);
    const faults = [...faultsOf(shape, valid)].filter(({ path }) => !path.startsWith('/type') && path !== '');
    await eachOnSockets(faults, type === 'hello', async (socket, { what, value, path }) => {
      socket.send(value);
      const answer = await socket.ofType('error');
      const label = `${type}: ${path} ${what}`;
      expectNamed(label, String(answer.code), detailsOf(answer), path);
      if (!path.startsWith('/id') && what !== 'nested too deeply') expect(answer.re, label).toBe('id');
    });
  });

  test('is refused when it is not a JSON object in UTF-8', async () => {
    await eachOnSockets(Object.entries(brokenTexts), false, async (socket, [what, text]) => {
      if (what === 'not UTF-8') return;
      socket.sendRaw(text);
      const answer = await socket.ofType('error');
      expectNamed(what, String(answer.code), detailsOf(answer), '');
    });
  });

  test('that is not UTF-8 ends the connection', async () => {
    const socket = await AgentSocket.join(hub.url, await hub.api.enrol('mumbler'));
    socket.sendRaw(Buffer.from('{"type":"heartbeat","id":"\xff"}', 'latin1'));
    expect((await socket.closed).code).toBe(1007);
  });

  test('of an unknown type is refused', async () => {
    const unknown = [
      {},
      { type: 7 },
      { type: 'no.such' },
      { type: '__proto__' },
      { type: 'welcome' },
      { type: 'constructor' },
    ];
    await eachOnSockets(unknown, false, async (socket, frame) => {
      const answer = await socket.request(frame);
      expect(answer, JSON.stringify(frame)).toMatchObject({ code: 'protocol.unknown_type', retryable: false });
    });
  });
});

/** All but those that the hub's own evaluation of its rules leads to. */
async function eventsOfClients(): Promise<number> {
  const types = ['pending', 'firing', 'changed', 'eased', 'told', 'resolved', 'dropped', 'muted'];
  const ofAlerts = types.map((type) => `agentcom_events_total{type="alert.${type}"}`);
  const [all = Number.NaN, ...alerts] = await counters(hub.api, ['agentcom_events_total', ...ofAlerts]);
  return alerts.reduce((left, count) => left - count, all);
}

test('nothing of all this changed anything', async () => {
  const events = await eventsOfClients();
  const [connections = 0] = await counters(hub.api, ['agentcom_frames_total{type="hello"}']);
  const stats = await hub.api.need<{ tasks: Record<string, number> }>('GET', '/stats');
  expect(Object.values(stats.tasks).every((count) => count === 0)).toBe(true);
  const agents = await hub.api.need<{ items: { name: string }[] }>('GET', '/agents');
  expect(agents.items.map(({ name }) => name)).toEqual(['mumbler', 'steady']);
  // Only the two machines that were let in: a connect and perhaps a disconnect each time, and the enrolling of one.
  expect(connections).toBeGreaterThan(0);
  expect(events - eventsBefore).toBeLessThanOrEqual(2 * connections + ENROLLING_EVENTS);
});

/** Enrolment made, used, the agent, its key; with one to spare for an enrolment that ends, and for a note of which keys were used. */
const ENROLLING_EVENTS = 6;

const brokenTexts: Readonly<Record<string, string>> = {
  'not JSON': '{"title":',
  'a list': '[]',
  null: 'null',
  'a text': '"text"',
  'a number': '7',
  'too deep': JSON.stringify(nested()),
  'far too deep': '['.repeat(50_000),
  'a prototype': '{"__proto__":{"title":"x"}}',
  'a key that stands twice': '{"title":"x","title":"y","prompt":"z"}',
  'half a character': '{"title":"\\ud800"}',
  'not UTF-8': '{"title":"\xff\xfe"}',
};

function urlOf(route: Route): string {
  return route.url.replace(/:([a-z]+)/g, (_, part: string) => validPaths[part] ?? '');
}

function bodyOf(route: Route): unknown {
  return route.body === undefined ? undefined : {};
}

function send(route: Route, body: unknown, headers: Record<string, string> = {}): Promise<Answer<Problem>> {
  return hub.api.call<Problem>(route.method, urlOf(route), body, headers);
}

function expectRefused(label: string, { status, headers, body }: Answer<Problem>, path: string): void {
  expect(status, `${label}: ${JSON.stringify(body)}`).toBeGreaterThanOrEqual(400);
  expect(status, `${label}: ${JSON.stringify(body)}`).toBeLessThan(500);
  expect(headers.get('content-type'), label).toMatch('application/problem+json');
  expectNamed(label, body.code, body.errors ?? [], path);
  expect(status, label).toBe(isErrorCode(body.code) ? catalogueEntry(body.code).status : Number.NaN);
}

function expectNamed(
  label: string,
  code: string,
  details: readonly { path: string; message: string }[],
  path: string,
): void {
  const said = `${label}: ${code} ${JSON.stringify(details)}`;
  expect(isErrorCode(code), said).toBe(true);
  if (path === '') return;
  expect(
    details.some((detail) => detail.path === path || detail.path.startsWith(`${path}/`)),
    said,
  ).toBe(true);
}

function detailsOf(frame: Frame): readonly { path: string; message: string }[] {
  return (frame.details ?? []) as readonly { path: string; message: string }[];
}

/** Does `work` for each, on as many sockets as it takes; `mute` ones have not said hello. */
async function eachOnSockets<T>(
  all: readonly T[],
  mute: boolean,
  work: (socket: AgentSocket, one: T) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < all.length; from += FRAMES_PER_SOCKET) {
    const socket = mute ? await AgentSocket.open(hub.url, machine) : await AgentSocket.join(hub.url, machine);
    for (const one of all.slice(from, from + FRAMES_PER_SOCKET)) await work(socket, one);
    await socket.close();
  }
}
