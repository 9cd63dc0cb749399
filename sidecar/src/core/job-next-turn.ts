// How a turn begins: the first one, one with an answer, or one that is to put right what a check has found.

import { clipCodePoints } from '@agentcom/schemas/clip';
import { LIMITS } from '@agentcom/schemas/limits';
import type { Failure, ResumedSession } from './attempt.js';
import { isUsedUp, runTimeLeftMs } from './budget.js';
import { abandon, failed } from './job-ends.js';
import type { Job, JobState, SentBack, Step } from './job-model.js';
import { andSay, enter } from './job-steps.js';
import { put } from './outbox.js';
import { promptOf } from './prompt.js';
import { BUDGET_USED } from './turn-verdict.js';
import { firstFailed } from './verification.js';

/** How often checks send the work of one attempt back. */
export const SENT_BACK_MAX = 2;
/** With less left of the run time, a further turn is not worth its price. */
const TURN_MS_MIN = 1_000;

/** With null for `session` it begins a new one. `back` is what a check has found since the last turn. */
export function beginTurn(state: JobState, job: Job, session: ResumedSession | null, back?: SentBack): Step {
  if (isUsedUp(job)) return failed(state, job, BUDGET_USED);
  if (state.isLastTurn) return abandon(state, { ...job, limited: true });
  const turn = { number: job.turn.number + 1, prompt: promptOf(job, session, back), resume: session };
  const next: Job = { ...job, phase: 'running', turn, session, isAnswerDue: false, exit: null };
  if (!job.isPaused) return enter(state, next);
  const told = put(next.outbox, { type: 'task.progress', running: true });
  return andSay(next.outbox, enter(state, { ...next, isPaused: false, outbox: told }));
}

/** A check did not pass. What the agent can put right goes back to the session that made it, and uses no attempt. */
export function notTaken(state: JobState, job: Job, failure: Failure): Step {
  if (failure.mend !== 'agent' || !canGoOn(job)) return failed(state, job, failure);
  const back = { code: failure.code, message: failure.message, output: firstFailed(job.verification)?.output ?? '' };
  const again: Job = {
    ...job,
    sentBack: [...job.sentBack, back],
    workspace: whereItStands(job),
    checked: null,
    verification: [],
    isPaused: false,
    // With `running` the hub counts anew: it has counted the check as well, unless it was told.
    outbox: put(job.outbox, {
      ...{ type: 'task.progress', running: true },
      note: clipCodePoints(noteOf(back), LIMITS.noteChars),
    }),
  };
  return andSay(job.outbox, beginTurn(state, again, job.session, back));
}

/** Without a session, a further turn would only be the same run once more. */
function canGoOn(job: Job): boolean {
  const hasTime = runTimeLeftMs(job) > TURN_MS_MIN;
  return job.session !== null && job.sentBack.length < SENT_BACK_MAX && hasTime && !isUsedUp(job);
}

function noteOf({ message }: SentBack): string {
  return `sent back to the agent: ${message}`;
}

/** The check may have put the work on a newer base. */
function whereItStands({ workspace, checked }: Job): Job['workspace'] {
  return workspace?.kind === 'git' && checked !== null ? { ...workspace, base: checked.base } : workspace;
}
