// Whether a request goes on: decided by its head alone, before any of its body is read.

import { type Method, ROUTES, type Route, type RouteName } from '@agentcom/schemas';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AbuseLimiter } from '../../access/abuse-limiter.js';
import { addressGroup } from '../../access/address-group.js';
import { authenticate, bearerOf, type Caller, type Credentials } from '../../access/authenticate.js';
import { refuse } from '../../access/policy.js';
import type { UseNotes } from '../../access/use-notes.js';
import { notLeading } from '../../coordinator/refusals.js';
import type { ShardAccess } from '../../coordinator/runner.js';
import { Refusal } from '../../core/refusal.js';
import type { Rests } from '../rests.js';
import type { ConnectionGuard } from './connection-guard.js';
import { bodyBytesOf, type RequestLimits } from './request-limits.js';
import type { Turns } from './turns.js';

export interface AdmissionParts {
  readonly shard: ShardAccess;
  readonly abuse: AbuseLimiter;
  readonly guard: ConnectionGuard;
  readonly uses: UseNotes;
  readonly requestLimits: RequestLimits;
  readonly turns: Turns;
  readonly rests: Rests;
}

/** Such a body takes the hub milliseconds. */
const LARGE_BODY_BYTES = 16 * 1024;
/** What reading and answering a request costs the hub beside what it is about, ms; measured: 0.22 to 0.31 for a short list in all. */
const REQUEST_MS = 0.2;

/** Only the leader changes anything; see also `Route.changes` and `leaderOnly`. */
const CHANGES: Readonly<Record<Method, boolean>> = { GET: false, POST: true, DELETE: true, PATCH: true, PUT: true };

/**
 * The caller, undefined where the route needs no key. Bad keys are counted by address and beginning. `recognised` is told who it is, also when that
 * one may not do it.
 */
export async function admit(
  { shard, abuse, guard, uses, requestLimits, turns, rests }: AdmissionParts,
  name: RouteName,
  request: FastifyRequest,
  reply: FastifyReply,
  recognised: (caller: Caller) => void,
): Promise<Caller | undefined | Refusal> {
  const route: Route = ROUTES[name];
  const callerNow = () =>
    route.action === 'public' ? undefined : authenticate(shard.state, credentialsOf(request), shard.now());
  let caller = callerNow();
  const bodyBytes = bodyBytesOf(request.raw);
  const hasBody = bodyBytes > 0;
  if (!hasBody) {
    const turn = turns.of(...shareOf(caller, request));
    if (turn !== undefined) {
      await turn;
      caller = callerNow();
    }
  }
  if (caller instanceof Refusal) {
    if (!knowsItsKeys(shard)) return notLeading(shard);
    const limited = requestLimits.refuseAnonymous(request, reply);
    if (limited !== undefined) return limited;
    const blocked =
      caller.code === 'auth.invalid'
        ? await abuse.failedKey(request.ip, bearerOf(request.headers.authorization))
        : undefined;
    return blocked ?? caller;
  }
  if (caller !== undefined) {
    guard.proven(request.raw.socket, caller.credential);
    uses.used(caller);
    recognised(caller);
  }
  const limited = requestLimits.refuse(name, caller, request, reply);
  rests.spent(shareOf(caller, request)[0], REQUEST_MS, limited === undefined ? 'done' : 'refused');
  if (limited !== undefined) return limited;
  const forbidden = caller && route.action !== 'public' ? refuse(caller, route.action) : undefined;
  if (forbidden !== undefined) return forbidden;
  if (caller?.session !== undefined && CHANGES[route.method] && !isSameOrigin(request)) {
    return new Refusal('request.cross_origin', 'the session of a browser works only from the pages of this hub');
  }
  const needsLeader = CHANGES[route.method] || route.changes === true || route.leaderOnly === true;
  if (needsLeader && shard.phase !== 'leading') return notLeading(shard);
  if (!hasBody) return caller;
  // One whose body is still to come is refused before it waits, so that nothing of it is held meanwhile.
  const share = shareOf(caller, request);
  const turn = turns.of(...share);
  if (turn !== undefined) await turn;
  if (bodyBytes > LARGE_BODY_BYTES) {
    await turns.large(...share, new Promise((resolve) => reply.raw.once('close', resolve)));
  } else if (turn === undefined) return caller;
  return callerNow();
}

/** Whose turn a request takes: the organisation and the key or session, or an address that shows none. */
export function shareOf(caller: Caller | Refusal | undefined, { ip }: FastifyRequest): readonly [string, string] {
  if (caller === undefined || caller instanceof Refusal) return [addressGroup(ip), ''];
  return [caller.org, caller.credential];
}

function credentialsOf({ headers, protocol }: FastifyRequest): Credentials {
  const { authorization, cookie } = headers;
  return { authorization, cookie, isSecure: protocol === 'https' };
}

/** A cookie comes along with whatever any page sends. An origin that is another's has been refused before. */
function isSameOrigin({ headers }: FastifyRequest): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] === 'same-origin';
}

/** Before the journal is read nobody's key is known, and a good one must not be called bad. */
function knowsItsKeys(shard: ShardAccess): boolean {
  return shard.phase === 'leading' || shard.phase === 'following';
}
