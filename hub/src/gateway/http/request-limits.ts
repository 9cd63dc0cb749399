// How often a caller may ask for something: decided by the head of a request, before any of its body is read. Whoever goes on after too many
// refusals is not read for a while.

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { LIMITS, ROUTES, type Route, type RouteName } from '@agentcom/schemas';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { addressGroup } from '../../access/address-group.js';
import type { Caller } from '../../access/authenticate.js';
import { ruleOfRoute } from '../../access/limit-classes.js';
import { type Holder, type Level, type Limits, type Rule, tooMany } from '../../access/limits.js';
import type { Refusal } from '../../core/refusal.js';
import type { SocketHolds } from '../socket-holds.js';

const KIB = 1024;
/** The longest that a connection is not read, ms. */
const UNREAD_MS_MAX = 30_000;

export interface RequestLimitParts {
  readonly limits: Limits;
  readonly holds: SocketHolds;
  readonly now: () => number;
}

export class RequestLimits {
  /** Refused for their number, and for how long their connections are to be left alone. */
  readonly #unreadMs = new WeakMap<IncomingMessage, number>();

  constructor(private readonly parts: RequestLimitParts) {}

  /** Takes what a request of this route costs; undefined when its caller may go on. */
  refuse(
    name: RouteName,
    caller: Caller | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Refusal | undefined {
    const holder = this.#holderOf(caller, request);
    return this.#take(ruleOfRoute(name), holder, request, reply) ?? this.#takeBody(ROUTES[name], holder, request);
  }

  /** What shows no valid key, or asks for what there is not, counts by address. */
  refuseAnonymous(request: FastifyRequest, reply: FastifyReply): Refusal | undefined {
    return this.#take('anonymous', { id: addressGroup(request.ip) }, request, reply);
  }

  /** Once the answer has gone. What is still to come of its request is read first, so that the answer is not lost. */
  answered({ raw }: FastifyRequest): void {
    const { socket } = raw;
    const { holds } = this.parts;
    const unreadMs = this.#unreadMs.get(raw);
    if (unreadMs === undefined && !holds.isHeld(socket)) return;
    // Node has the connection read again when it is done with a request.
    const done = (): void =>
      void setImmediate(() => {
        if (unreadMs === undefined || holds.isHeld(socket, 'refusals')) holds.renew(socket);
        else this.#leaveUnread(socket, unreadMs);
      });
    if (raw.complete) done();
    else raw.once('close', done);
  }

  #take(rule: Rule, holder: Holder, request: FastifyRequest, reply: FastifyReply): Refusal | undefined {
    const { limits, now } = this.parts;
    const taken = limits.take(rule, holder, now());
    for (const [header, value] of Object.entries(rateHeaders(rule, taken.level))) reply.header(header, value);
    return taken.ok ? undefined : this.#refused(rule, taken.retryAfterMs, holder, request);
  }

  #takeBody(route: Route, holder: Holder, request: FastifyRequest): Refusal | undefined {
    const bytes = bodyBytesOf(request.raw, route.bodyBytesMax ?? LIMITS.shortBodyBytes);
    if (bytes === 0) return undefined;
    const taken = this.parts.limits.take('readKib', holder, this.parts.now(), bytes / KIB);
    return taken.ok ? undefined : this.#refused('readKib', taken.retryAfterMs, holder, request);
  }

  #refused(rule: Rule, retryAfterMs: number, holder: Holder, request: FastifyRequest): Refusal {
    const { waitMs } = this.parts.limits.owe('violations', holder, this.parts.now());
    if (waitMs > 0) this.#unreadMs.set(request.raw, Math.min(waitMs, UNREAD_MS_MAX));
    return tooMany(rule, retryAfterMs);
  }

  #leaveUnread(socket: Socket, forMs: number): void {
    const { holds } = this.parts;
    if (socket.destroyed) return;
    holds.set(socket, 'refusals', true);
    const timer = setTimeout(() => {
      socket.off('close', forget);
      holds.set(socket, 'refusals', false);
    }, forMs);
    const forget = (): void => clearTimeout(timer);
    socket.once('close', forget);
  }

  #holderOf(caller: Caller | undefined, request: FastifyRequest): Holder {
    if (caller === undefined) return { id: addressGroup(request.ip) };
    return { id: caller.credential, org: caller.org, times: caller.rateMultiplier };
  }
}

/** As it says; one that does not say is taken for the longest there may be. */
export function bodyBytesOf({ headers }: IncomingMessage, bytesMax = Number.MAX_SAFE_INTEGER): number {
  if (headers['transfer-encoding'] !== undefined) return bytesMax;
  return Math.min(Number(headers['content-length'] ?? 0) || 0, bytesMax);
}

/** As draft-ietf-httpapi-ratelimit-headers names them: a quota of the burst, over the time that it takes to refill. */
function rateHeaders(rule: Rule, { left, burst, perMinute }: Level): Readonly<Record<string, string>> {
  const seconds = (tokens: number): number => Math.ceil((tokens * 60) / perMinute);
  return {
    'ratelimit-policy': `"${rule}";q=${burst};w=${Math.max(1, seconds(burst))}`,
    ratelimit: `"${rule}";r=${left};t=${seconds(burst - left)}`,
  };
}
