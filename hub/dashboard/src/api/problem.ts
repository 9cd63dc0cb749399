// Why the hub did not do something, as a page can show it: what is wrong with which field, and the next step.

import type { Problem } from '@agentcom/schemas';

/** A refusal of the hub, or that it could not be reached (`code` is `network` then). */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    /** HTTP; 0 where there was no answer. */
    readonly status: number,
    message: string,
    /** By field, as `/email`; '' is the whole. */
    readonly fields: ReadonlyMap<string, string> = new Map(),
    readonly retryAfterMs?: number | undefined,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export function fromProblem({ code, status, detail, errors = [], retryAfterMs }: Problem): ApiError {
  const fields = new Map(errors.map(({ path, message }) => [path, message]));
  return new ApiError(code, status, detail, fields, retryAfterMs);
}

/** What to do about it, as the catalogue says; loaded when the first thing goes wrong. */
export async function remedyOf(code: string): Promise<string | undefined> {
  const { ERRORS } = await import('@agentcom/schemas/errors');
  const entry = Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS] : undefined;
  return entry?.remedy;
}

/** The title of the catalogue as well, for what comes as a code alone. */
export async function explain(code: string): Promise<string | undefined> {
  const { ERRORS } = await import('@agentcom/schemas/errors');
  const entry = Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS] : undefined;
  return entry && `${entry.title}. ${entry.remedy}`;
}

/** Whatever was thrown, as one of ours. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError('page.failed', 0, error instanceof Error ? error.message : String(error));
}
