// How long a kind of agent is held back whose account was not taken. Whether an account would be taken shows only in a paid request, so what is
// watched is its credentials; a sign-in that does not show in them is found out by trying.

import type { Backoff } from '@agentcom/schemas';
import { backoffMs } from '@agentcom/schemas/backoff';

export interface SignedOut {
  /** What its credentials looked like then. */
  readonly credentials: string;
  /** Tries in a row with the same credentials. */
  readonly tries: number;
  /** When it is tried again whatever its credentials. */
  readonly tryAt: number;
}

export const TRY_PAUSE: Backoff = { baseMs: 15 * 60_000, capMs: 4 * 3_600_000 };

/** `now` is in ms and never goes back. */
export function signedOut(before: SignedOut | undefined, credentials: string, now: number): SignedOut {
  const tries = before?.credentials === credentials ? before.tries + 1 : 1;
  return { credentials, tries, tryAt: now + backoffMs(TRY_PAUSE, tries) };
}

export function isStillSignedOut(state: SignedOut, credentials: string, now: number): boolean {
  return state.credentials === credentials && now < state.tryAt;
}
