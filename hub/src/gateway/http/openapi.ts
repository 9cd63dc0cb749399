// The OpenAPI document, made from the same table that the routes are served from.

import { type ErrorCode, LIMITS, Problem, published, type Repetition, ROUTES, type Route } from '@agentcom/schemas';
import { rolesOf } from '../../access/policy.js';

export function openApi(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const path = route.url.replaceAll(/:([a-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'AgentCom hub',
      version,
      description: 'Answers may have fields that are not listed here: ignore what you do not know.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The hub that serves this document' }],
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    paths,
    components: {
      schemas: { Problem: published(Problem, 'open') },
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A key of the hub: ac_…' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'agentcom_session',
          description: 'The session of a browser, with an Origin of the hub; over TLS its name begins with __Host-',
        },
      },
    },
  };
}

/** Probes say the same when all is not well, with another status. */
const UNAVAILABLE: ReadonlySet<string> = new Set(['ready', 'health']);

/** Routes that answer otherwise when they are asked to, and what they then answer with. */
const OTHER_ANSWERS: Readonly<Record<string, Record<string, unknown>>> = {
  'schema.show': { 'application/schema+json': { schema: { type: 'object' } } },
  openapi: { 'application/json': { schema: { type: 'object' } } },
  asyncapi: { 'application/json': { schema: { type: 'object' } } },
  'task.output': {
    'text/plain': { schema: { type: 'string', description: 'All of it, with `Accept: text/plain`' } },
    'text/event-stream': { schema: { type: 'string', description: 'With `follow=1`: events `output`, then `end`' } },
  },
  'task.diff': {
    'text/x-diff': { schema: { type: 'string', description: 'The text alone, with `Accept: text/x-diff`' } },
  },
  costs: { 'text/csv': { schema: { type: 'string', description: 'With `Accept: text/csv`' } } },
  join: { 'text/x-shellscript': { schema: { type: 'string' } } },
  'join.bundle': { 'text/javascript': { schema: { type: 'string' } } },
  home: { 'text/html': { schema: { type: 'string' } } },
  metrics: { 'text/plain': { schema: { type: 'string' } } },
  'join.checksum': { 'text/plain': { schema: { type: 'string' } } },
};

const SEQ = {
  description:
    'The batch of the journal up to which this hub had read for the answer; absent where it read nothing there.',
  schema: { type: 'string' },
};
const REPLAYED = {
  description: '`true` when this is the answer to an earlier request with the same idempotency key.',
  schema: { type: 'string' },
};
const ETAG = { description: 'The version of what was answered.', schema: { type: 'string' } };

const ANSWER_HEADERS: Readonly<Record<string, Record<string, unknown>>> = {
  'task.submit': { Location: { description: 'The path of the task.', schema: { type: 'string' } } },
  'config.show': { ETag: ETAG },
  'config.change': { ETag: ETAG },
  'limit.show': { ETag: ETAG },
  'limit.set': { ETag: ETAG },
  'notify.routes': { ETag: ETAG },
  'notify.setRoutes': { ETag: ETAG },
  'join.bundle': { ETag: ETAG },
};

function ifMatch(conflict: ErrorCode): Record<string, unknown> {
  const description = `The \`ETag\` of the version that the change is meant for; with another it is \`${conflict}\`.`;
  return { name: 'If-Match', in: 'header', description, schema: { type: 'string' } };
}

const IF_NONE_MATCH = {
  name: 'If-None-Match',
  in: 'header',
  description: 'The `ETag` of what the caller has already.',
  schema: { type: 'string' },
};
const LAST_EVENT_ID = {
  name: 'Last-Event-ID',
  in: 'header',
  description: 'The id of the last event that was read; the answer continues after it.',
  schema: { type: 'string' },
};

/** What single routes read beside the key and `Idempotency-Key`. */
const REQUEST_HEADERS: Readonly<Record<string, Record<string, unknown>>> = {
  'config.change': ifMatch('config.version_conflict'),
  'limit.set': ifMatch('limit.version_conflict'),
  'notify.setRoutes': ifMatch('notification.version_conflict'),
  'join.bundle': IF_NONE_MATCH,
  'task.output': LAST_EVENT_ID,
};

const PROBLEM = {
  description: 'A problem document (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

function operation(name: string, route: Route): Record<string, unknown> {
  return {
    operationId: name,
    summary: route.summary,
    security: route.action === 'public' ? [] : [{ key: [] }, { session: [] }],
    ...(route.action !== 'public' && { 'x-action': route.action, 'x-roles': rolesOf(route.action) }),
    parameters: [...parameters(route.path, 'path'), ...queryParameters(route), ...requestHeaders(name, route)],
    ...(route.body !== undefined && {
      requestBody: { content: { 'application/json': { schema: published(route.body, 'closed') } } },
    }),
    responses: {
      [route.status]: {
        description: route.status === 204 ? 'Done' : 'The answer',
        ...answerHeaders(name, route),
        ...answers(name, route),
      },
      ...(route.repeatedStatus !== undefined && {
        [route.repeatedStatus]: {
          description: 'What the idempotency key had made before, as it is now, with `repeated: true`',
          ...answerHeaders(name, route),
          ...answers(name, route),
        },
      }),
      ...(REQUEST_HEADERS[name] === IF_NONE_MATCH && { 304: { description: 'Not changed', headers: { ETag: ETAG } } }),
      ...(UNAVAILABLE.has(name) && {
        503: {
          description: 'Not ready, with the reasons',
          content: answers(name, route).content,
        },
      }),
      '4XX': PROBLEM,
      '5XX': PROBLEM,
    },
  };
}

function answers(name: string, { answer }: Route): { readonly content?: Record<string, unknown> } {
  const json = answer === undefined ? {} : { 'application/json': { schema: published(answer, 'open') } };
  const content = { ...json, ...OTHER_ANSWERS[name] };
  return Object.keys(content).length === 0 ? {} : { content };
}

function parameters(schema: Route['path'], place: 'path' | 'query'): Record<string, unknown>[] {
  const fields = (schema as { properties?: Record<string, object> } | undefined)?.properties ?? {};
  return Object.entries(fields).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: published(field, 'closed'),
  }));
}

const REPETITIONS: Readonly<Record<Repetition, string>> = {
  command:
    'The same key and body take effect once, and are answered with what they made, as it is now; with another body it is refused.',
  replay:
    'The same key and body of the same caller give the same answer again, if it was a success; with another body it is refused.',
  secret: 'The same key takes effect once. The answer held a secret, which is not kept, so a repetition is refused.',
};

const MIN_SEQ = {
  name: 'minSeq',
  in: 'query',
  description: 'The `AgentCom-Seq` header of an earlier answer: this answer is at least as recent, or is `hub.behind`.',
  schema: { type: 'string', pattern: '^[0-9]{1,15}$' },
};

function queryParameters({ query, action }: Route): Record<string, unknown>[] {
  return [...parameters(query, 'query'), ...(action === 'public' ? [] : [MIN_SEQ])];
}

function requestHeaders(name: string, { repetition }: Route): Record<string, unknown>[] {
  const own = REQUEST_HEADERS[name];
  return [...(own === undefined ? [] : [own]), ...(repetition === undefined ? [] : [idempotencyKey(repetition)])];
}

function idempotencyKey(repetition: Repetition): Record<string, unknown> {
  const schema = { type: 'string', maxLength: LIMITS.idempotencyKeyChars };
  return { name: 'Idempotency-Key', in: 'header', description: REPETITIONS[repetition], schema };
}

function answerHeaders(name: string, { action, repetition }: Route): Record<string, unknown> {
  const headers = {
    ...(action !== 'public' && { 'AgentCom-Seq': SEQ }),
    ...(repetition === 'replay' && { 'Idempotency-Replayed': REPLAYED }),
    ...ANSWER_HEADERS[name],
  };
  return Object.keys(headers).length === 0 ? {} : { headers };
}
