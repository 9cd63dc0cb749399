// What the page says of work in the background: how far it is, and what it came to. Pure.

import type { Operation } from '@agentcom/schemas';
import { formatBytes, formatSpan } from '../../format.js';
import { bulkTexts } from '../../texts/bulk.js';
import { operationsTexts as texts } from '../../texts/operations.js';
import { nameOfCaller } from '../../ui/callers.js';

export function isOpen({ endedAt }: Pick<Operation, 'endedAt'>): boolean {
  return endedAt === undefined;
}

/** How much of it is done, of 1; undefined while that is unknown. */
export function shareOf({ done, total }: Pick<Operation, 'done' | 'total'>): number | undefined {
  return total === undefined || total === 0 ? undefined : Math.min(1, done / total);
}

/** Those that had not ended in `before` and have now. */
export function endedSince(before: readonly Operation[], after: readonly Operation[]): readonly Operation[] {
  const open = new Set(before.filter(isOpen).map(({ id }) => id));
  return after.filter((operation) => open.has(operation.id) && !isOpen(operation));
}

/** Those that an undo takes back right now, which none can begin again. */
export function beingUndone(operations: readonly Operation[]): ReadonlySet<string> {
  return new Set(operations.filter(isOpen).flatMap(({ tasks }) => tasks?.undoes ?? []));
}

const ID_END = 8;

/** What it does, in words. */
export function titleOf({ kind, tasks }: Pick<Operation, 'kind' | 'tasks'>): string {
  if (tasks === undefined) return texts.kinds[kind];
  const { action, to, undoes } = tasks;
  const title = to === undefined ? texts.actions[action] : texts.lanes[to];
  return undoes === undefined ? title : texts.undoing(title);
}

/** What it is about; of what matches a query, that as well. */
export function targetOf({
  tasks,
  backup,
}: Pick<Operation, 'tasks' | 'backup'>): { readonly text: string; readonly q?: string } | undefined {
  if (tasks === undefined) return backup === undefined ? undefined : { text: backup };
  const { undoes, named, q } = tasks;
  if (undoes !== undefined) return { text: texts.undone(undoes.slice(-ID_END)) };
  if (named !== undefined) return { text: texts.named(named) };
  return q === undefined ? { text: texts.everything } : { text: texts.matching, q };
}

/** Who began it. `me` is whoever looks. */
export function whoBegan({ by, byName }: Pick<Operation, 'by' | 'byName'>, me: string | undefined): string {
  return by === 'hub' ? texts.bySchedule : texts.by(nameOfCaller({ by, byName }, me));
}

/** What it came to, in parts; what failed last. */
export function outcomeOf(operation: Operation): readonly string[] {
  const { made, verified, compacted, restored, failures } = operation;
  const { outcomes } = texts;
  return [
    ...(made === undefined ? [] : [outcomes.backup(formatBytes(made.bytes))]),
    ...(verified?.ok === true ? [outcomes.proven(verified.tasks, verified.agents, secondsText(verified.seconds))] : []),
    ...(compacted === undefined
      ? []
      : [outcomes.compacted(formatBytes(compacted.bytesBefore), formatBytes(compacted.bytesAfter))]),
    ...(restored === undefined ? [] : [outcomes.restored(restored.seq)]),
    ...(restored?.kept === undefined ? [] : [outcomes.kept(restored.kept)]),
    ...changesOf(operation),
    ...failures,
  ];
}

function changesOf({ tasks, total }: Operation): readonly string[] {
  // Before that it is not known how many there are.
  if (tasks === undefined || total === undefined) return [];
  const { action, undoes, changed, refused, codes } = tasks;
  const { outcomes } = texts;
  const said = (undoes === undefined ? bulkTexts.done[action] : bulkTexts.undone)(changed, total);
  const why = codes.map(({ code, count }) => outcomes.code(code, count)).join(', ');
  return [said, ...(refused === 0 ? [] : [outcomes.refused(refused, why)])];
}

function secondsText(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : formatSpan(seconds * 1000);
}
