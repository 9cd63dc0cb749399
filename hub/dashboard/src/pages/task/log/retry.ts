// When to ask the hub again for a part of a log. Pure.

import type { ApiError } from '../../../api/problem.js';

const RETRY_MS = 2_000;

/** Undefined where it would refuse again. */
export function retryMs({ status, retryAfterMs }: Pick<ApiError, 'status' | 'retryAfterMs'>): number | undefined {
  const isRefused = status >= 400 && status < 500 && status !== 429;
  return isRefused ? undefined : (retryAfterMs ?? RETRY_MS);
}
