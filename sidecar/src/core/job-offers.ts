// The transitions of the job machine at its beginning: an offer is taken, kept until there is room, or refused.

import { idOf, sameAttempt } from './attempt.js';
import { BLANK_JOB } from './blank.js';
import type { Job, JobEvent, JobState, Offer, Step } from './job-model.js';
import { enterAndSay, ignore, note } from './job-steps.js';
import { sessionFor, usable } from './previous-attempt.js';

export function assigned(state: JobState, event: Extract<JobEvent, { type: 'assign' }>, now: number): Step {
  const { assignment, chosen, budget, previous } = event;
  const attempt = idOf(assignment);
  if (state.job !== null && sameAttempt(idOf(state.job), attempt)) return ignore(state, 'repeated');
  if ('unfit' in chosen) {
    const frame = { type: 'task.reject', ...attempt, reason: chosen.unfit } as const;
    return { state, actions: note(state, attempt, frame) };
  }
  const offer: Offer = { assignment, runner: chosen, budget, previous };
  if (state.job === null) return take(state, offer);
  return { state: { ...state, next: { offer, until: now + assignment.acceptWithinMs } }, actions: [] };
}

export function take(state: JobState, { assignment, runner, budget, previous }: Offer): Step {
  const { task, generation, traceparent } = assignment;
  const known = usable(task, state.left?.task === task.id ? state.left.previous : previous);
  const job: Job = {
    ...BLANK_JOB,
    task,
    generation,
    ...(traceparent !== undefined && { traceparent }),
    phase: 'assigned',
    runner,
    budget,
    previous: known,
    session: sessionFor(runner, known),
  };
  return enterAndSay(state, job);
}
