// HTTP: every route of the table, its caller admitted, its input decoded and validated, its refusals as problem documents.
// Long because each request takes one way through it, whose steps are read in order.

import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import {
  LIMITS,
  type Log,
  type RefusalBody,
  ROUTES,
  type Route,
  type RouteName,
  type Tracer,
  traceContext,
} from '@agentcom/schemas';
import { systemScheduler } from '@agentcom/schemas/host';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify';
import type { Caller } from '../../access/authenticate.js';
import type { CredentialWatch } from '../../access/credential-watch.js';
import type { Hosts } from '../../access/hosts.js';
import type { IsProxy } from '../../access/proxies.js';
import { viewOf } from '../../access/view.js';
import { recovering } from '../../coordinator/refusals.js';
import { Refusal } from '../../core/refusal.js';
import type { Metrics } from '../../observe/metrics.js';
import { digestOf } from '../agent/commands.js';
import type { AuditTrail } from '../audit-port.js';
import type { Rests } from '../rests.js';
import type { SocketHolds } from '../socket-holds.js';
import { acceptInTurn } from './accept-in-turn.js';
import { type AdmissionParts, admit, shareOf } from './admission.js';
import { headersFor } from './answer-headers.js';
import type { DashboardFiles } from './dashboard-files.js';
import type { Handlers, RouteReply, RouteRequest } from './handler.js';
import type { IdempotencyCache } from './idempotency-cache.js';
import { methodsOf } from './known-paths.js';
import { ignoreOtherProtocols } from './other-protocols.js';
import { takeInTurn } from './pipeline.js';
import { destroySoon, endWithProblem, problemOf, retryAfterSeconds } from './problem.js';
import { RequestAudit } from './request-audit.js';
import { inputReaders, type RequestInput } from './request-input.js';
import { RequestSpans } from './request-spans.js';
import type { Shares } from './shares.js';
import { Standstill } from './standstill.js';
import { Turns } from './turns.js';

/** How often it is looked at whether a request takes too long to arrive, ms. */
const TIMEOUT_CHECK_MS = 1_000;
/** A connection on which nothing moves in either direction, ms: longer than any answer takes. */
const STALLED_MS = 600_000;
const KEEP_ALIVE_MS = 75_000;

export interface HttpParts extends Omit<AdmissionParts, 'turns'> {
  readonly hosts: Hosts;
  readonly isProxy: IsProxy;
  /** With it, https:// is served and nothing else. */
  readonly tls?: SecureContextOptions | undefined;
  readonly handlers: Handlers;
  readonly dashboard: DashboardFiles;
  readonly credentials: CredentialWatch;
  readonly rests: Rests;
  readonly holds: SocketHolds;
  readonly answers: IdempotencyCache;
  /** Requests that wait for a change, or for a batch that this hub has not read yet. */
  readonly waiting: Shares;
  readonly metrics: Metrics;
  readonly audit: AuditTrail;
  /** Undefined while traces are off. */
  readonly tracer: Tracer | undefined;
  readonly log: Log;
  /** Once true, every answer ends its connection, so that clients go elsewhere before the port closes. */
  readonly draining: () => boolean;
}

/** What every request needs. */
interface Serving extends Omit<HttpParts, 'audit' | 'tracer'> {
  readonly turns: Turns;
  readonly spans: RequestSpans | undefined;
  readonly audit: RequestAudit;
}

type AnyHandler = (request: unknown) => Promise<RouteReply | Refusal> | RouteReply | Refusal;

export async function buildHttp({ audit, tracer, ...served }: HttpParts): Promise<FastifyInstance<Server>> {
  const spans = tracer && new RequestSpans(tracer, Date.now);
  const parts: Serving = { ...served, turns: new Turns(served.rests), spans, audit: new RequestAudit(audit) };
  const standstill = new Standstill(systemScheduler);
  const timeouts = {
    headersTimeout: LIMITS.headersMs,
    maxHeaderSize: LIMITS.headerBytes,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  };
  const options = {
    bodyLimit: LIMITS.shortBodyBytes,
    genReqId: (request) => traceIdOf(request.headers.traceparent),
    logger: false,
    clientErrorHandler: (error, socket) => refuseUnreadable(error, socket, standstill),
    frameworkErrors: (error, request, reply) => {
      reply.headers(headersFor(request));
      return sendRefusal(parts, request, reply, refusalOf(error, parts.log, request));
    },
    requestTimeout: LIMITS.requestMs,
    connectionTimeout: STALLED_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 2_048 },
    trustProxy: parts.isProxy,
  } satisfies FastifyServerOptions;
  const app = (
    parts.tls === undefined
      ? Fastify({ ...options, http: timeouts })
      : Fastify({ ...options, https: { ...timeouts, ...parts.tls, handshakeTimeout: LIMITS.headersMs } })
  ) as FastifyInstance<Server>;
  ignoreOtherProtocols(app.server);
  acceptInTurn(app.server);
  parts.guard.watch(app.server);
  app.addHook('onClose', async () => standstill.stop());
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes));
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headersFor(request));
    const { name } = request.routeOptions.config as RouteConfig;
    if (name !== undefined) parts.audit.begin(request, name);
    parts.spans?.begin(request);
    const refusal = refuseHead(parts.hosts, request);
    if (refusal !== undefined) return sendRefusal(parts, request, reply, refusal);
  });
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
    if (parts.log.isOn('debug')) {
      const ms = Math.round(reply.elapsedTime * 1000) / 1000;
      parts.log.child({ traceId: request.id }).debug({ ...labels, status: reply.statusCode, ms }, 'request');
    }
    parts.metrics.requests.count(reply.statusCode, parts.shard.now());
    parts.spans?.end(request, labels.route, reply.statusCode);
    parts.requestLimits.answered(request);
  });
  app.setErrorHandler((error, request, reply) =>
    sendRefusal(parts, request, reply, refusalOf(error, parts.log, request)),
  );
  app.setNotFoundHandler(async (request, reply) => {
    const limited = parts.requestLimits.refuseAnonymous(request, reply);
    if (limited !== undefined) return sendRefusal(parts, request, reply, limited);
    const found = await dashboardReply(parts.dashboard, request);
    if (found instanceof Refusal) return sendRefusal(parts, request, reply, found);
    if (found !== undefined) {
      return reply
        .code(found.status ?? 200)
        .headers(found.headers ?? {})
        .send(found.body);
    }
    const what = `${request.method} ${request.url.split('?')[0]}`;
    const allow = methodsOf(request.url);
    if (allow === undefined) {
      return sendRefusal(parts, request, reply, new Refusal('request.not_found', `no route for ${what}`));
    }
    reply.header('allow', allow);
    return sendRefusal(parts, request, reply, new Refusal('request.method_not_allowed', `no route for ${what}`));
  });
  for (const name of Object.keys(ROUTES) as RouteName[]) addRoute(app, parts, name);
  await app.ready();
  takeInTurn(app.server, parts.holds);
  return app;
}

function refuseHead(hosts: Hosts, { method, protocol, host, raw, headers }: FastifyRequest): Refusal | undefined {
  return hosts.refuse({
    protocol,
    host,
    localAddress: raw.socket.localAddress,
    origin: headers.origin,
    rawHeaders: raw.rawHeaders,
    isChange: method !== 'GET' && method !== 'HEAD',
  });
}

/** What a browser gets that asks for no route. */
async function dashboardReply(
  dashboard: DashboardFiles,
  { method, url, headers }: FastifyRequest,
): Promise<RouteReply | Refusal | undefined> {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  const [path = ''] = url.split('?');
  return dashboard.find(path, {
    accept: headers.accept,
    acceptEncoding: headers['accept-encoding']?.toString(),
    ifNoneMatch: headers['if-none-match'],
  });
}

/** Without a name where no route matches. */
interface RouteConfig {
  readonly name?: RouteName;
}

function addRoute(app: FastifyInstance<Server>, parts: Serving, name: RouteName): void {
  const route: Route = ROUTES[name];
  const readInput = inputReaders[name];
  const handle = parts.handlers[name] as AnyHandler;
  /** Between the head of a request and its body. */
  const callers = new WeakMap<FastifyRequest, Caller>();
  const answer = async (request: FastifyRequest, reply: FastifyReply, work: Work) => {
    const input = readInput(request);
    if (input instanceof Refusal) return sendRefusal(parts, request, reply, input);
    const reason = reasonOf(input.body);
    if (reason !== undefined) parts.audit.note(request, { reason });
    const exchange = new Exchange(parts, route, callers.get(request), input, request, reply, work);
    const replied = await once(parts, name, route, exchange, async () => handle(exchange.request));
    if (replied instanceof Refusal) return sendRefusal(parts, request, reply, replied);
    if (exchange.hasCredentialEnded)
      return sendRefusal(parts, request, reply, credentialEnded(exchange.request.caller));
    if (exchange.seq !== undefined) reply.header('agentcom-seq', String(exchange.seq));
    reply.code(replied.status ?? route.status).headers(replied.headers ?? {});
    parts.audit.done(request, reply.statusCode, replied.body);
    if (replied.body instanceof Readable) exchange.endWithCredential(replied.body);
    if (request.method === 'HEAD' && replied.body instanceof Readable) {
      replied.body.destroy();
      return reply.send();
    }
    const { body } = replied;
    if (typeof body !== 'object' || body instanceof Readable || body instanceof Uint8Array) return reply.send(body);
    if (!reply.hasHeader('content-type')) reply.type('application/json; charset=utf-8');
    return reply.send(work.timed(() => JSON.stringify(body)));
  };
  app.route({
    method: route.method,
    url: route.url,
    config: { name } satisfies RouteConfig,
    ...(route.bodyBytesMax !== undefined && { bodyLimit: route.bodyBytesMax }),
    onRequest: async (request, reply) => {
      const caller = await admit(parts, name, request, reply, (known) => parts.audit.calledBy(request, known));
      if (caller instanceof Refusal) return sendRefusal(parts, request, reply, caller);
      if (caller !== undefined) callers.set(request, caller);
    },
    handler: (request, reply) => {
      const [org] = shareOf(callers.get(request), request);
      const work = new Work(parts.rests, org);
      return work.timed(() => answer(request, reply, work));
    },
  });
}

type AnyRequest = Omit<RouteRequest<RouteName>, 'caller'> & { readonly caller: Caller | undefined };

/** What the hub does for a request without a break, told to the rests of its organisation. */
class Work {
  constructor(
    private readonly rests: Rests,
    private readonly org: string,
  ) {}

  timed<T>(run: () => T): T {
    const from = performance.now();
    try {
      return run();
    } finally {
      this.rests.spent(this.org, performance.now() - from, 'done');
    }
  }
}

/** One request on its way through its handler. */
class Exchange {
  readonly request: AnyRequest;
  /** Set when the key or session ended while the handler waited. */
  hasCredentialEnded = false;
  /** Up to where the journal is in what was answered. */
  seq: number | undefined;

  constructor(
    private readonly parts: Serving,
    { action }: Route,
    private readonly caller: Caller | undefined,
    { minSeq, ...input }: RequestInput,
    raw: FastifyRequest,
    reply: FastifyReply,
    work: Work,
  ) {
    const { shard, credentials } = parts;
    this.request = {
      ...input,
      caller,
      traceparent: parts.spans?.of(raw),
      note: (about) => parts.audit.note(raw, about),
      read: async (look) => {
        const options = minSeq === undefined ? {} : { minSeq };
        const reading = () => shard.read((state) => work.timed(() => look(viewOf(state, caller, action))), options);
        const seen = await (minSeq === undefined ? reading() : this.#waiting(input.address, reading));
        if (seen instanceof Refusal) return seen;
        this.#reached(seen.seq);
        return seen.value;
      },
      execute: async (command) => {
        const done = await shard.execute(command, caller?.credential ?? input.address);
        if (!(done instanceof Refusal) && shard.head !== null) this.#reached(shard.head.seq);
        return done;
      },
      onOver: (run) => {
        const forget =
          caller &&
          credentials.watch(caller, () => {
            this.hasCredentialEnded = true;
            run();
          });
        reply.raw.once('close', run);
        return () => {
          forget?.();
          reply.raw.off('close', run);
        };
      },
    };
  }

  /** What was cut off must not look whole. */
  endWithCredential(stream: Readable): void {
    if (this.caller === undefined) return;
    stream.once(
      'close',
      this.parts.credentials.watch(this.caller, () => stream.destroy(new Error('the key or session has ended'))),
    );
  }

  /** What waits for the journal, unless too much does, or until it has to give way. */
  async #waiting<Seen>(address: string, reading: () => Promise<Seen>): Promise<Seen | Refusal> {
    let giveWay: (why: Refusal) => void = () => undefined;
    const givenWay = new Promise<Refusal>((resolve) => {
      giveWay = resolve;
    });
    const leave = this.parts.waiting.take(this.caller ?? { credential: address, org: '' }, giveWay);
    if (leave instanceof Refusal) return leave;
    try {
      return await Promise.race([reading(), givenWay]);
    } finally {
      leave();
    }
  }

  #reached(seq: number): void {
    this.seq = Math.max(this.seq ?? 0, seq);
  }
}

/** Where whoever changes something says why. */
function reasonOf(body: unknown): string | undefined {
  const reason = typeof body === 'object' && body !== null && 'reason' in body ? body.reason : undefined;
  return typeof reason === 'string' ? reason : undefined;
}

function credentialEnded(caller: Caller | undefined): Refusal {
  if (caller?.session === undefined) return new Refusal('auth.invalid', 'the key was revoked or has expired');
  return new Refusal('auth.session_over', 'the session has ended; sign in again');
}

function once(
  parts: Serving,
  name: RouteName,
  { repetition }: Route,
  { request: { caller, idempotencyKey, path, body } }: Exchange,
  run: () => Promise<RouteReply | Refusal>,
): Promise<RouteReply | Refusal> {
  if (caller === undefined || idempotencyKey === undefined || repetition === undefined || repetition === 'command') {
    return run();
  }
  const key = JSON.stringify([caller.org, name, path, idempotencyKey]);
  return parts.answers.once({ caller: caller.credential, key, digest: digestOf(body), repetition }, run);
}

function sendRefusal(parts: Serving, request: FastifyRequest, reply: FastifyReply, refusal: RefusalBody): FastifyReply {
  parts.metrics.refusals.inc({ code: refusal.code });
  parts.audit.refused(request, refusal);
  if (!request.raw.complete) {
    // What is left of it is thrown away as it comes, for a while: closing at once would lose the answer.
    reply.removeHeader('connection');
    destroySoon(request.raw);
  }
  const problem = problemOf(refusal, request.id, parts.shard.state.leader?.url);
  if (problem.retryAfterMs !== undefined) reply.header('retry-after', retryAfterSeconds(problem.retryAfterMs));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** What fastify itself found wrong with a request, in our words. */
function refusalOf(error: unknown, log: Log, { id: traceId, routeOptions }: FastifyRequest): Refusal {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new Refusal('request.too_large', `a body of this request may have at most ${routeOptions.bodyLimit} bytes`);
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new Refusal('request.unsupported_media_type', 'send JSON with Content-Type: application/json');
  }
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (typeof status === 'number' && status < 500) return new Refusal('request.invalid', (error as Error).message);
  log.child({ traceId }).error({ err: error }, 'a request failed');
  return new Refusal('hub.internal', 'the hub failed to handle this request; look up the trace id in its log');
}

/** What is not even HTTP, or never arrives, gets an answer of ours, too. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket, standstill: Standstill): void {
  // A handshake that failed leaves nothing to answer on.
  if (error.code === 'ECONNRESET' || error.code?.startsWith('ERR_SSL_') || socket.destroyed)
    return void socket.destroy();
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && standstill.isJustOver) return endWithProblem(socket, recovering());
  endWithProblem(socket, UNREADABLE[error.code ?? ''] ?? NOT_HTTP);
}

const UNREADABLE: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: new Refusal('request.too_large', 'the headers are too large'),
  ERR_HTTP_REQUEST_TIMEOUT: new Refusal('request.timeout', 'the request did not arrive in time'),
};
const NOT_HTTP = new Refusal('request.invalid', 'this is not an HTTP/1.1 request');

function traceIdOf(traceparent: string | string[] | undefined): string {
  return traceContext(traceparent)?.traceId ?? randomBytes(16).toString('hex');
}
