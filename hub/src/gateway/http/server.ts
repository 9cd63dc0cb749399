// HTTP: every route of the table, authorised, its input decoded and validated, its refusals as problem documents.

import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import {
  compiler,
  type Data,
  decodeJson,
  Empty,
  LIMITS,
  type RefusalBody,
  ROUTES,
  type Route,
  type RouteName,
  type TSchema,
  type Validator,
} from '@agentcom/schemas';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { AbuseLimiter } from '../../access/abuse-limiter.js';
import { authenticate, type Caller, forbidden } from '../../access/authenticate.js';
import type { Shard } from '../../coordinator/runner.js';
import { Refusal } from '../../core/decision.js';
import type { Metrics } from '../../observe/metrics.js';
import { digestOf } from '../agent/commands.js';
import type { IdempotencyCache } from './idempotency-cache.js';
import { endWithProblem, problemOf, retryAfterSeconds } from './problem.js';

type Part<N extends RouteName, P extends 'path' | 'query' | 'body'> = (typeof ROUTES)[N] extends {
  readonly [K in P]: infer S;
}
  ? S extends TSchema
    ? Data<S>
    : never
  : undefined;

/** What a handler gets: everything authorised and validated. `caller` is nobody where the route needs no key. */
export interface RouteRequest<N extends RouteName> {
  readonly caller: Caller;
  readonly path: Part<N, 'path'>;
  readonly query: Part<N, 'query'>;
  readonly body: Part<N, 'body'>;
  readonly idempotencyKey: string | undefined;
  /** As the caller addressed this hub, such as `http://hub:7700`. */
  readonly origin: string;
  readonly source: string;
  readonly accept: string | undefined;
  /** What a reader of server-sent events says when it comes back. */
  readonly lastEventId: string | undefined;
  readonly ifNoneMatch: string | undefined;
  /** The version that a change is meant for. */
  readonly ifMatch: string | undefined;
}

/** What a handler answers with; the status is the route's own unless given. */
export interface RouteReply {
  /** A value that becomes JSON, text or bytes as they are, or a stream of them. */
  readonly body?: unknown;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handlers = {
  readonly [N in RouteName]: (asked: RouteRequest<N>) => Promise<RouteReply | Refusal> | RouteReply | Refusal;
};

export interface HttpParts {
  readonly shard: Shard;
  readonly handlers: Handlers;
  readonly abuse: AbuseLimiter;
  readonly answers: IdempotencyCache<RouteReply>;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Once true, every answer ends its connection, so that clients go elsewhere before the port closes. */
  readonly draining: () => boolean;
}

/** Whoever may read figures may scrape them. */
const METRICS_READERS = ROUTES.stats.roles;
const NOBODY: Caller = { key: '', org: '', role: 'viewer', agent: null };
const IDEMPOTENCY_KEY = new RegExp(`^[\\x21-\\x7e]{1,${LIMITS.idempotencyKeyChars}}$`);
const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

interface Readers {
  readonly path: Validator<unknown> | undefined;
  readonly query: Validator<unknown>;
  readonly body: Validator<unknown> | undefined;
}

export async function buildHttp(parts: HttpParts): Promise<FastifyInstance<Server>> {
  const app = Fastify({
    bodyLimit: LIMITS.httpBodyBytes,
    genReqId: (request) => traceIdOf(request.headers.traceparent),
    logger: false,
    clientErrorHandler: (error, socket) => refuseUnreadable(error, socket),
    frameworkErrors: (error, request, reply) =>
      sendRefusal(parts, request, reply, refusalOf(error, parts.log, request.id)),
    requestTimeout: 30_000,
    keepAliveTimeout: 75_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 512 },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes));
  app.addHook('onSend', async (_request, reply) => {
    if (parts.draining()) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => {
    const labels = {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: String(reply.statusCode),
    };
    parts.metrics.requestSeconds.observe(labels, reply.elapsedTime / 1000);
  });
  app.setErrorHandler((error, request, reply) =>
    sendRefusal(parts, request, reply, refusalOf(error, parts.log, request.id)),
  );
  app.setNotFoundHandler((request, reply) => {
    const refusal = new Refusal('request.not_found', `there is no ${request.method} ${request.url.split('?')[0]}`);
    return sendRefusal(parts, request, reply, refusal);
  });
  const compileInput = compiler('input');
  const compileQuery = compiler('query');
  for (const name of Object.keys(ROUTES) as RouteName[]) {
    const route: Route = ROUTES[name];
    const readers: Readers = {
      path: route.path && compileInput(route.path),
      query: compileQuery(route.query ?? Empty),
      body: route.body && compileInput(route.body),
    };
    app.route({
      method: route.method,
      url: route.url,
      handler: (request, reply) => serve(parts, name, route, readers, request, reply),
    });
  }
  app.get('/metrics', async (request, reply) => {
    const caller = await admit(parts, request, METRICS_READERS);
    if (caller instanceof Refusal) return sendRefusal(parts, request, reply, caller);
    return reply.type(parts.metrics.registry.contentType).send(await parts.metrics.registry.metrics());
  });
  await app.ready();
  return app;
}

async function serve(
  parts: HttpParts,
  name: RouteName,
  route: Route,
  readers: Readers,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const caller = route.roles.length === 0 ? NOBODY : await admit(parts, request, route.roles);
  if (caller instanceof Refusal) return sendRefusal(parts, request, reply, caller);
  const asked = readInput(readers, caller, request);
  if (asked instanceof Refusal) return sendRefusal(parts, request, reply, asked);
  const handle = parts.handlers[name] as (asked: unknown) => Promise<RouteReply | Refusal> | RouteReply | Refusal;
  const answered = await once(parts, name, route, asked, async () => handle(asked));
  if (answered instanceof Refusal) return sendRefusal(parts, request, reply, answered);
  reply.code(answered.status ?? route.status).headers(answered.headers ?? {});
  if (request.method === 'HEAD' && answered.body instanceof Readable) {
    answered.body.destroy();
    return reply.send();
  }
  return answered.body === undefined ? reply.send() : reply.send(answered.body);
}

/** A request with an idempotency key is answered the same again; submissions have theirs in the journal. */
function once(
  parts: HttpParts,
  name: RouteName,
  route: Route,
  asked: RouteRequest<RouteName>,
  run: () => Promise<RouteReply | Refusal>,
): Promise<RouteReply | Refusal> {
  const { caller, idempotencyKey, path, body } = asked;
  if (route.method !== 'POST' || name === 'task.submit' || idempotencyKey === undefined) return run();
  const key = `${caller.org} ${name} ${JSON.stringify(path ?? {})} ${idempotencyKey}`;
  return parts.answers.once(key, digestOf(body), parts.shard.now(), run);
}

/** The caller, when its key is good and its role is among those allowed. Bad keys are counted by address. */
async function admit(parts: HttpParts, request: FastifyRequest, roles: readonly string[]): Promise<Caller | Refusal> {
  const caller = authenticate(parts.shard.state, request.headers.authorization, parts.shard.now());
  if (caller instanceof Refusal) {
    if (!knowsItsKeys(parts.shard)) return notReady(parts.shard);
    const blocked = caller.code === 'auth.invalid' ? await parts.abuse.failed(request.ip) : null;
    return blocked ?? caller;
  }
  return roles.includes(caller.role) ? caller : forbidden(caller);
}

/** Before the journal is read nobody's key is known, and a good one must not be called bad. */
export function knowsItsKeys(shard: Shard): boolean {
  return shard.phase === 'leading' || shard.phase === 'following';
}

export function notReady(shard: Shard): Refusal {
  const code = shard.phase === 'stopped' ? 'hub.draining' : 'hub.recovering';
  return new Refusal(code, 'the hub is not ready; ask again', [], 1_000);
}

function readInput(readers: Readers, caller: Caller, request: FastifyRequest): RouteRequest<RouteName> | Refusal {
  const path = readers.path?.(request.params);
  if (path?.ok === false) return invalid('path', path.details);
  const query = readers.query(request.query);
  if (!query.ok) return invalid('query', query.details);
  const body = readBody(readers.body, request.body);
  if (body instanceof Refusal) return body;
  const idempotencyKey = request.headers['idempotency-key'];
  if (idempotencyKey !== undefined && !(typeof idempotencyKey === 'string' && IDEMPOTENCY_KEY.test(idempotencyKey))) {
    const message = `must be 1 to ${LIMITS.idempotencyKeyChars} printable ASCII characters without spaces`;
    return new Refusal('request.invalid', 'the Idempotency-Key header is not valid', [
      { path: '/idempotencyKey', message },
    ]);
  }
  return {
    caller,
    path: path?.value,
    query: query.value,
    body: body.value,
    idempotencyKey,
    origin: `${request.protocol}://${request.host}`,
    source: caller.key === '' ? request.ip : caller.key,
    accept: request.headers.accept,
    lastEventId: headerOf(request, 'last-event-id'),
    ifNoneMatch: request.headers['if-none-match'],
    ifMatch: request.headers['if-match'],
  } as RouteRequest<RouteName>;
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A body that may be left out counts as an empty object. */
function readBody(validate: Validator<unknown> | undefined, bytes: unknown): { readonly value: unknown } | Refusal {
  if (validate === undefined) return { value: undefined };
  const decoded =
    bytes instanceof Uint8Array && bytes.length > 0 ? decodeJson(bytes) : { ok: true as const, value: {} };
  if (!decoded.ok) return invalid('body', decoded.details);
  const body = validate(decoded.value);
  if (body.ok) return { value: body.value };
  return new Refusal(body.code, 'the body is not valid', body.details);
}

function invalid(what: string, details: Refusal['details']): Refusal {
  return new Refusal('request.invalid', `the ${what} is not valid`, details);
}

function sendRefusal(
  parts: HttpParts,
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: RefusalBody,
): FastifyReply {
  parts.metrics.refusals.inc({ code: refusal.code });
  const problem = problemOf(refusal, request.id);
  if (problem.retryAfterMs !== undefined) reply.header('retry-after', retryAfterSeconds(problem.retryAfterMs));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** What fastify itself found wrong with a request, in our words. */
function refusalOf(error: unknown, log: Logger, traceId: string): Refusal {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new Refusal('request.too_large', `a body may have at most ${LIMITS.httpBodyBytes} bytes`);
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new Refusal('request.unsupported_media_type', 'send JSON with Content-Type: application/json');
  }
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (typeof status === 'number' && status < 500) return new Refusal('request.invalid', (error as Error).message);
  log.error({ err: error, traceId }, 'a request failed');
  return new Refusal('hub.internal', 'the hub failed at this request; its log has the trace id');
}

/** What is not even HTTP gets an answer of ours, too. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const refusal = tooLarge
    ? new Refusal('request.too_large', 'the headers are too large')
    : new Refusal('request.invalid', 'this is not a request of HTTP/1.1');
  endWithProblem(socket, refusal);
}

function traceIdOf(traceparent: string | string[] | undefined): string {
  const given = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  return given ?? randomBytes(16).toString('hex');
}
