// How a refusal is said: the plain form inside the programs, the problem document of RFC 9457 over HTTP.

import * as Type from 'typebox';
import type { ErrorCode } from './errors.js';
import { LIMITS } from './limits.js';
import { Count, closed, type Data, list } from './primitives.js';

/** One finding about the input; `path` is a JSON pointer (RFC 6901), '' for the whole. */
export const ErrorDetail = closed({ path: Type.String(), message: Type.String() });
export type ErrorDetail = Data<typeof ErrorDetail>;

export const ErrorDetails = list(ErrorDetail, LIMITS.errorDetails);
/** Any code of the catalogue; not a closed list, because an older client must be able to read a newer hub's refusal. */
export const ErrorCodeText = Type.String({ pattern: '^[a-z_]+\\.[a-z_]+$', mustBe: 'a code of the error catalogue' });

/** Why something was not done. */
export interface RefusalBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: readonly ErrorDetail[];
  readonly retryAfterMs?: number | undefined;
}

/** The body of every HTTP error, as `application/problem+json`. */
export const Problem = closed({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer({ minimum: 400, maximum: 599 }),
  detail: Type.String(),
  code: ErrorCodeText,
  traceId: Type.String(),
  retryAfterMs: Type.Optional(Count),
  /** The address of the hub that leads, with `hub.not_leader`. */
  leader: Type.Optional(Type.String()),
  errors: Type.Optional(ErrorDetails),
});
export type Problem = Data<typeof Problem>;
