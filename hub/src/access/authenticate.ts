// Who calls: a bearer key, known by its hash.

import { createHash } from 'node:crypto';
import type { Role } from '@agentcom/schemas';
import type { Key } from '../core/access/access.js';
import { Refusal } from '../core/decision.js';
import type { State } from '../core/state.js';

export interface Caller {
  readonly key: string;
  /** As whoever made the key named it. */
  readonly name: string;
  readonly org: string;
  readonly role: Role;
  /** Set for an agent's own key. */
  readonly agent: string | undefined;
  /** When the key ends by itself, ms. */
  readonly expiresAt: number | undefined;
}

const KEY_SHAPE = /^[Bb][Ee][Aa][Rr][Ee][Rr] +(ac_[A-Za-z0-9_-]{43})$/;

export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The caller that an `Authorization` header names. */
export function authenticate(state: State, header: string | undefined, now: number): Caller | Refusal {
  if (header === undefined) return new Refusal('auth.missing', 'this request needs a key');
  const secret = KEY_SHAPE.exec(header)?.[1];
  const key = secret === undefined ? undefined : state.keys.get(hashKey(secret));
  if (key === undefined || !isLive(key, now))
    return new Refusal('auth.invalid', 'the key is unknown, expired or revoked');
  const { id, name, org, role, agent, expiresAt } = key;
  return { key: id, name, org, role, agent, expiresAt };
}

/** Whether there is a key of this id, neither revoked nor expired. */
export function isLiveKey(state: State, id: string, now: number): boolean {
  for (const key of state.keys.values()) if (key.id === id) return isLive(key, now);
  return false;
}

function isLive(key: Key, now: number): boolean {
  return key.revokedAt === undefined && (key.expiresAt === undefined || key.expiresAt > now);
}

/** How histories name a caller. */
export function callerName(caller: Pick<Caller, 'key' | 'agent'>): string {
  return caller.agent === undefined ? `key:${caller.key}` : `agent:${caller.agent}`;
}
