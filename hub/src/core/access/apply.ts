// Organisations, keys, enrolments and idempotency keys, as their events leave them.

import type { DirectoryEvent } from '../events.js';
import { indexEnrolment } from '../indexes.js';
import type { Enrolment, State } from '../state.js';
import { ImpossibleEvent } from '../task/machine.js';
import { UnknownEvent } from '../unknown-event.js';

export function applyDirectory(state: State, event: DirectoryEvent, at: number): void {
  switch (event.type) {
    case 'org.created':
      state.orgs.add(event.org);
      return;
    case 'key.created':
      state.keys.set(event.hash, {
        id: event.key,
        org: event.org,
        role: event.role,
        name: event.name,
        hash: event.hash,
        agent: event.agent ?? null,
        enrolment: event.enrolment ?? null,
        createdAt: at,
        expiresAt: event.expiresAt ?? 0,
        revokedAt: 0,
      });
      return;
    case 'key.revoked':
      for (const key of state.keys.values()) if (key.id === event.key) key.revokedAt = at;
      return;
    case 'enrolment.created':
      return addEnrolment(state, event, at);
    case 'enrolment.used':
      return useEnrolment(state, event.hash);
    case 'enrolment.expired':
      state.enrolments.delete(event.hash);
      return;
    case 'idempotency.expired':
      for (const [key, entry] of state.idempotency) {
        if (entry.at >= event.before) break;
        state.idempotency.delete(key);
      }
      return;
    default:
      throw new UnknownEvent((event as { type: string }).type);
  }
}

function addEnrolment(state: State, event: Extract<DirectoryEvent, { type: 'enrolment.created' }>, at: number): void {
  const enrolment: Enrolment = {
    id: event.enrolment,
    org: event.org,
    hash: event.hash,
    usesLeft: event.uses,
    expiresAt: event.expiresAt,
    capabilities: event.capabilities,
    by: event.by,
    createdAt: at,
  };
  state.enrolments.set(event.hash, enrolment);
  indexEnrolment(state, enrolment);
}

function useEnrolment(state: State, hash: string): void {
  const enrolment = state.enrolments.get(hash);
  if (enrolment === undefined || enrolment.usesLeft === 0)
    throw new ImpossibleEvent('an enrolment was used that has no use left');
  enrolment.usesLeft--;
}
