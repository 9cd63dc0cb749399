// What the loop itself refuses, whatever the command.

import { Refusal } from '../core/decision.js';

export const busy = (): Refusal => new Refusal('hub.busy', 'too many commands are waiting already; retry', [], 1_000);

export const draining = (): Refusal =>
  new Refusal('hub.draining', 'the hub is shutting down; retry when it is back', [], 5_000);

export const recovering = (): Refusal =>
  new Refusal('hub.recovering', 'the hub is reading its journal; nothing was changed, retry', [], 1_000);

export const overtaken = (): Refusal =>
  new Refusal('hub.not_leader', 'another hub took the lead; nothing was changed, retry', [], 1_000);

export const notLeader = (leader: string | undefined): Refusal =>
  new Refusal(
    'hub.not_leader',
    leader === undefined ? 'not the leader' : `not the leader (leader: ${leader})`,
    [],
    1_000,
  );

export const internal = (): Refusal =>
  new Refusal('hub.internal', 'the hub failed at this command; nothing was changed, and its log says why');

export const outcomeUnknown = (): Refusal =>
  new Refusal(
    'hub.outcome_unknown',
    'the journal did not answer, so this may or may not have been stored; retry with the same idempotency key',
    [],
    2_000,
  );

export const behind = (seq: number): Refusal =>
  new Refusal('hub.behind', `this hub has read up to ${seq} and not that far; retry`, [], 1_000);
