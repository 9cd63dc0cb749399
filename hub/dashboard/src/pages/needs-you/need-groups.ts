// What waits for a person, by what it is; inside that as it was, so that nothing moves. Pure.

import type { LiveNeed } from '@agentcom/schemas';
import { LIVE_NEED_KINDS } from '@agentcom/schemas/names';

export interface NeedGroup {
  readonly kind: LiveNeed['kind'];
  readonly needs: readonly LiveNeed[];
}

export function needGroups(needs: readonly LiveNeed[]): readonly NeedGroup[] {
  return LIVE_NEED_KINDS.map((kind) => ({ kind, needs: needs.filter((need) => need.kind === kind) })).filter(
    (group) => group.needs.length > 0,
  );
}

/** The choice that a digit stands for. */
export function choiceOf({ question }: Pick<LiveNeed, 'question'>, digit: number): string | undefined {
  return question?.choices?.[digit - 1];
}
