// Finished tasks leave memory once they are in the archive.

import type { DecisionTable } from '../decision.js';
import { bodiesOf, refsOf } from './bodies.js';
import { isFinal } from './task.js';

export const archiveDecisions: DecisionTable<'tasks.archive'> = {
  'tasks.archive': (decision, command) => {
    const refs = new Set<string>();
    for (const id of command.tasks) {
      const task = decision.state.tasks.get(id);
      if (task === undefined || !isFinal(task.state)) continue;
      for (const ref of refsOf(bodiesOf(task))) refs.add(ref);
      decision.emit({ type: 'task.archived', task: id });
    }
    return { unusedBodies: [...refs].filter((ref) => !decision.state.bodies.has(ref)) };
  },
};
