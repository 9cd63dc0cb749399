// Finished tasks leave memory once they are in the archive.

import type { DecisionTable } from '../decision.js';
import { bodiesOf, refsOf } from './bodies.js';
import { isFinal, type Task } from './task.js';

export const archiveDecisions: DecisionTable<'tasks.archive'> = {
  'tasks.archive': (decision, command) => {
    const refs = new Set<string>();
    for (const { id, mark } of command.tasks) {
      const task = decision.state.tasks.get(id);
      if (task === undefined || !isFinal(task.state) || archiveMark(task) !== mark) continue;
      for (const ref of refsOf(bodiesOf(task))) refs.add(ref);
      decision.emit({ type: 'task.archived', task: id });
    }
    return { unusedBodies: [...refs].filter((ref) => !decision.state.bodies.has(ref)) };
  },
};

/** Differs once a finished task has changed: it ran again, or a sidecar has said what an attempt has left or used. Such a task is archived anew. */
export function archiveMark({ generation, finishedAt, attemptLog = [] }: Task): string {
  return JSON.stringify([generation, finishedAt, attemptLog.map(({ left, usage }) => [left ?? null, usage ?? null])]);
}
