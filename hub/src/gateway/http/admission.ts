// Whether a request goes on: decided by its head alone, before any of its body is read.

import type { Method, Route } from '@agentcom/schemas';
import type { FastifyRequest } from 'fastify';
import type { AbuseLimiter } from '../../access/abuse-limiter.js';
import { authenticate, type Caller } from '../../access/authenticate.js';
import { refuse } from '../../access/policy.js';
import type { UseNotes } from '../../access/use-notes.js';
import { notLeading } from '../../coordinator/refusals.js';
import type { ShardAccess } from '../../coordinator/runner.js';
import { Refusal } from '../../core/decision.js';
import type { ConnectionGuard } from './connection-guard.js';

export interface AdmissionParts {
  readonly shard: ShardAccess;
  readonly abuse: AbuseLimiter;
  readonly guard: ConnectionGuard;
  readonly uses: UseNotes;
}

/** Only the leader changes anything; see also `Route.changes`. */
const CHANGES: Readonly<Record<Method, boolean>> = { GET: false, POST: true, DELETE: true, PATCH: true };

/** The caller, undefined where the route needs no key. Bad keys are counted by address. */
export async function admit(
  { shard, abuse, guard, uses }: AdmissionParts,
  route: Route,
  request: FastifyRequest,
): Promise<Caller | undefined | Refusal> {
  const caller = route.action === 'public' ? undefined : authenticate(shard.state, request.headers, shard.now());
  if (caller instanceof Refusal) {
    if (!knowsItsKeys(shard)) return notLeading(shard);
    const blocked = caller.code === 'auth.invalid' ? await abuse.failed(request.ip) : undefined;
    return blocked ?? caller;
  }
  if (caller !== undefined) {
    guard.proven(request.raw.socket);
    uses.used(caller);
  }
  const forbidden = caller && route.action !== 'public' ? refuse(caller, route.action) : undefined;
  if (forbidden !== undefined) return forbidden;
  if (caller?.session !== undefined && CHANGES[route.method] && !isSameOrigin(request)) {
    return new Refusal('auth.cross_origin', 'the session of a browser works only from the pages of this hub');
  }
  const changes = CHANGES[route.method] || route.changes === true;
  return changes && shard.phase !== 'leading' ? notLeading(shard) : caller;
}

/** A cookie comes along with whatever any page sends, so what it may change must come from a page of ours. */
function isSameOrigin({ headers, protocol, host }: FastifyRequest): boolean {
  return headers.origin === `${protocol}://${host}` || headers['sec-fetch-site'] === 'same-origin';
}

/** Before the journal is read nobody's key is known, and a good one must not be called bad. */
function knowsItsKeys(shard: ShardAccess): boolean {
  return shard.phase === 'leading' || shard.phase === 'following';
}
