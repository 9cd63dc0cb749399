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

/** The notes of all turns of the attempt so far, `exit` being that of the newest. */
export function notesWith(notes: readonly string[], exit: Exit): readonly string[] {
  return [...new Set([...notes, ...notesOf(exit)])].slice(-LIMITS.notes);
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
function afterSuccess({ code, signal, cut }: Exit): readonly string[] {
  if (cut === 'lingering') return ['The agent reported success but did not exit, so it was stopped.'];
  if (code === 0) return [];
  if (code !== null) return [`The agent reported success, then exited with code ${code}.`];
  if (signal !== null) return [`The agent reported success, then was killed by ${signal}.`];
  return ['The agent reported success, then its process disappeared.'];
}
