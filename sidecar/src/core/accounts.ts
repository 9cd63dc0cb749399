// Which of several accounts of one runner works on a task, and which one goes on when its turn cannot: it has met its usage limit, or is signed
// out. A new account begins a new session: tools keep their sessions with their accounts.

import type { AccountChoice, Exit, Failure, SpentAccount } from './attempt.js';
import type { Job } from './job-model.js';
import { NOT_SIGNED_IN } from './turn-verdict.js';

/** Until when accounts are not used, by name, in ms since 1970. */
export type HeldBack = ReadonlyMap<string, number>;

/** In their order, but `preferred` first: it has the session. When all are held back, the first that is not any more has to do. */
export function chooseAccount(
  all: readonly [string, ...string[]],
  heldBack: HeldBack,
  now: number,
  preferred?: string,
): AccountChoice {
  const until = (name: string): number => heldBack.get(name) ?? 0;
  const byTime = all.toSorted((a, b) => until(a) - until(b));
  const free = all.filter((name) => until(name) <= now);
  const [first = byTime[0] ?? all[0], ...rest] = free.toSorted(
    (a, b) => Number(b === preferred) - Number(a === preferred),
  );
  const names = [first, ...rest] as const;
  const leftOut = byTime.find((name) => !names.includes(name));
  return { names, othersResetAt: leftOut === undefined ? null : new Date(until(leftOut)).toISOString() };
}

/** The account of the job that cannot go on for this failure; undefined when it is of something else, or there are no several accounts. */
export function spentBy({ runner }: Pick<Job, 'runner'>, exit: Exit, failure: Failure): SpentAccount | undefined {
  const name = runner.accounts?.names[0];
  if (name === undefined) return undefined;
  if (failure.class === 'rate_limited') return { name, why: 'limit', resetsAt: exit.resetsAt };
  return failure.code === NOT_SIGNED_IN ? { name, why: 'signed out', resetsAt: null } : undefined;
}

/** With the next account; undefined when there is none left. */
export function nextAccount({ names: [, next, ...rest], othersResetAt }: AccountChoice): AccountChoice | undefined {
  return next === undefined ? undefined : { names: [next, ...rest], othersResetAt };
}

/** What the attempt fails with when the last account is spent: with its limit, as long as one of them only has to be waited for. */
export function failureOfAll({ runner, spent }: Pick<Job, 'runner' | 'spent'>, failure: Failure): Failure {
  const waits = runner.accounts?.othersResetAt != null || spent.some(({ why }) => why === 'limit');
  if (!waits) return failure;
  const message = `no account of ${runner.kind} can be used now; the last said: ${failure.message}`;
  return { class: 'rate_limited', code: 'runner.limited', message };
}

/** When the first account can be used again; null when that is not known of one of them. */
export function limitEndOf({
  runner: { accounts },
  spent,
  exit,
}: Pick<Job, 'runner' | 'spent' | 'exit'>): string | null {
  if (accounts === undefined) return exit?.resetsAt ?? null;
  const ends = spent.filter(({ why }) => why === 'limit').map(({ resetsAt }) => resetsAt);
  if (accounts.othersResetAt !== null) ends.push(accounts.othersResetAt);
  if (ends.includes(null)) return null;
  return ends.reduce((a, b) => (a === null || (b !== null && Date.parse(b) < Date.parse(a)) ? b : a), null);
}
