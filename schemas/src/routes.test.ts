import { afterEach, describe, expect, it } from 'vitest';
import { newAjv } from './ajv.js';
import { published } from './published.js';
import { schemasByName } from './registry.js';
import { ROUTES, type Route } from './routes.js';

const routes = Object.entries<Route>(ROUTES);

/** One of each for all routes, since the meta-schema takes longest to compile; emptied, so that none leans on one before it. */
const inputAjv = newAjv('input', false, true);
const queryAjv = newAjv('query', false, true);
afterEach(() => {
  for (const ajv of [inputAjv, queryAjv]) ajv.removeSchema();
});

describe.each(routes)('the route %s', (_, route) => {
  it('takes what ajv compiles strictly, as it is read', () => {
    const { path = {}, query = {}, body = {} } = route;
    for (const schema of [path, body]) expect(inputAjv.compile(published(schema, 'closed'))).toBeTypeOf('function');
    expect(queryAjv.compile(published(query, 'closed'))).toBeTypeOf('function');
  });

  it('describes every part of its path and nothing else', () => {
    const inUrl = [...route.url.matchAll(/:(\w+)/g)].map(([, name]) => name);
    const described = Object.keys((route.path as { properties?: object } | undefined)?.properties ?? {});
    expect(described).toEqual(inUrl);
  });

  it('takes and answers only what is published', () => {
    const published = new Set(Object.values(schemasByName));
    for (const schema of [route.query, route.body, route.answer]) {
      if (schema !== undefined) expect(published.has(schema)).toBe(true);
    }
  });

  it('has a body exactly when it changes something by POST, PATCH or PUT', () => {
    expect(route.body !== undefined).toBe(['POST', 'PATCH', 'PUT'].includes(route.method));
    expect(route.query !== undefined && route.method !== 'GET').toBe(false);
  });

  it('says what becomes of it when it is sent again, exactly when it is a POST', () => {
    expect(route.repetition !== undefined).toBe(route.method === 'POST');
  });

  it('takes no long body from somebody without a key', () => {
    if (route.action === 'public') expect(route.bodyBytesMax).toBeUndefined();
  });
});

it('lets nobody in without a key but to join, to sign in and to probe', () => {
  const open = routes.filter(([, route]) => route.action === 'public').map(([name]) => name);
  expect(open.sort()).toEqual([
    'enrol',
    'health',
    'home',
    'invitation.show',
    'join',
    'join.bundle',
    'join.checksum',
    'live',
    'oidc.begin',
    'oidc.callback',
    'person.register',
    'ready',
    'session.challenge',
    'session.mailReset',
    'session.options',
    'session.passkey',
    'session.reset',
    'session.start',
  ]);
});

it('keeps no answer of those that hold a secret', () => {
  const secret = routes.filter(([, route]) => route.repetition === 'secret').map(([name]) => name);
  expect(secret.sort()).toEqual([
    'enrolment.create',
    'invitation.show',
    'key.create',
    'key.rotate',
    'me.password',
    'member.invite',
    'member.reset',
    'org.create',
    'passkey.begin',
    'passkey.create',
    'person.register',
    'session.challenge',
    'session.link',
    'session.passkey',
    'session.reset',
    'session.start',
    'totp.begin',
    'totp.confirm',
    'totp.remove',
  ]);
});

it('has no two routes for the same request', () => {
  const requests = routes.map(([, { method, url }]) => `${method} ${url.replaceAll(/:\w+/g, ':')}`);
  expect(new Set(requests).size).toBe(requests.length);
});

it('takes a long body only where a long text may be in it', () => {
  const long = routes.filter(([, route]) => route.bodyBytesMax !== undefined).map(([name]) => name);
  const withTexts = [
    'dead.requeue',
    'dead.requeueMany',
    'message.send',
    'task.act',
    'task.answer',
    'task.comment',
    'task.estimate',
    'task.retry',
    'task.submit',
  ];
  expect(long.sort()).toEqual(withTexts);
});
