// What a hub says when it refuses, read from its problem document.

import type { ErrorDetail } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';

export interface ReadProblem {
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly ErrorDetail[];
  readonly traceId: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** Reads a problem document of any hub, also a newer one with codes and fields that are not known here. */
export function readProblem(body: unknown): ReadProblem | undefined {
  if (typeof body !== 'object' || body === null || !('code' in body) || typeof body.code !== 'string') return undefined;
  const { code } = body;
  const title = 'title' in body && typeof body.title === 'string' ? body.title : code;
  const detail = 'detail' in body && typeof body.detail === 'string' ? body.detail : title;
  const errors = 'errors' in body && Array.isArray(body.errors) ? body.errors.filter(isDetail) : [];
  return {
    code,
    detail,
    errors: errors.slice(0, LIMITS.errorDetails),
    traceId: 'traceId' in body && typeof body.traceId === 'string' ? body.traceId : undefined,
    retryAfterMs: 'retryAfterMs' in body && typeof body.retryAfterMs === 'number' ? body.retryAfterMs : undefined,
  };
}

function isDetail(value: unknown): value is ErrorDetail {
  return (
    typeof value === 'object' &&
    value !== null &&
    'path' in value &&
    typeof value.path === 'string' &&
    'message' in value &&
    typeof value.message === 'string'
  );
}
