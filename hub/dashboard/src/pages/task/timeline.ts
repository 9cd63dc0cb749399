// What has happened to a task, attempt by attempt, with how long each step took. Pure.

import type { Attempt, HistoryEntry, TaskView } from '@agentcom/schemas';

export const STEP_KINDS = ['scheduled', 'waiting', 'queued', 'offered', 'run', 'asked', 'backoff'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export interface Step {
  readonly kind: StepKind;
  readonly from: string;
  /** Absent: it goes on. */
  readonly to?: string;
  readonly detail?: string;
}

/** From the queue to the end of one attempt; without `attempt`, none was accepted. */
export interface Round {
  readonly attempt?: Attempt;
  readonly steps: readonly Step[];
}

type Told = Pick<TaskView, 'state' | 'history' | 'attempts' | 'finishedAt'>;

/** The step that an entry of the history begins; other entries begin none. */
const BEGINS: Readonly<Record<string, StepKind>> = {
  scheduled: 'scheduled',
  waiting: 'waiting',
  queued: 'queued',
  assigned: 'offered',
  accepted: 'run',
  resumed: 'run',
  blocked: 'asked',
  answered: 'run',
  attempt_failed: 'backoff',
  requeued: 'queued',
  push_requested: 'queued',
  halted: 'queued',
  offer_lost: 'queued',
  ignored: 'queued',
  rejected: 'queued',
  expired: 'queued',
};
/** With these a new round begins. */
const AFTER_ATTEMPT = new Set(['attempt_failed', 'halted', 'requeued', 'push_requested']);
const OVER = new Set(['completed', 'cancelled', 'dead', 'requeue_undone']);

export function timelineOf({ state, history, attempts, finishedAt }: Told): readonly Round[] {
  const rounds: { steps: Step[]; accepted: boolean }[] = [{ steps: [], accepted: false }];
  let open: { kind: StepKind; from: string; detail?: string } | undefined;
  const close = (at: string): void => {
    // What took no time was no waiting.
    if (open !== undefined && open.from !== at) rounds.at(-1)?.steps.push({ ...open, to: at });
    open = undefined;
  };
  for (const { at, event, detail } of history) {
    const kind = beginning(event, state, history);
    if (kind === undefined && !OVER.has(event)) continue;
    if (kind !== undefined && kind === open?.kind && !AFTER_ATTEMPT.has(event)) continue;
    close(at);
    if (AFTER_ATTEMPT.has(event) && rounds.at(-1)?.accepted === true) rounds.push({ steps: [], accepted: false });
    if (kind === undefined) continue;
    const round = rounds.at(-1);
    if (event === 'accepted' && round !== undefined) round.accepted = true;
    open = { kind, from: at, ...(detail !== undefined && kind !== 'run' && { detail }) };
  }
  const isOver = OVER.has(state);
  if (open !== undefined) {
    if (isOver && finishedAt !== undefined) close(finishedAt);
    else if (!isOver) rounds.at(-1)?.steps.push(open);
  }
  return withAttempts(rounds, attempts);
}

/** A task that was queued when it was submitted has no other entry for that. */
function beginning(event: string, state: Told['state'], history: readonly HistoryEntry[]): StepKind | undefined {
  if (event !== 'submitted') return Object.hasOwn(BEGINS, event) ? BEGINS[event] : undefined;
  const next = history[1]?.event;
  if (next === undefined) return state === 'scheduled' || state === 'waiting' ? state : 'queued';
  return next === 'queued' || next === 'waiting' ? 'waiting' : 'queued';
}

/** The newest of both belong together: the oldest are dropped of either. */
function withAttempts(
  rounds: readonly { readonly steps: readonly Step[]; readonly accepted: boolean }[],
  attempts: readonly Attempt[],
): Round[] {
  let left = attempts.length;
  return rounds
    .toReversed()
    .map(({ steps, accepted }) => {
      const attempt = accepted && left > 0 ? attempts[--left] : undefined;
      return { steps, ...(attempt !== undefined && { attempt }) };
    })
    .toReversed()
    .filter(({ steps, attempt }) => steps.length > 0 || attempt !== undefined);
}
