// Refusals as HTTP sees them: problem documents of RFC 9457, with the status the catalogue names.

import { catalogueEntry, type Problem, type Refusal } from '@agentcom/schemas';

/** Used when a retryable refusal names no time of its own, ms. */
const RETRY_AFTER_MS = 1_000;

export function problemOf(refusal: Refusal, traceId: string): Problem {
  const entry = catalogueEntry(refusal.code);
  const retryAfterMs =
    refusal.retryAfterMs ?? (entry.status === 503 || entry.status === 429 ? RETRY_AFTER_MS : undefined);
  return {
    type: `urn:agentcom:error:${refusal.code}`,
    title: entry.title,
    status: entry.status,
    detail: refusal.message,
    code: refusal.code,
    traceId,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(refusal.details !== undefined && refusal.details.length > 0 && { errors: [...refusal.details] }),
  };
}

/** The `Retry-After` header: whole seconds, rounded up. */
export function retryAfterSeconds(retryAfterMs: number): string {
  return String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
}
