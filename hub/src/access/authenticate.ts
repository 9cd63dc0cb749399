// Who calls: a bearer key, known by its hash, with a role that allows some things and not others.

import { createHash } from 'node:crypto';
import type { Role } from '@agentcom/schemas';
import type { Key } from '../core/access/access.js';
import { Refusal } from '../core/decision.js';
import type { State } from '../core/state.js';

export interface Caller {
  readonly key: string;
  readonly org: string;
  readonly role: Role;
  /** Set for an agent's own key. */
  readonly agent: string | null;
}

const KEY_SHAPE = /^[Bb][Ee][Aa][Rr][Ee][Rr] +(ac_[A-Za-z0-9_-]{43})$/;

export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The caller that an `Authorization` header names. */
export function authenticate(state: State, header: string | undefined, now: number): Caller | Refusal {
  if (header === undefined) return new Refusal('auth.missing', 'this needs a key: Authorization: Bearer <key>');
  const secret = KEY_SHAPE.exec(header)?.[1];
  const key = secret === undefined ? undefined : state.keys.get(hashKey(secret));
  if (key === undefined || !isLive(key, now))
    return new Refusal('auth.invalid', 'the key is unknown, expired or revoked');
  return { key: key.id, org: key.org, role: key.role, agent: key.agent ?? null };
}

function isLive(key: Key, now: number): boolean {
  return key.revokedAt === undefined && (key.expiresAt === undefined || key.expiresAt > now);
}

export function forbidden(caller: Caller): Refusal {
  return new Refusal('auth.forbidden', `a key of role ${caller.role} may not do this`);
}

/** A submitter sees what it submitted; everyone else sees all of their organisation. */
export function maySee(caller: Caller, task: { readonly org: string; readonly by: string }): boolean {
  return task.org === caller.org && (caller.role !== 'submitter' || task.by === callerName(caller));
}

/** How histories name a caller. */
export function callerName(caller: Caller): string {
  return caller.agent === null ? `key:${caller.key}` : `agent:${caller.agent}`;
}
