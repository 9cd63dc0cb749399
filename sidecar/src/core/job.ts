// The job machine: what one sidecar does with the one attempt it holds. Pure: state + event + now → state + actions.
//
//   assign → assigned → preparing → running → checking → verifying → pushing → requesting → reporting → (forgotten)
//                                    │   ▲
//                         asked, ran ▼   │ answer
//                                   blocked
//
//   a check, or a verify command, that the agent can mend → running (its session, with the reason; twice at most)
//   failed, in checking, verifying, pushing, requesting → the same again after a pause, when that may help
//   failed, in any phase from preparing to pushing      → salvaging → reporting (the failure; after the run it then waits for a person)
//   nothing left of the budget, found when accepted     → reporting (the failure)
//   cancel, drop, or a report refused as not live, in any phase from preparing to requesting
//                                                       → stopping → salvaging → stopped → (forgotten)
//   the same when the branch may be at the remote       → … → withdrawing → stopped
//
//   another turn is needed, and the hub lets none begin for a spend limit → stopping → salvaging → stopped
//
// A task without a repository goes from `running` to `verifying` and from there to `reporting`; `verifying` is left out without commands.
// A task that is only to be pushed goes from `preparing` to `checking`, which lets it through, and on to `pushing`.
// Nothing to change, as the agent says or the base has it already: no push and no request.
// A request that cannot be opened is a note in the result. `assigned` and `reporting`, when dropped, are not stopped and salvaged: nothing
// is running then, and what there was is pushed or kept already. `job-offers.ts`, `-turns`, `-work`, `-ends` and `-replies` have the transitions.
//
// How to drive it (the sidecar's loop does, and so does the simulation):
//
// - `begin(record)` with what was found on disk, or null; then `step(state, event, nowMs)` for every event. Carry out the
//   actions of all steps strictly in order, one queue for all of them.
// - `persist` and `forget` are barriers: what follows them is begun only when they are on disk. This is the whole of "nothing is
//   said before it is kept". They have no completion event; retry them until they succeed. A crash before one is done is as if
//   the step had not happened; a crash after it is found again by `begin`. `forget` keeps `carryOver(job)` for the task's next attempt.
//   Of two `persist` with nothing between them the first may be left out, and so may a `send` of which the same still waits.
// - `reply` answers one call of the agent; a call that a crash left without one is made again by the agent. `endTurn` asks the agent's
//   process to end. Neither has an event.
// - The other actions are begun and not waited for. Each ends in one event, whenever that is, naming its attempt:
//     send    → answered    the hub's `ok` (error null) or `error`; no answer in time is an error with `retryable`. A request that
//                           could not be sent, or whose link was lost, has no answer: the next welcome makes up for it
//     prepare → prepared or failed{phase:'preparing'}; begun again after a crash, whatever is there already is made anew
//     run     → any number of progress, paths, then ran, or failed{phase:'running'} when it could not be started; begins the process of a
//               turn once, else it goes on with the one that runs, or reads how it ended; one that vanished has neither code nor signal
//     check   → checked or failed{phase:'checking'}
//     verify  → verified or failed{phase:'verifying'}
//     push    → pushed or failed{phase:'pushing'}; pushing what was pushed before succeeds
//     request → requested or failed{phase:'requesting'}; one that is open for the branch is brought up to date
//     halt    → halted      with how the turn ended that it cut short; everything of this attempt has ended; results of what it cut short may still arrive and are ignored. What
//               runs may be ended before it is the halt's turn: on a full disk its barrier is never passed. `halted` comes in its turn
//     salvage → salvaged    keeps what was not pushed; ref null when there was nothing, `isComplete` false when it could not all be
//               kept: then the files stay
//     withdraw → withdrawn  closes the request of the branch; says what the remote has of it. Tried once
//     wait    → waited      after so many ms
//   Every one of them may be begun again after a crash, and must then end the same way.
// - A hello says `holdingOf(state)`; its welcome is `online`; the loss of the link is `offline`. Nothing is sent while offline, and once
//   the hub's grace is over neither `push` nor `request` is begun: the task may be somebody else's. `online` with `keep` begins them.

import type { Holding } from '@agentcom/schemas';
import { idOf, sameAttempt } from './attempt.js';
import { abandon, cancelled, forget, reportCompletion, salvaged } from './job-ends.js';
import type { Job, JobEvent, JobState, Phase, Step } from './job-model.js';
import { assigned } from './job-offers.js';
import { requestAnswered, waited } from './job-replies.js';
import { mayBePushed } from './job-reports.js';
import { enter, enterAndSay, ignore, resume, workOf } from './job-steps.js';
import { answer, called, prepared, progress, ran, turns, withCutTurn } from './job-turns.js';
import { checked, notDone, pushed, verified } from './job-work.js';
import { SILENCE_MS } from './link.js';

export { RETRY_PAUSES_MS } from './job-ends.js';
export type * from './job-model.js';
export { ASKED_GRACE_MS } from './job-steps.js';
export { carryOver } from './previous-attempt.js';
export { verifyCommands } from './verification.js';

/** Of a hub that does not say its own. */
const GRACE_MS = 120_000;

/** The state after a start. Ending an attempt goes on at once; anything else waits for the hub to say that it still counts. */
export function begin(job: Job | null): Step {
  const goesOn = job !== null && isEnding(job.phase) && job.phase !== 'stopped';
  const contact = { lostAt: null, graceMs: GRACE_MS };
  const free = { online: false, links: 0, contact, isPastGrace: false, isLastTurn: false, next: null, left: null };
  const state: JobState = { ...free, job, engaged: goesOn };
  return { state, actions: goesOn ? workOf(job) : [] };
}

type EndingPhase = 'stopping' | 'salvaging' | 'withdrawing' | 'stopped';
function isEnding(phase: Phase): phase is EndingPhase {
  return phase === 'stopping' || phase === 'salvaging' || phase === 'withdrawing' || phase === 'stopped';
}

/** What a hello says is held, or undefined. */
export function holdingOf(state: JobState): Holding | undefined {
  if (state.job === null) return undefined;
  const { phase } = state.job;
  return { ...idOf(state.job), phase: isEnding(phase) ? 'stopping' : phase };
}

/** `now` is in ms and never goes back. `heardAt`: when the hub gave its last sign of life on a link that seems to hold. */
export function step(before: JobState, event: JobEvent, now: number, heardAt = now): Step {
  const { lostAt, graceMs } = before.contact;
  const isPastGrace = now - (lostAt ?? heardAt) >= (lostAt === null ? Math.max(graceMs, SILENCE_MS) : graceMs);
  const state = isPastGrace === before.isPastGrace ? before : { ...before, isPastGrace };
  switch (event.type) {
    case 'online': {
      const contact = { lostAt: null, graceMs: event.graceMs ?? graceMs };
      const linked = { ...state, online: true, links: state.links + 1, contact, isPastGrace: false, isLastTurn: false };
      return online(linked, event.verdict, now);
    }
    case 'offline': {
      const contact = { lostAt: event.heardAt ?? now, graceMs };
      return { state: { ...state, online: false, links: state.links + 1, contact, next: null }, actions: [] };
    }
    case 'assign':
      return assigned(state, event, now);
    case 'cancel':
      return cancelled(state, event.attempt);
    case 'turns':
      return turns(state, event);
    case 'answer':
      return answer(state, event);
    case 'asked':
    case 'submitted':
    case 'noted':
      return called(state, event);
    default:
      return ofJob(state, event, now);
  }
}

function online(state: JobState, verdict: EventOf<'online'>['verdict'], now: number): Step {
  const { job } = state;
  if (job === null) return { state, actions: [] };
  if (verdict === 'keep') return resume(state, job);
  if (verdict === 'confirmed' && job.phase === 'reporting') return forget(state, job, now);
  // Whether the hub has the result, and knows the task no longer, or gave it to somebody else: its answer to the report tells.
  if (verdict === 'drop' && job.phase === 'reporting' && mayBePushed(job)) return resume(state, job);
  return abandon(state, job);
}

type EventOf<T extends JobEvent['type']> = Extract<JobEvent, { type: T }>;
type FromElsewhere = 'online' | 'offline' | 'assign' | 'cancel' | 'turns' | 'answer' | 'asked' | 'submitted' | 'noted';
type JobOnly = Exclude<JobEvent, EventOf<FromElsewhere>>;

/** Events about one attempt, each of which belongs to one phase. */
function ofJob(state: JobState, event: JobOnly, now: number): Step {
  const { job } = state;
  if (job === null) return ignore(state, 'no_job');
  if (!sameAttempt(idOf(job), event.attempt)) return ignore(state, 'other_attempt');
  if (event.type === 'answered') return requestAnswered(state, job, event.ref, event.error, now);
  if (event.type === 'waited') return waited(state, job, event.for);
  if (job.phase !== phaseOf(event)) return ignore(state, 'other_phase');
  switch (event.type) {
    case 'prepared':
      return prepared(state, job, event.workspace);
    case 'progress':
      return event.turn === job.turn.number ? progress(state, job, event.progress) : ignore(state, 'not_awaited');
    case 'paths':
      return progress(state, job, { paths: event.paths });
    case 'ran':
      return event.turn === job.turn.number ? ran(state, job, event.exit) : ignore(state, 'not_awaited');
    case 'checked':
      return checked(state, { ...job, checked: event.checked });
    case 'verified':
      return verified(state, job, event.runs, event.notes);
    case 'pushed':
      return pushed(state, job, event.branch);
    case 'requested':
      return reportCompletion(state, { ...job, requested: event.requested });
    case 'failed':
      return notDone(state, job, event.failure);
    case 'halted':
      return enter(state, { ...withCutTurn(job, event.exit), phase: 'salvaging' });
    case 'salvaged':
      return salvaged(state, { ...job, salvage: event.salvage });
    case 'withdrawn':
      return enterAndSay(state, { ...job, phase: 'stopped', withdrawn: event.withdrawn });
  }
}

/** The phase that an event about its work ends or tells of. */
function phaseOf(event: Exclude<JobOnly, EventOf<'answered' | 'waited'>>): Phase {
  switch (event.type) {
    case 'prepared':
      return 'preparing';
    case 'progress':
    case 'paths':
    case 'ran':
      return 'running';
    case 'checked':
      return 'checking';
    case 'verified':
      return 'verifying';
    case 'pushed':
      return 'pushing';
    case 'requested':
      return 'requesting';
    case 'failed':
      return event.phase;
    case 'halted':
      return 'stopping';
    case 'salvaged':
      return 'salvaging';
    case 'withdrawn':
      return 'withdrawing';
  }
}
