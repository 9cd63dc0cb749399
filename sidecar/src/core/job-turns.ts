// The transitions of the job machine around the agent's turns. An attempt has one turn, and one more for each question that was answered:
//
//   prepared → turn 1 ──ran──► done: the work is judged (`job-work.ts`), or failed
//                 │ ▲
//      asked, ran │ │ answer: the next turn goes on with the session, or begins a new one that is told everything
//                 ▼ │
//               blocked
//
// A session that its tool does not know any more is begun anew, with another turn; so is the work of an account that has met its limit, by the
// next account of the same runner.

import type { Question } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { failureOfAll, nextAccount, spentBy } from './accounts.js';
import type { AttemptId, Exit, Failure, ResumedSession, Workspace } from './attempt.js';
import { failed } from './job-ends.js';
import type { CallOutcome, CallRefusal, Job, JobEvent, JobState, RunProgress, Step } from './job-model.js';
import { beginTurn } from './job-next-turn.js';
import { progressOf } from './job-reports.js';
import { andSay, awaitEnd, enter, ignore, isToEnd, keep, note, report } from './job-steps.js';
import { succeeded } from './job-work.js';
import { put } from './outbox.js';
import { notesWith } from './turn-evidence.js';
import { judgeTurn } from './turn-verdict.js';
import { addUsage, usageOf } from './usage.js';

/** Of the questions of one attempt, the newest are kept with their answers. */
const ANSWERS_MAX = 64;

export function prepared(state: JobState, job: Job, workspace: Workspace): Step {
  const ready = { ...job, workspace };
  if (job.task.push !== undefined) return enter(state, { ...ready, phase: 'checking' });
  return beginTurn(state, ready, ready.session);
}

export function ran(state: JobState, job: Job, exit: Exit): Step {
  const wanted = exit.question !== null && !isAnswered(job, exit.question) ? exit.question : null;
  const ended: Job = {
    ...job,
    exit,
    usage: addUsage(job.usage, usageOf(exit)),
    session: exit.session === null ? job.session : ofAccount(exit.session, job),
    question: job.question ?? wanted,
    notes: notesWith(job, exit),
  };
  const verdict = judgeTurn(ended, exit);
  switch (verdict.is) {
    case 'done':
      return succeeded(state, ended);
    case 'asked':
      return block(state, ended);
    case 'answered':
      return beginTurn(state, ended, ended.session);
    case 'forgotten':
      return beginTurn(state, ended, null);
    case 'failed':
      return failedTurn(state, ended, exit, verdict.failure);
  }
}

/** While there is another account of the runner, the limit of one ends its turn and not the attempt. */
function failedTurn(state: JobState, job: Job, exit: Exit, failure: Failure): Step {
  const { accounts } = job.runner;
  const spent = spentBy(job, exit, failure);
  if (accounts === undefined || spent === undefined) return failed(state, job, failure);
  const known: Job = { ...job, spent: [...job.spent, spent] };
  const next = nextAccount(accounts);
  if (next === undefined) return failed(state, known, failureOfAll(known, failure));
  const problem = spent.why === 'limit' ? 'has met its usage limit' : 'is not signed in';
  const said = `the account ${spent.name} ${problem}; going on with ${next.names[0]}`;
  const again: Job = {
    ...known,
    runner: { ...job.runner, accounts: next },
    notes: [...job.notes, said].slice(-LIMITS.notes),
    outbox: put(job.outbox, { type: 'task.progress', note: said }),
  };
  return andSay(job.outbox, beginTurn(state, again, null));
}

/** What a turn has used is used, also when it was cut short. */
export function withCutTurn(job: Job, exit: Exit | undefined): Job {
  if (!job.isCutShort || exit === undefined) return job;
  return {
    ...job,
    isCutShort: false,
    usage: addUsage(job.usage, usageOf(exit)),
    session: exit.session === null ? job.session : ofAccount(exit.session, job),
  };
}

function ofAccount(session: ResumedSession, { runner: { accounts } }: Job): ResumedSession {
  return accounts === undefined ? session : { ...session, account: accounts.names[0] };
}

function block(state: JobState, job: Job): Step {
  if (job.question === null) throw new Error('only a question blocks');
  return report(state, { ...job, phase: 'blocked' }, { type: 'task.block', ...job.question });
}

/** The hub repeats an answer until it is confirmed, which is said once the answer is kept. */
export function answer(state: JobState, { attempt, questionId, answer: text }: EventOf<'answer'>): Step {
  const { job } = state;
  if (job === null) return ignore(state, 'no_job');
  if (!isOf(job, attempt)) return ignore(state, 'other_attempt');
  const confirm = note(state, attempt, { type: 'task.answered', ...attempt, questionId });
  const isAwaited = job.question?.questionId === questionId && (job.phase === 'running' || job.phase === 'blocked');
  if (!isAwaited || job.question === null) return { state, actions: confirm };
  const answers = [...job.answers, { ...job.question, answer: text }].slice(-ANSWERS_MAX);
  const told: Job = { ...job, question: null, answers };
  const step =
    job.phase === 'running' ? keep(state, { ...told, isAnswerDue: true }) : beginTurn(state, told, told.session);
  return { ...step, actions: [...step.actions, ...confirm] };
}

/** What runs goes on either way. */
export function turns(state: JobState, { attempt, allowed }: EventOf<'turns'>): Step {
  if (state.job === null) return ignore(state, 'no_job');
  if (!isOf(state.job, attempt)) return ignore(state, 'other_attempt');
  return { state: { ...state, isLastTurn: !allowed }, actions: [] };
}

/** A turn that has asked did not end by itself. */
export function endTurn(state: JobState, job: Job, turn: number): Step {
  if (turn !== job.turn.number || !isToEnd(job)) return ignore(state, 'not_awaited');
  return { state, actions: [{ do: 'endTurn', job }] };
}

export function progress(state: JobState, job: Job, told: RunProgress & { readonly paths?: readonly string[] }): Step {
  return report(state, job, progressOf(job, told));
}

type EventOf<T extends JobEvent['type']> = Extract<JobEvent, { type: T }>;
type Call = EventOf<'asked' | 'submitted' | 'noted'>;

/** What the agent says. It is answered whatever becomes of it, and what is taken is kept before. */
export function called(state: JobState, event: Call): Step {
  const { job } = state;
  if (job === null || !isOf(job, event.attempt)) {
    return refuse(state, event, 'task.stale_generation', 'this attempt is over');
  }
  if (event.type === 'asked' && isKnown(job, event.question)) return reply({ state, actions: [] }, event, { ok: true });
  if (job.phase === 'blocked') return refuse(state, event, 'task.blocked', 'a question is open, so the turn is over');
  if (job.phase !== 'running') return refuse(state, event, 'task.turn_over', `the attempt is ${job.phase}`);
  switch (event.type) {
    case 'asked':
      return ask(state, job, event);
    case 'submitted':
      return reply(keep(state, { ...job, submitted: event.submitted }), event, { ok: true });
    case 'noted': {
      const { note: text, fraction } = event;
      const told = { ...(text !== undefined && { note: text }), ...(fraction !== undefined && { fraction }) };
      return reply(progress(state, job, told), event, { ok: true });
    }
  }
}

function ask(state: JobState, job: Job, event: EventOf<'asked'>): Step {
  if (isToEnd(job)) {
    return refuse(
      state,
      event,
      'task.blocked',
      'a question is already open: end your turn; the next one starts with its answer',
    );
  }
  const asked = { ...job, question: event.question };
  const kept = reply(keep(state, asked), event, { ok: true });
  return { ...kept, actions: [...kept.actions, awaitEnd(asked)] };
}

function reply(step: Step, { call }: Call, outcome: CallOutcome): Step {
  return { ...step, actions: [...step.actions, { do: 'reply', call, outcome }] };
}

function refuse(state: JobState, event: Call, code: CallRefusal, message: string): Step {
  return reply({ state, actions: [] }, event, { ok: false, code, message });
}

function isKnown(job: Job, question: Question): boolean {
  return job.question?.questionId === question.questionId || isAnswered(job, question);
}

function isAnswered({ answers }: Job, { questionId }: Question): boolean {
  return answers.some((answered) => answered.questionId === questionId);
}

function isOf(job: Job, { task, generation }: AttemptId): boolean {
  return job.task.id === task && job.generation === generation;
}
