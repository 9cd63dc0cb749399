// The transitions of the job machine when the hub has answered, and when something was waited for.

import { clip } from '@agentcom/schemas/clip';
import { LIMITS } from '@agentcom/schemas/limits';
import { type Failure, idOf } from './attempt.js';
import { isUsedUp } from './budget.js';
import { abandon, failed, forget, reportFailure } from './job-ends.js';
import type { Job, JobState, RequestError, RequestRef, Step, WaitFor } from './job-model.js';
import { enter, ignore, keep, report, say, work } from './job-steps.js';
import { endTurn } from './job-turns.js';
import { head, isFinal, settle } from './outbox.js';
import { BUDGET_USED } from './turn-verdict.js';

const RESEND_MS = 2_000;
const RESEND_MS_MAX = 60_000;

/** The hub says that this attempt is not, or no longer, ours to report on. */
const NOT_OURS: ReadonlySet<string> = new Set([
  'task.stale_generation',
  'task.already_final',
  'task.not_assigned',
  'task.not_accepted',
]);

export function requestAnswered(
  state: JobState,
  job: Job,
  ref: RequestRef,
  error: RequestError | null,
  now: number,
): Step {
  const awaited = say({ ...state, online: true }, job)[0];
  if (awaited?.do !== 'send' || awaited.ref !== ref) return ignore(state, 'not_awaited');
  if (error?.retryable) {
    const ms = Math.min(error.retryAfterMs ?? RESEND_MS, RESEND_MS_MAX);
    return { state, actions: [{ do: 'wait', attempt: idOf(job), for: { kind: 'link', links: state.links }, ms }] };
  }
  if (ref === 'stopped') return forget(state, job, now);
  if (ref !== 'accept') return reportAnswered(state, job, error, now);
  return error === null ? accepted(state, job) : forget(state, job, now);
}

function accepted(state: JobState, job: Job): Step {
  // The hub may not know of a limit that only the configuration here has.
  return isUsedUp(job) && job.task.push === undefined
    ? reportFailure(state, job, BUDGET_USED)
    : enter(state, { ...job, phase: 'preparing' });
}

function reportAnswered(state: JobState, job: Job, error: RequestError | null, now: number): Step {
  const sent = head(job.outbox);
  if (sent === undefined) return ignore(state, 'not_awaited');
  // Of a task that the hub does not know any more, the work may be the result.
  if (error?.code === 'task.not_found') return abandon(state, { ...job, checked: null });
  if (error !== null && NOT_OURS.has(error.code)) return abandon(state, job);
  const settled = { ...job, outbox: settle(job.outbox) };
  if (isFinal(sent)) {
    if (error === null) return forget(state, job, now);
    if (sent.body.type === 'task.fail') return abandon(state, job);
    return report(state, settled, { type: 'task.fail', error: refused('the result', error) });
  }
  // A question that nobody will see is never answered.
  const isUnasked = error !== null && sent.body.type === 'task.block' && job.phase === 'blocked';
  if (isUnasked) return failed(state, { ...settled, question: null }, refused('the question', error));
  const kept = keep(state, settled);
  return { ...kept, actions: [...kept.actions, ...say(state, settled)] };
}

function refused(what: string, { code, message }: RequestError): Failure {
  const said = clip(message, LIMITS.errorMessageBytes / 2);
  return { class: 'permanent', code: 'report.refused', message: `the hub refused ${what} (${code}): ${said}` };
}

export function waited(state: JobState, job: Job, what: WaitFor): Step {
  switch (what.kind) {
    case 'retry':
      return what.phase === job.phase ? work(state, job) : ignore(state, 'other_phase');
    case 'link':
      return what.links === state.links ? { state, actions: say(state, job) } : ignore(state, 'not_awaited');
    case 'long':
      if (what.phase !== job.phase) return ignore(state, 'other_phase');
      return job.isPaused
        ? ignore(state, 'repeated')
        : report(state, { ...job, isPaused: true }, { type: 'task.progress', running: false });
    case 'turn':
      return endTurn(state, job, what.turn);
  }
}
