// That it is really the person who asks, and not whoever sits at a browser that was left signed in.

import type { Passwords } from '../../../access/passwords.js';
import type { SignInGuard } from '../../../access/sign-in-guard.js';
import type { Person } from '../../../core/access/access.js';
import { Refusal } from '../../../core/refusal.js';
import type { RouteRequest } from '../handler.js';

/** Whoever signed in so shortly before is still there. */
const FRESH_MS = 10 * 60_000;

export interface ConfirmParts {
  readonly passwords: Passwords;
  readonly signIns: SignInGuard;
  readonly now: () => number;
}

type Asking = Pick<RouteRequest<'me'>, 'caller' | 'address' | 'read'>;

/** The person that calls, once its current password is right, or where it signed in just now and by no link. */
export async function confirmed(
  parts: ConfirmParts,
  { caller, address, read }: Asking,
  current: string | undefined,
): Promise<Person | Refusal> {
  const found = await read((view) => ({
    person: view.person(),
    session: view.sessions().find(({ id }) => id === caller.session),
  }));
  if (found instanceof Refusal) return found;
  const { person, session } = found;
  if (person === undefined) return notAPerson();
  if (current !== undefined) return (await wrongPassword(parts, person, current, address)) ?? person;
  const isFresh = session !== undefined && session.method !== 'link' && session.createdAt > parts.now() - FRESH_MS;
  if (isFresh) return person;
  return new Refusal('auth.confirm_required', 'this needs the current password, or that you signed in just now', [
    { path: '/current', message: 'is required' },
  ]);
}

/** Wrong ones count as at the sign-in. */
export async function wrongPassword(
  { passwords, signIns }: ConfirmParts,
  { email, passwordHash }: Person,
  given: string,
  address: string,
): Promise<Refusal | undefined> {
  const wait = signIns.refuse(email, address);
  if (wait !== undefined) return wait;
  const isRight = await passwords.matches(given, passwordHash);
  if (isRight instanceof Refusal) return isRight;
  if (isRight) return undefined;
  signIns.failed(email, address);
  return new Refusal('auth.sign_in_failed', 'the current password is wrong', [
    { path: '/current', message: 'is not the current password' },
  ]);
}

export function notAPerson(): Refusal {
  return new Refusal('person.required', 'this is for people with an account; you call by a key');
}
