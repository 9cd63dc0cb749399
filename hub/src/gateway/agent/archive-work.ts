// The commands of a sidecar that what is in memory cannot decide: they name a task that may be in the archive.

import type { ShardAccess } from '../../coordinator/runner.js';
import type { Command, CommandOf, Replies } from '../../core/commands.js';
import type { Refusal } from '../../core/refusal.js';
import { noteArchivedLeft, type ReplaceArchived } from '../archived-left.js';
import { type FindArchived, submitWithParents } from '../archived-parents.js';

type WithTask = CommandOf<'task.submit' | 'task.stopped'>;
type Reply<T extends WithTask['type']> = Replies[T] | Refusal;

interface ArchiveParts {
  readonly shard: Pick<ShardAccess, 'execute' | 'state'>;
  readonly archived: FindArchived;
  readonly replaceArchived: ReplaceArchived;
}

/** Undefined for a command that is decided at once. */
export function archiveWork(
  command: Command,
  { shard, archived, replaceArchived }: ArchiveParts,
  connection: string,
): Promise<Reply<WithTask['type']>> | undefined {
  if (command.type === 'task.submit' && command.spec.dependsOn !== undefined)
    return submitWithParents(command, archived, (asked) => shard.execute(asked, connection));
  // One of another organisation is looked for as if it were not there: an answer at once would tell that it is.
  if (command.type !== 'task.stopped' || shard.state.tasks.get(command.task)?.org === command.org) return undefined;
  return noteArchivedLeft(command, archived, replaceArchived).then(() => shard.execute(command, connection));
}
