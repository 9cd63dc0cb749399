// What waits for a person, by what it is: first what pages somebody. Inside that as it was, so that nothing moves. Pure.

import type { LiveNeed } from '@agentcom/schemas';
import { LIVE_NEED_KINDS } from '@agentcom/schemas/names';

const GROUPS = ['page', ...LIVE_NEED_KINDS] as const;

export interface NeedGroup {
  readonly name: (typeof GROUPS)[number];
  readonly needs: readonly LiveNeed[];
}

export function needGroups(needs: readonly LiveNeed[]): readonly NeedGroup[] {
  return GROUPS.map((name) => ({ name, needs: needs.filter((need) => groupOf(need) === name) })).filter(
    (group) => group.needs.length > 0,
  );
}

function groupOf({ kind, severity }: LiveNeed): NeedGroup['name'] {
  return severity === 'page' ? 'page' : kind;
}

/** How many the hub knows of beside the rows that it sent; what has gone meanwhile is still among these. */
export function beyondShown(total: number | undefined, rows: number, gone: number): number {
  return Math.max(0, (total ?? 0) - (rows - gone));
}

/** The choice that a digit stands for. */
export function choiceOf({ question }: Pick<LiveNeed, 'question'>, digit: number): string | undefined {
  return question?.choices?.[digit - 1];
}
