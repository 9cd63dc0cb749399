// When enrolments are forgotten.

import type { State } from '../state.js';
import type { Enrolment } from './access.js';

/** A used or expired enrolment is remembered for a day, so that a lost answer can still be asked for again. */
const ENROLMENT_KEPT_MS = 24 * 3_600_000;

export function indexEnrolment(state: State, enrolment: Enrolment): void {
  state.deadlines.set('enrolment', enrolment.hash, enrolment.expiresAt + ENROLMENT_KEPT_MS);
}
