// What the end of a turn shows: whether anything was done in it, whether its session is worth going on with, and what people should know.

import { LIMITS } from '@agentcom/schemas/limits';
import type { Exit, ResumedSession } from './attempt.js';
import type { Job } from './job-model.js';

/** Reasons to end a turn that say nothing of its session. */
const NOT_OF_THE_SESSION: ReadonlySet<Exit['cut']> = new Set(['limit', 'asked', 'budget']);

/** Whether the model was reached, or a tool used, or the turn concluded. */
export function hasWorked({ usage, calls, final }: Exit): boolean {
  const used = (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0) + (usage.costMicros ?? 0);
  return used + calls > 0 || final?.ok === true;
}

/** The session to resume: not one that hung when resumed, or in which nothing was done. */
export function worthResuming({ session, turn, exit }: Pick<Job, 'session' | 'turn' | 'exit'>): ResumedSession | null {
  const isSame = session?.session.id === turn.resume?.session.id;
  if (exit === null || !isSame || exit.signedOut !== null || NOT_OF_THE_SESSION.has(exit.cut)) return session;
  const hasHung = exit.cut === 'inactive' || exit.cut === 'timeout';
  return hasHung || !hasWorked(exit) ? null : session;
}

/**
 * Whether only the end of the process went wrong, after the agent had submitted its result: the work is then judged by its checks. For
 * tools without a final event, an exit code is a verdict.
 */
export function endedSubmitted({ submitted, turn }: Pick<Job, 'submitted' | 'turn'>, exit: Exit): boolean {
  const { final, cut, code, hasFinalEvent } = exit;
  // A resumed turn that did nothing has not submitted it.
  if (submitted === null || final !== null || (turn.resume !== null && !hasWorked(exit))) return false;
  return cut === null ? hasFinalEvent || code === null : cut === 'inactive' || cut === 'timeout';
}

/** The notes of all turns of the attempt so far, `exit` being that of the newest. */
export function notesWith(job: Pick<Job, 'notes' | 'submitted' | 'turn'>, exit: Exit): readonly string[] {
  const after = endedSubmitted(job, exit) ? afterSubmission(exit) : [];
  return [...new Set([...job.notes, ...after, ...notesOf(exit)])].slice(-LIMITS.notes);
}

function afterSubmission(exit: Exit): readonly string[] {
  const said = 'The agent submitted its result';
  if (exit.cut !== null) return [`${said}, but did not exit, so it was stopped.`];
  return [exit.code === 0 ? `${said}, then exited with code 0 without a final event.` : `${said}, ${endOf(exit)}.`];
}

function notesOf(exit: Exit): readonly string[] {
  const { refused, refusals, notes } = exit;
  return [
    ...(exit.final?.ok === true ? afterSuccess(exit) : []),
    ...(refused.length > 0
      ? [
          `Tool calls that were denied: ${refused.join('; ')}${refusals > refused.length ? ` and ${refusals - refused.length} more` : ''}.`,
        ]
      : []),
    ...notes,
  ];
}

/** The final event decides; the exit code is worth a look. */
function afterSuccess(exit: Exit): readonly string[] {
  if (exit.cut === 'lingering') return ['The agent reported success but did not exit, so it was stopped.'];
  return exit.code === 0 ? [] : [`The agent reported success, ${endOf(exit)}.`];
}

function endOf({ code, signal }: Exit): string {
  if (code !== null) return `then exited with code ${code}`;
  return signal === null ? 'then its process disappeared' : `then was killed by ${signal}`;
}
