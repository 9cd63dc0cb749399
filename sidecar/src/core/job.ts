// The job machine: what one sidecar does with the one attempt it holds. Pure: state + event + now → state + actions.
//
//                       ┌────────── cancel, drop, or a report refused as no longer live ──────────┐
//   assign → assigned → preparing → running → checking → pushing → reporting → (forgotten)        │
//                           │          │          │          │         ↑                          ↓
//                           └── failed ┴──────────┴──────────┴→ salvaging ←── halted ──────── stopping
//                                                                  └→ stopped → (forgotten)
//
// A task without a repository goes from `running` to `reporting`. `assigned` and `reporting`, when dropped, go to `stopped`:
// nothing is running then, and what there was is pushed or kept already. `job-steps.ts` has the transitions.
//
// How to drive it (the sidecar's loop does, and so does the simulation):
//
// - `begin(record)` with what was found on disk, or null; then `step(state, event, nowMs)` for every event. Carry out the
//   actions of all steps strictly in order, one queue for all of them.
// - `persist` and `forget` are barriers: what follows them is begun only when they are on disk. This is the whole of "nothing is
//   said before it is kept". They have no completion event; retry them until they succeed. A crash before one is done is as if
//   the step had not happened; a crash after it is found again by `begin`.
// - The other actions are begun and not waited for. Each ends in one event, whenever that is, naming its attempt:
//     send    → answered    the hub's `ok` (error null) or `error`; no answer in time is an error with `retryable`. A request that
//                           could not be sent, or whose link was lost, has no answer: the next welcome makes up for it
//     prepare → prepared or failed{phase:'preparing'}; begun again after a crash, whatever is there already is made anew
//     run     → any number of progress, then ran, or failed{phase:'running'} when it could not be started; begins the runner once
//               for each attempt, else it goes on with the process that runs, or reads how it ended; one that vanished has neither
//               code nor signal
//     check   → checked or failed{phase:'checking'}
//     push    → pushed or failed{phase:'pushing'}; pushing what was pushed before succeeds
//     halt    → halted      everything of this attempt has ended; results of what it cut short may still arrive and are ignored
//     salvage → salvaged    keeps what was not pushed; ref null when there was nothing, `isComplete` false when it could not all be
//               kept: then the files stay
//     wait    → waited      after so many ms
//   Every one of them may be begun again after a crash, and must then end the same way.
// - A hello says `holdingOf(state)`; its welcome is `online`; the loss of the link is `offline`. Nothing is sent while offline.

import type { Holding } from '@agentcom/schemas';
import { sameAttempt } from './attempt.js';
import type { Job, JobEvent, JobState, Phase, Step } from './job-model.js';
import {
  abandon,
  assigned,
  cancelled,
  enter,
  failed,
  forget,
  idOf,
  ignore,
  ran,
  reportCompletion,
  reportProgress,
  requestAnswered,
  resume,
  salvaged,
  tellAnswered,
  waited,
  workOf,
} from './job-steps.js';

export type * from './job-model.js';
export { PUSH_PAUSES_MS } from './job-steps.js';

/** The state after a start. Ending an attempt goes on at once; anything else waits for the hub to say that it still counts. */
export function begin(job: Job | null): Step {
  const isEnding = job?.phase === 'stopping' || job?.phase === 'salvaging';
  const state: JobState = { online: false, turn: 0, job, engaged: isEnding, next: null };
  return { state, actions: isEnding ? workOf(job) : [] };
}

/** What a hello says is held, or undefined. */
export function holdingOf(state: JobState): Holding | undefined {
  if (state.job === null) return undefined;
  const { phase } = state.job;
  return { ...idOf(state.job), phase: phase === 'salvaging' || phase === 'stopped' ? 'stopping' : phase };
}

/** `now` is in ms and never goes back. */
export function step(state: JobState, event: JobEvent, now: number): Step {
  switch (event.type) {
    case 'online':
      return online({ ...state, online: true, turn: state.turn + 1 }, event.verdict, now);
    case 'offline':
      return { state: { ...state, online: false, turn: state.turn + 1, next: null }, actions: [] };
    case 'assign':
      return assigned(state, event.assignment, event.unfit, now);
    case 'cancel':
      return cancelled(state, event.attempt);
    case 'answer':
      return tellAnswered(state, event.attempt, event.questionId);
    default:
      return ofJob(state, event, now);
  }
}

function online(state: JobState, verdict: EventOf<'online'>['verdict'], now: number): Step {
  const { job } = state;
  if (job === null) return { state, actions: [] };
  if (verdict === 'keep') return resume(state, job);
  if (verdict === 'confirmed' && job.phase === 'reporting') return forget(state, job, now);
  return abandon(state, job);
}

type EventOf<T extends JobEvent['type']> = Extract<JobEvent, { type: T }>;

/** Events about one attempt, each of which belongs to one phase. */
function ofJob(
  state: JobState,
  event: Exclude<JobEvent, EventOf<'online' | 'offline' | 'assign' | 'cancel' | 'answer'>>,
  now: number,
): Step {
  const { job } = state;
  if (job === null) return ignore(state, 'no_job');
  if (!sameAttempt(idOf(job), event.attempt)) return ignore(state, 'other_attempt');
  if (event.type === 'answered') return requestAnswered(state, job, event.ref, event.error, now);
  if (event.type === 'waited') return waited(state, job, event.for);
  if (job.phase !== phaseOf(event)) return ignore(state, 'other_phase');
  switch (event.type) {
    case 'prepared':
      return enter(state, { ...job, phase: 'running', workspace: event.workspace });
    case 'progress':
      return reportProgress(state, job, event);
    case 'ran':
      return ran(state, { ...job, exit: event.exit });
    case 'checked':
      return enter(state, { ...job, phase: 'pushing', commit: event.commit });
    case 'pushed':
      return reportCompletion(state, job);
    case 'failed':
      return failed(state, job, event.failure);
    case 'halted':
      return enter(state, { ...job, phase: 'salvaging' });
    case 'salvaged':
      return salvaged(state, { ...job, salvage: event.salvage });
  }
}

/** The phase that an event about its work ends or tells of. */
function phaseOf(
  event: EventOf<'prepared' | 'progress' | 'ran' | 'checked' | 'pushed' | 'failed' | 'halted' | 'salvaged'>,
): Phase {
  switch (event.type) {
    case 'prepared':
      return 'preparing';
    case 'progress':
    case 'ran':
      return 'running';
    case 'checked':
      return 'checking';
    case 'pushed':
      return 'pushing';
    case 'failed':
      return event.phase;
    case 'halted':
      return 'stopping';
    case 'salvaged':
      return 'salvaging';
  }
}
