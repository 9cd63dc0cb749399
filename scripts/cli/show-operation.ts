// Work in the background as lists show it: what it is, what it is about, how far it is and what it came to.

import type { Operation } from '@agentcom/schemas';
import type { OperationKind, TaskAction } from '@agentcom/schemas/names';
import { nameOfCaller } from './callers.js';
import { shortIds } from './ids.js';
import type { Invocation } from './invocation.js';
import { table } from './layout.js';
import { ago, bytes, counted, firstLine, validFor } from './text.js';

const KINDS: Readonly<Record<Exclude<OperationKind, 'tasks'>, string>> = {
  backup: 'create a backup',
  verify: 'verify',
  drill: 'drill',
  compaction: 'compact',
  restore: 'restore',
};
const ACTIONS: Readonly<Record<TaskAction, string>> = {
  cancel: 'cancel',
  retry: 'retry',
  requeue: 'requeue',
  discard: 'discard',
  lane: 'move',
};
const NAME_CHARS = 16;

export function operationsText({ out, world }: Invocation, items: readonly Operation[]): string {
  const short = shortIds(items.flatMap(({ id, tasks }) => (tasks?.undoes === undefined ? [id] : [id, tasks.undoes])));
  const now = world.now();
  return table<Operation>(
    out,
    items,
    [
      { head: 'OPERATION', of: ({ id }) => short(id) },
      { head: 'WHAT', of: (operation) => whatText(operation, short), stretch: true },
      { head: 'STATE', of: ({ state }) => state },
      { head: 'RESULT', of: resultText },
      { head: 'BY', of: nameOfCaller, clip: NAME_CHARS },
      { head: 'BEGUN', of: ({ startedAt }) => ago(startedAt, now) },
      { head: 'UNDO', of: ({ undo }) => (undo === undefined ? '-' : validFor(undo.until, now)), wideFrom: 100 },
    ],
    'nothing has run in the background',
  );
}

function whatText({ kind, tasks, backup }: Operation, short: (id: string) => string): string {
  if (kind !== 'tasks') return backup === undefined ? KINDS[kind] : `${KINDS[kind]} ${backup}`;
  if (tasks === undefined) return 'change tasks';
  const { action, to, undoes, named, q, reason } = tasks;
  if (undoes !== undefined) return `undo ${short(undoes)} (${ACTIONS[action]})`;
  const step = to === 'up' || to === 'down' ? ` one lane ${to}` : to === undefined ? '' : ` to ${to}`;
  const which = named === undefined ? (q ?? 'all that can be') : counted(named, 'task');
  return `${ACTIONS[action]}${step}: ${which}${reason === undefined ? '' : ` (${reason})`}`;
}

function resultText({ tasks, total, done, made, verified, compacted, restored, failures }: Operation): string {
  if (tasks !== undefined) {
    if (total === undefined) return firstLine(failures[0] ?? '-');
    const refused = tasks.refused === 0 ? '' : `, ${tasks.refused} refused`;
    return `${tasks.changed} of ${total}${refused}`;
  }
  if (made !== undefined) return bytes(made.bytes);
  if (verified !== undefined) return verified.ok ? 'whole' : 'damaged';
  if (compacted !== undefined) return `${bytes(compacted.bytesBefore)} to ${bytes(compacted.bytesAfter)}`;
  if (restored !== undefined) return `batch ${restored.seq}`;
  const [failure] = failures;
  if (failure !== undefined) return firstLine(failure);
  return total === undefined || total === 0 ? '-' : `${Math.floor((100 * done) / total)} %`;
}
