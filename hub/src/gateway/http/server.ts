// HTTP: every route of the table, its caller admitted, its input decoded and validated, its refusals as problem documents.

import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { LIMITS, type RefusalBody, ROUTES, type Route, type RouteName } from '@agentcom/schemas';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Caller } from '../../access/authenticate.js';
import { viewOf } from '../../access/view.js';
import { Refusal } from '../../core/decision.js';
import type { Metrics } from '../../observe/metrics.js';
import { digestOf } from '../agent/commands.js';
import { type AdmissionParts, admit } from './admission.js';
import type { Handlers, RouteReply, RouteRequest } from './handler.js';
import type { IdempotencyCache } from './idempotency-cache.js';
import { destroySoon, endWithProblem, problemOf, retryAfterSeconds } from './problem.js';
import { inputReaders, type RequestInput } from './request-input.js';

/** How long the head of a request, and all of it, may take to arrive, and how often that is looked at, ms. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const TIMEOUT_CHECK_MS = 1_000;
/** A connection on which nothing moves in either direction, ms: longer than any answer takes. */
const STALLED_MS = 600_000;
const KEEP_ALIVE_MS = 75_000;

export interface HttpParts extends AdmissionParts {
  readonly handlers: Handlers;
  readonly answers: IdempotencyCache;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Once true, every answer ends its connection, so that clients go elsewhere before the port closes. */
  readonly draining: () => boolean;
}

type AnyHandler = (request: unknown) => Promise<RouteReply | Refusal> | RouteReply | Refusal;

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

export async function buildHttp(parts: HttpParts): Promise<FastifyInstance<Server>> {
  const app = Fastify({
    bodyLimit: LIMITS.httpBodyBytes,
    genReqId: (request) => traceIdOf(request.headers.traceparent),
    logger: false,
    clientErrorHandler: (error, socket) => refuseUnreadable(error, socket),
    frameworkErrors: (error, request, reply) =>
      sendRefusal(parts, request, reply, refusalOf(error, parts.log, request.id)),
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: STALLED_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUT_CHECK_MS },
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 512 },
  });
  parts.guard.watch(app.server);
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
  for (const name of Object.keys(ROUTES) as RouteName[]) addRoute(app, parts, name);
  await app.ready();
  return app;
}

function addRoute(app: FastifyInstance<Server>, parts: HttpParts, name: RouteName): void {
  const route: Route = ROUTES[name];
  const readInput = inputReaders[name];
  const handle = parts.handlers[name] as AnyHandler;
  /** Between the head of a request and its body. */
  const callers = new WeakMap<FastifyRequest, Caller>();
  app.route({
    method: route.method,
    url: route.url,
    ...(route.bodyBytesMax !== undefined && { bodyLimit: route.bodyBytesMax }),
    onRequest: async (request, reply) => {
      const caller = await admit(parts, route, request);
      if (caller instanceof Refusal) return sendRefusal(parts, request, reply, caller);
      if (caller !== undefined) callers.set(request, caller);
    },
    handler: async (request, reply) => {
      const input = readInput(request);
      if (input instanceof Refusal) return sendRefusal(parts, request, reply, input);
      const asked = routeRequest(parts, callers.get(request), input);
      const replied = await once(parts, name, route, asked, async () => handle(asked));
      if (replied instanceof Refusal) return sendRefusal(parts, request, reply, replied);
      reply.code(replied.status ?? route.status).headers(replied.headers ?? {});
      if (request.method === 'HEAD' && replied.body instanceof Readable) {
        replied.body.destroy();
        return reply.send();
      }
      return replied.body === undefined ? reply.send() : reply.send(replied.body);
    },
  });
}

type AnyRequest = Omit<RouteRequest<RouteName>, 'caller'> & { readonly caller: Caller | undefined };

function routeRequest({ shard }: HttpParts, caller: Caller | undefined, input: RequestInput): AnyRequest {
  return {
    ...input,
    caller,
    read: async (look) => {
      const seen = await shard.read((state) => look(viewOf(state, caller)));
      return seen instanceof Refusal ? seen : seen.value;
    },
    execute: (command) => shard.execute(command, caller?.key ?? input.address),
  };
}

function once(
  parts: HttpParts,
  name: RouteName,
  { repetition }: Route,
  { caller, idempotencyKey, path, body }: AnyRequest,
  run: () => Promise<RouteReply | Refusal>,
): Promise<RouteReply | Refusal> {
  if (caller === undefined || idempotencyKey === undefined || repetition === undefined || repetition === 'command') {
    return run();
  }
  const key = JSON.stringify([name, path, idempotencyKey]);
  return parts.answers.once({ caller: caller.key, key, digest: digestOf(body), repetition }, run);
}

function sendRefusal(
  parts: HttpParts,
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: RefusalBody,
): FastifyReply {
  parts.metrics.refusals.inc({ code: refusal.code });
  // What is left of it is thrown away as it comes, for a while.
  if (!request.raw.complete) destroySoon(request.raw);
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

/** What is not even HTTP, or never arrives, gets an answer of ours, too. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return void socket.destroy();
  endWithProblem(socket, UNREADABLE[error.code ?? ''] ?? NOT_HTTP);
}

const UNREADABLE: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: new Refusal('request.too_large', 'the headers are too large'),
  ERR_HTTP_REQUEST_TIMEOUT: new Refusal('request.timeout', 'the request did not arrive in time'),
};
const NOT_HTTP = new Refusal('request.invalid', 'this is not a request of HTTP/1.1');

function traceIdOf(traceparent: string | string[] | undefined): string {
  const given = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  return given ?? randomBytes(16).toString('hex');
}
