// A log whose lines are about what its sidecar has in hand or belongs to at that moment: the attempt, and the organisation that the hub names.

import type { Log, LogSubject } from '@agentcom/schemas';

/** `subject` is asked for each line; the same object again is the same subject. */
export function followingLog(log: Log, subject: () => LogSubject | undefined): Log {
  let known: LogSubject | undefined;
  let own = log;
  const current = (): Log => {
    const now = subject();
    if (now !== known) {
      known = now;
      own = now === undefined ? log : log.child(now);
    }
    return own;
  };
  return {
    debug: (fields, message) => current().debug(fields, message),
    info: (fields, message) => current().info(fields, message),
    warn: (fields, message) => current().warn(fields, message),
    error: (fields, message) => current().error(fields, message),
    isOn: (level) => log.isOn(level),
    child: (more) => followingLog(log.child(more), subject),
  };
}

/** The same object for as long as the attempt is the same. */
export function attemptSubject(
  held: () => { readonly task: string; readonly generation: number } | undefined,
): () => LogSubject | undefined {
  let last: LogSubject | undefined;
  return () => {
    const attempt = held();
    if (attempt === undefined) last = undefined;
    else if (last?.taskId !== attempt.task || last.generation !== attempt.generation)
      last = { taskId: attempt.task, generation: attempt.generation };
    return last;
  };
}
