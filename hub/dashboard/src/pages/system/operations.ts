// What the page says of work in the background: how far it is, and what it came to. Pure.

import type { Operation } from '@agentcom/schemas';
import { formatBytes, formatSpan } from '../../format.js';
import { systemTexts as texts } from '../../texts/system.js';

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

/** What it came to, in parts; what failed last. */
export function outcomeOf({ made, verified, compacted, restored, tasks, failures }: Operation): readonly string[] {
  const { outcomes } = texts;
  return [
    ...(made === undefined ? [] : [outcomes.backup(formatBytes(made.bytes))]),
    ...(verified?.ok === true ? [outcomes.proven(verified.tasks, verified.agents, secondsText(verified.seconds))] : []),
    ...(compacted === undefined
      ? []
      : [outcomes.compacted(formatBytes(compacted.bytesBefore), formatBytes(compacted.bytesAfter))]),
    ...(restored === undefined ? [] : [outcomes.restored(restored.seq)]),
    ...(restored?.kept === undefined ? [] : [outcomes.kept(restored.kept)]),
    ...(tasks === undefined ? [] : [outcomes.changed(tasks.changed, tasks.refused)]),
    ...failures,
  ];
}

function secondsText(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : formatSpan(seconds * 1000);
}
