// The HTTP side of the hub: one request at a time, typed answers, and every way it can go wrong as a `CommandError`.
// Long because each of these ways has words of its own for the person at the terminal.

import type { Data, ROUTES, Route, RouteName } from '@agentcom/schemas';
import { catalogueEntry, isErrorCode } from '@agentcom/schemas/errors';
import { exchange, type HttpAnswer, textOf } from '@agentcom/schemas/host/network/http-exchange';
import { ROUTE_ADDRESSES, type RouteAddress } from '@agentcom/schemas/route-addresses';
import { CommandError, codeOf, EXIT, type ExitCode } from './exit.js';
import { readProblem } from './problem.js';
import type { ServerEvent } from './server-events.js';
import { Silence } from './silence.js';
import type { World } from './world.js';

const REQUEST_TIMEOUT_MS = 30_000;
/** After that a person is told what is waited for. */
const SILENT_MS = 3_000;
/** What stays until somebody does something, however often it is tried. */
const MENDED_BY_PEOPLE: ReadonlySet<string> = new Set(['hub.low_disk']);
/** Between two tries of one request, when the hub says nothing better. */
const RETRY_DELAY_MS = 1000;
const RETRY_DELAY_MS_MIN = 100;
const RETRY_DELAY_MS_MAX = 10_000;
/** How long one request waits, in all, for the hub's limits. */
const LIMITED_MS_MAX = 600_000;
/** What the command does itself. */
const ADVICE = /(?:; nothing was changed, |[;,] )retry\b.*$/;
/** A stream on which nothing comes for so long is broken: the hub says something every 15 s. */
const SILENCE_MS = 45_000;

export interface ClientOptions {
  /** The hub's address without a trailing slash. */
  readonly hub: string;
  /** Absent for what needs no key: enrolling and the probes. */
  readonly key?: string;
  /** Where the key was found, for the error when the hub does not accept it. */
  readonly keyFrom?: string;
  /** Told what is waited for, in one line, when an answer does not come at once. */
  readonly onWait?: (what: string) => void;
  /** Given each answer that was taken for one of the route's schema. */
  readonly onAnswer?: (answer: TakenAnswer) => void;
  readonly sleep: (ms: number) => Promise<void>;
  /** Where proxies and certificates are named. */
  readonly env: World['env'];
}

export interface TakenAnswer {
  readonly of: { readonly method: string; readonly url: string };
  readonly route: RouteName;
  readonly body: unknown;
}

type Routes = typeof ROUTES;
type TSchema = NonNullable<Route['body']>;
type Part<Name extends RouteName, Field extends 'path' | 'query' | 'body'> = Routes[Name] extends {
  readonly [Key in Field]: infer Schema extends TSchema;
}
  ? Data<Schema>
  : undefined;

/** What a route answers; undefined for those without a body of ours. */
export type Answer<Name extends RouteName> = Routes[Name] extends { readonly answer: infer Schema extends TSchema }
  ? Data<Schema>
  : undefined;

export interface Persistence {
  readonly idempotencyKey?: string;
  /**
   * How long the same request is sent again while the hub is busy, or after an answer was lost. Only for what takes effect once
   * however often it is sent. Absent: not at all. A hub that was never reached is not waited for; what a limit refuses is sent
   * again in any case.
   */
  readonly retryForMs?: number;
  readonly timeoutMs?: number;
  /** How long the request itself asks the hub to hold its answer back: until then its silence means nothing. */
  readonly heldMs?: number;
}

export interface Call<Name extends RouteName> extends Persistence {
  readonly path?: Part<Name, 'path'>;
  readonly query?: Part<Name, 'query'>;
  readonly body?: Part<Name, 'body'>;
  /** Refused where it has another version by now. */
  readonly ifVersion?: string | undefined;
}

export interface EventCall<Name extends RouteName> extends Pick<Call<Name>, 'path' | 'query'> {
  /** Goes on behind this one; '' for the beginning. */
  readonly lastEventId: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Versioned<T> {
  readonly answer: T;
  /** As the hub's `ETag` names it; undefined where the route has none. */
  readonly version: string | undefined;
  /** The `Date` header. */
  readonly date: string | undefined;
}

interface Request extends Persistence {
  readonly method: Route['method'];
  readonly url: string;
  readonly body?: unknown;
  readonly accept?: string;
  readonly lastEventId?: string;
  readonly ifVersion?: string | undefined;
  /** In place of the time limit. */
  readonly signal?: AbortSignal;
  /** Whose answer it has to be. */
  readonly route?: RouteName;
}

type Asked = Pick<Request, 'method' | 'timeoutMs'>;

interface Success {
  /** Undefined without one. */
  readonly body: unknown;
  readonly headers: HttpAnswer['headers'];
}

/** What a try ended with when the same request may still succeed. */
class RetryableError extends CommandError {
  constructor(
    error: CommandError,
    readonly retryAfterMs: number,
    readonly reached: boolean,
  ) {
    super(error.exit, error.code, error.message, errorContext(error));
  }

  /** The same, where an earlier try of the request may have taken effect. */
  afterLostAnswer(): CommandError {
    return new CommandError(this.exit, this.code, this.message, { ...errorContext(this), mayHaveTakenEffect: true });
  }
}

export class HubClient {
  #saidWait = '';

  constructor(private readonly options: ClientOptions) {}

  get hub(): string {
    return this.options.hub;
  }

  /** Calls a route of the hub. The answer is trusted to be of the route's schema; fields unknown here stay in it. */
  async call<Name extends RouteName>(name: Name, call: Call<Name> = {}): Promise<Answer<Name>> {
    return (await this.versioned(name, call)).answer;
  }

  /** As `call`, with the version of what is answered. */
  async versioned<Name extends RouteName>(name: Name, call: Call<Name> = {}): Promise<Versioned<Answer<Name>>> {
    const { method, url: path }: RouteAddress = ROUTE_ADDRESSES[name];
    const url = `${this.options.hub}${withPath(path, call.path)}${withQuery(call.query)}`;
    const { body, headers } = await this.#persist({ ...call, method, url, route: name });
    const { etag, date } = headers;
    return { answer: body as Answer<Name>, version: etag?.replace(/^(?:W\/)?"(.*)"$/, '$1'), date };
  }

  /** What a route sends as events, until it or the connection ends. Throws as `call` does; a break is `hub.unreachable`. */
  async *events<Name extends RouteName>(
    name: Name,
    call: EventCall<Name>,
  ): AsyncGenerator<ServerEvent, void, undefined> {
    const { lastEventId, signal } = call;
    const url = `${this.options.hub}${withPath(ROUTE_ADDRESSES[name].url, call.path)}${withQuery(call.query)}`;
    const silence = new Silence(SILENCE_MS);
    const either = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
    try {
      const response = await this.#send({
        method: 'GET',
        url,
        accept: 'text/event-stream',
        lastEventId,
        signal: either,
      });
      if (!isSuccess(response))
        throw await this.#problem(response, await this.#json(response, { method: 'GET', timeoutMs: SILENCE_MS }));
      const { serverEvents } = await import('./server-events.js');
      yield* serverEvents(response.body, () => silence.heard());
    } catch (cause) {
      throw cause instanceof CommandError ? cause : await this.#unreachable(cause, SILENCE_MS, 'GET');
    } finally {
      silence.end();
    }
  }

  /** The answer of a probe, whatever its status. Throws when nothing answers. */
  async probe(name: 'live' | 'ready' | 'health', timeoutMs: number): Promise<ProbeAnswer> {
    const request = { method: 'GET', url: `${this.options.hub}${ROUTE_ADDRESSES[name].url}`, timeoutMs } as const;
    const response = await this.#send(request);
    const { status, headers } = response;
    const { strangeAnswer } = await import('@agentcom/schemas/host/network/strange-answer');
    const answer = strangeAnswer({ statusCode: status, headers });
    return { status, body: await this.#json(response, request), date: headers.date, answer };
  }

  async #persist(request: Request): Promise<Success> {
    let leftMs = request.retryForMs ?? 0;
    let limitedLeftMs = LIMITED_MS_MAX;
    let mayHaveArrived = false;
    let { timeoutMs = REQUEST_TIMEOUT_MS } = request;
    for (;;) {
      const startedAt = performance.now();
      try {
        return await this.#once({ ...request, timeoutMs });
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
        leftMs -= Math.floor(performance.now() - startedAt);
        mayHaveArrived ||= error.mayHaveTakenEffect;
        if (error.code === 'rate.limited' && error.retryAfterMs <= limitedLeftMs) {
          // Nothing came of it, so it needs no leave to be repeated, and waits in a time of its own.
          limitedLeftMs -= error.retryAfterMs;
          await this.#wait(error, error.retryAfterMs, 'waiting until the hub takes more');
          continue;
        }
        const delayMs = Math.min(error.retryAfterMs, RETRY_DELAY_MS_MAX);
        if ((!error.reached && !mayHaveArrived) || delayMs > leftMs)
          throw mayHaveArrived ? error.afterLostAnswer() : error;
        await this.#wait(error, delayMs, `retrying for up to ${Math.ceil(leftMs / 1000)} s`);
        leftMs -= delayMs;
        timeoutMs = Math.min(timeoutMs, Math.max(leftMs, RETRY_DELAY_MS));
      }
    }
  }

  async #wait(error: RetryableError, ms: number, what: string): Promise<void> {
    this.#say(`${error.message.replace(ADVICE, '')}; ${what}`);
    await this.options.sleep(ms);
  }

  async #once(request: Request): Promise<Success> {
    const response = await this.#send(request);
    const { headers } = response;
    if (response.status === 204) {
      // Unread, even an empty answer would keep its connection, and the process with it, until the time limit.
      await this.#text(response, request);
      return { body: undefined, headers };
    }
    const body = await this.#json(response, request);
    if (!isSuccess(response)) throw await this.#problem(response, body);
    const { route } = request;
    if (body === undefined || !(isOfHub(response) || (await isAnswerOf(route, body))))
      throw await this.#notAHub(response);
    if (route !== undefined) this.options.onAnswer?.({ of: request, route, body });
    return { body, headers };
  }

  async #send(request: Request): Promise<HttpAnswer> {
    const { method, url, body, idempotencyKey, lastEventId = '', timeoutMs = REQUEST_TIMEOUT_MS, heldMs = 0 } = request;
    const waiting = setTimeout(() => this.#say(`waiting for ${this.options.hub} to answer`), heldMs + SILENT_MS);
    try {
      return await exchange({
        method,
        url,
        signal: request.signal ?? AbortSignal.timeout(timeoutMs),
        env: this.options.env,
        headers: {
          accept: request.accept ?? 'application/json',
          ...(lastEventId !== '' && { 'last-event-id': lastEventId }),
          ...(request.ifVersion !== undefined && { 'if-match': `"${request.ifVersion}"` }),
          ...(this.options.key !== undefined && { authorization: `Bearer ${this.options.key}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw await this.#unreachable(cause, timeoutMs, method);
    } finally {
      clearTimeout(waiting);
    }
  }

  /** The same reason is told once. */
  #say(what: string): void {
    const reason = what.replace(/ for up to .*/, '');
    if (reason === this.#saidWait) return;
    this.#saidWait = reason;
    this.options.onWait?.(what);
  }

  /** The body as JSON, or undefined when it is none. */
  async #json(response: HttpAnswer, request: Asked): Promise<unknown> {
    const text = await this.#text(response, request);
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  /** Within the time that the request has as a whole. */
  async #text(response: HttpAnswer, { method, timeoutMs = REQUEST_TIMEOUT_MS }: Asked): Promise<string> {
    try {
      return await textOf(response.body);
    } catch (cause) {
      throw await this.#unreachable(cause, timeoutMs, method);
    }
  }

  async #unreachable(cause: unknown, timeoutMs: number, method: Route['method']): Promise<CommandError> {
    const hub = this.options.hub;
    const code = codeOf(cause);
    const timedOut = cause instanceof Error && cause.name === 'TimeoutError';
    const reached = timedOut || code === 'ECONNRESET' || code === 'EPIPE';
    const { networkFault } = await import('@agentcom/schemas/host/network/fault');
    const fault = networkFault(cause, hub);
    const what = timedOut
      ? `${hub} did not answer within ${Math.round(timeoutMs / 1000)} s`
      : reached
        ? `${hub} closed the connection without answering`
        : fault === undefined
          ? `nothing answers at ${hub} (${code})`
          : `${hub} cannot be reached: ${fault.what}`;
    const mayHaveTakenEffect = reached && method !== 'GET';
    const remedy = reached
      ? mayHaveTakenEffect
        ? 'The request may have taken effect: check before you retry.'
        : 'If this lasts, look at its log, and restart the hub.'
      : (fault?.remedy ?? 'Start a hub with `agentcom up`, or give its address with --hub or AGENTCOM_HUB.');
    const context = { remedy, cause, mayHaveTakenEffect };
    const error = new CommandError(EXIT.unreachable, 'hub.unreachable', what, context);
    return fault?.passing === false ? error : new RetryableError(error, RETRY_DELAY_MS, reached);
  }

  async #notAHub({ status, headers }: HttpAnswer): Promise<CommandError> {
    const { strangeAnswer } = await import('@agentcom/schemas/host/network/strange-answer');
    const answer = strangeAnswer({ statusCode: status, headers });
    const error = new CommandError(EXIT.unreachable, 'hub.not_a_hub', `${this.options.hub} answered with ${answer}`, {
      remedy:
        "A proxy or this network's sign-in page may have answered instead. Check those, and the address given with --hub or AGENTCOM_HUB.",
    });
    // A proxy before a hub that restarts.
    return status === 502 || status === 503 || status === 504
      ? new RetryableError(error, RETRY_DELAY_MS, false)
      : error;
  }

  async #problem(response: HttpAnswer, body: unknown): Promise<CommandError> {
    const problem = readProblem(body);
    if (problem === undefined) return this.#notAHub(response);
    const { code } = problem;
    const entry = isErrorCode(code) ? catalogueEntry(code) : undefined;
    const { keyFrom, hub } = this.options;
    const { pathname, origin } = new URL(hub);
    if (code === 'request.not_found' && pathname !== '/') {
      return new CommandError(EXIT.failed, code, `the hub at ${origin} serves nothing below ${pathname}`, {
        remedy: `Use ${origin} as the hub's address, or make the proxy in front of it map ${pathname}.`,
      });
    }
    const isKey = response.status === 401 && keyFrom !== undefined;
    const message = isKey ? `${hub} does not accept the key from ${keyFrom} (${problem.detail})` : problem.detail;
    const error = new CommandError(exitFor(response.status, code), code, message, {
      details: problem.errors,
      ...(entry !== undefined && { remedy: entry.remedy }),
      ...(problem.traceId !== undefined && response.status >= 500 && { traceId: problem.traceId }),
    });
    if ((response.status !== 503 && response.status !== 429) || MENDED_BY_PEOPLE.has(code)) return error;
    const retryAfterMs = problem.retryAfterMs ?? headerDelayMs(response) ?? RETRY_DELAY_MS;
    return new RetryableError(error, Math.max(retryAfterMs, RETRY_DELAY_MS_MIN), true);
  }
}

export interface ProbeAnswer {
  readonly status: number;
  /** Undefined when it was not JSON. */
  readonly body: unknown;
  /** The `Date` header. */
  readonly date: string | undefined;
  /** What it is should it be none of a hub's, in words. */
  readonly answer: string;
}

function withPath(url: string, path: unknown): string {
  const parts = new Map(Object.entries(path ?? {}));
  return url.replace(/:([a-z]+)/gi, (_, name: string) => encodeURIComponent(String(parts.get(name))));
}

/** A list is sent as the same name repeated. */
function withQuery(query: unknown): string {
  const sent = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) sent.append(name, String(one));
    }
  }
  return sent.size === 0 ? '' : `?${sent}`;
}

function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

function exitFor(status: number, code: string): ExitCode {
  if (status === 401 || status === 403) return EXIT.notAllowed;
  const isRetryable = isErrorCode(code) ? catalogueEntry(code).retryable : status === 503 || status === 429;
  return isRetryable ? EXIT.retry : EXIT.failed;
}

/** Hubs say so with nearly every answer, which saves loading the schemas. */
function isOfHub({ headers }: HttpAnswer): boolean {
  return headers['agentcom-seq'] !== undefined;
}

/** Whether it has anything of what the route answers; a newer or older hub may have more or less. */
async function isAnswerOf(name: RouteName | undefined, body: unknown): Promise<boolean> {
  if (name === undefined) return true;
  const { ROUTES } = await import('@agentcom/schemas/routes');
  const { answer }: Route = ROUTES[name];
  const required = (answer as { readonly required?: readonly string[] } | undefined)?.required;
  if (required === undefined) return true;
  return typeof body === 'object' && body !== null && required.some((name) => Object.hasOwn(body, name));
}

function headerDelayMs({ headers }: HttpAnswer): number | undefined {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function errorContext(error: CommandError) {
  return {
    details: error.details,
    mayHaveTakenEffect: error.mayHaveTakenEffect,
    cause: error.cause,
    ...(error.remedy !== undefined && { remedy: error.remedy }),
    ...(error.traceId !== undefined && { traceId: error.traceId }),
  };
}
