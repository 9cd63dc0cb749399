// What waits for a person, by what it is: first what pages somebody. Inside that as it was, so that nothing moves, but the graver alerts first. Pure.

import type { LiveNeed } from '@agentcom/schemas';
import { LIVE_NEED_KINDS } from '@agentcom/schemas/names';
import { SEVERITIES } from '@agentcom/schemas/notification';

const GROUPS = ['page', ...LIVE_NEED_KINDS] as const;

export interface NeedGroup {
  readonly name: (typeof GROUPS)[number];
  readonly needs: readonly LiveNeed[];
}

export function needGroups(needs: readonly LiveNeed[]): readonly NeedGroup[] {
  const sorted = needs.toSorted((a, b) => rankOf(a) - rankOf(b));
  return GROUPS.map((name) => ({ name, needs: sorted.filter((need) => groupOf(need) === name) })).filter(
    (group) => group.needs.length > 0,
  );
}

function groupOf({ kind, severity }: LiveNeed): NeedGroup['name'] {
  return severity === 'page' ? 'page' : kind;
}

function rankOf({ severity }: LiveNeed): number {
  return severity === undefined ? 0 : SEVERITIES.indexOf(severity);
}

/** The choice that a digit stands for. */
export function choiceOf({ question }: Pick<LiveNeed, 'question'>, digit: number): string | undefined {
  return question?.choices?.[digit - 1];
}
