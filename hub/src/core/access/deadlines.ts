// What time brings to enrolments.

import type { Decision } from '../decision.js';

export function expireEnrolment(decision: Decision, hash: string): void {
  if (decision.state.enrolments.has(hash)) decision.emit({ type: 'enrolment.expired', hash });
}
