import type { ErrorCode, ErrorDetail } from '@agentcom/schemas';

/** A command that changes nothing, and why. */
export class Refusal {
  constructor(
    readonly code: ErrorCode,
    readonly message: string,
    readonly details: readonly ErrorDetail[] = [],
    readonly retryAfterMs?: number,
  ) {}
}
