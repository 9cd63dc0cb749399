// A task may depend on one that has left memory. The core knows only what is in memory, so what it does not find is looked up in the archive,
// and the command is decided again with that. A task in the archive has ended for good, so what is found stays true until then, and a parent
// that leaves memory in between is found the next time round.

import type { TaskView } from '@agentcom/schemas';
import type { ArchivedParent, CommandOf, Replies } from '../core/commands.js';
import { Refusal } from '../core/refusal.js';
import { branchAfter } from '../core/task/dependencies.js';

/** A finished task that has left memory, or null. */
export type FindArchived = (org: string, id: string) => Promise<TaskView | null>;

type Submit = CommandOf<'task.submit'>;
type Submitted = Replies['task.submit'] | Refusal;

export async function submitWithParents(
  command: Submit,
  archived: FindArchived,
  execute: (command: Submit) => Promise<Submitted>,
): Promise<Submitted> {
  const { org, spec } = command;
  let archivedParents: readonly ArchivedParent[] = [];
  for (;;) {
    const outcome = await execute(archivedParents.length === 0 ? command : { ...command, archivedParents });
    if (!(outcome instanceof Refusal) || outcome.code !== 'task.parent_not_found') return outcome;
    const looked = await Promise.all((spec.dependsOn ?? []).map((id) => archived(org, id)));
    const found = looked.flatMap((task) => (task === null ? [] : parentOf(task)));
    if (found.length === archivedParents.length) return outcome;
    archivedParents = found;
  }
}

function parentOf(task: TaskView): ArchivedParent[] {
  const { id, createdBy, state, repo } = task;
  if (state !== 'completed' && state !== 'cancelled') return [];
  const branch = branchAfter(task);
  return [
    {
      ...{ task: id, by: createdBy, state },
      ...(repo !== undefined && { repo: { url: repo.url } }),
      ...(branch !== undefined && { branch }),
    },
  ];
}
