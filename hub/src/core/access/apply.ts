// Organisations, keys and enrolments, as their events leave them.

import { ImpossibleEvent } from '../event-errors.js';
import type { ApplyTable } from '../state.js';
import type { Enrolment } from './access.js';
import type { AccessEvent } from './events.js';
import { indexEnrolment } from './indexes.js';

export const accessEvents: ApplyTable<AccessEvent> = {
  'org.created': (state, { org }) => {
    state.orgs.add(org);
  },
  'key.created': (state, event, at) => {
    const { type: _type, key: id, ...given } = event;
    state.keys.set(event.hash, { id, createdAt: at, ...given });
  },
  'key.revoked': (state, event, at) => {
    for (const key of state.keys.values()) if (key.id === event.key) key.revokedAt = at;
  },
  'enrolment.created': (state, event, at) => {
    const { type: _type, enrolment: id, uses, ...given } = event;
    const enrolment: Enrolment = { id, usesLeft: uses, createdAt: at, ...given };
    state.enrolments.set(event.hash, enrolment);
    indexEnrolment(state, enrolment);
  },
  'enrolment.used': (state, { hash }) => {
    const enrolment = state.enrolments.get(hash);
    if (enrolment === undefined || enrolment.usesLeft === 0)
      throw new ImpossibleEvent('an enrolment was used that has no use left');
    enrolment.usesLeft--;
  },
  'enrolment.expired': (state, { hash }) => {
    state.enrolments.delete(hash);
  },
};
