// What the loop itself refuses, whatever the command.

import { Refusal } from '../core/refusal.js';
import type { State } from '../core/state.js';
import type { LeadershipPhase } from './ports.js';

/** Also why sockets and streams are closed and the hub is not ready. */
export const STOPPING = 'the hub is shutting down';

export const busy = (): Refusal => new Refusal('hub.busy', 'too many commands are already waiting; retry', [], 1_000);

export const draining = (): Refusal => new Refusal('hub.draining', `${STOPPING}; retry when it is back`, [], 5_000);

const DISK_FULL = /no space left on device|disk quota exceeded|ENOSPC|EDQUOT/i;

/** `cause` in the words of NATS. */
export const isDiskFull = (cause: string): boolean => DISK_FULL.test(cause);

/** Waiting mends nothing about a full disk, so it has a name of its own. */
export const notWritable = (cause: string): string =>
  isDiskFull(cause)
    ? "the disk with the hub's data is full: the journal cannot be written"
    : `the journal cannot be written: ${cause}`;

/** While the journal cannot be written, whoever is refused for it hears why. */
export function becauseNotWritable(refusal: Refusal, cause: string): Refusal {
  const { code, details, retryAfterMs } = refusal;
  if (code !== 'hub.recovering') return refusal;
  if (isDiskFull(cause)) return new Refusal('hub.low_disk', notWritable(cause), details, 10_000);
  return new Refusal(code, `${notWritable(cause)}; nothing was changed, retry`, details, retryAfterMs);
}

export const recovering = (): Refusal =>
  new Refusal('hub.recovering', 'the hub is reading its journal; nothing was changed, retry', [], 1_000);

export const overtaken = (): Refusal =>
  new Refusal('hub.not_leader', 'another hub took the lead; nothing was changed, retry', [], 1_000);

const notLeader = (leader: string | undefined): Refusal =>
  new Refusal(
    'hub.not_leader',
    leader === undefined ? 'not the leader' : `not the leader (leader: ${leader})`,
    [],
    1_000,
  );

export const internal = (): Refusal =>
  new Refusal('hub.internal', "the hub failed to handle this command; nothing was changed, see the hub's log");

export const outcomeUnknown = (): Refusal =>
  new Refusal(
    'hub.outcome_unknown',
    'the journal did not answer, so this may or may not have been stored; retry with the same idempotency key',
    [],
    2_000,
  );

/** A read wants to see the batch `wanted`, and this hub has read up to `known`. */
export const behind = (wanted: number, known: number): Refusal =>
  new Refusal(
    'hub.behind',
    `this hub has read its journal up to ${known}, but not yet up to ${wanted}; retry`,
    [],
    1_000,
  );

interface Leadership {
  readonly phase: LeadershipPhase;
  readonly state: Pick<State, 'leader'>;
}

/** Why a hub that does not lead, or no longer, changes nothing. */
export function notLeading({ phase, state }: Leadership): Refusal {
  switch (phase) {
    case 'stopped':
    case 'leading':
      return draining();
    case 'recovering':
    case 'taking':
      return recovering();
    case 'following':
      return notLeader(state.leader?.url);
  }
}
