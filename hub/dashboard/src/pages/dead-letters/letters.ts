// Which dead letters belong to a group, and all of them.

import type { DeadLetter, DeadLetterGroup, DeadLetterQuery } from '@agentcom/schemas';
import { call } from '../../api/client.js';

/** What of a dead letter is changed: only as it was when it was counted. */
export type Letter = Pick<DeadLetter, 'id' | 'title' | 'generation'>;

type Place = Pick<DeadLetter, 'repo' | 'runner' | 'choice'>;
type End = Place & Pick<DeadLetter, 'death'> & { readonly error?: { readonly class: string; readonly code: string } };

const PAGE = 200;

export function groupHref(id: string): string {
  return `/dead-letters?group=${encodeURIComponent(id)}`;
}

/** Whether it was for the same repository and runner; a query finds parts of addresses, too. Pure. */
export function isInPlace(group: Pick<DeadLetterGroup, 'repo' | 'runner'>, { repo, runner, choice }: Place): boolean {
  const last = choice === undefined ? runner : choice.runner;
  return repo?.url === group.repo && (typeof last === 'string' ? last : undefined) === group.runner;
}

/** Whether it ended as those of the group did. Pure. */
export function isOfGroup(group: DeadLetterGroup, letter: End): boolean {
  const { error, death } = letter;
  if (!isInPlace(group, letter)) return false;
  // Nobody took it last: an error of an attempt before that is not how it ended.
  const ended = death === 'no_taker' ? undefined : error;
  return ended?.class === group.class && (ended?.code ?? death) === group.code;
}

/** All of a group, the newest first; `onCount` is told how many were found so far. */
export async function lettersOf(
  group: DeadLetterGroup,
  signal: AbortSignal,
  onCount: (n: number) => void,
): Promise<readonly Letter[]> {
  const filter = group.class === undefined ? { death: group.code } : { class: group.class, code: group.code };
  const letters: Letter[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = { limit: PAGE, ...filter, ...(cursor !== undefined && { cursor }) } as DeadLetterQuery;
    const { items, nextCursor } = await call('dead.list', { query, signal });
    for (const letter of items) {
      const { id, title, generation } = letter;
      if (isOfGroup(group, letter)) letters.push({ id, title, generation });
    }
    onCount(letters.length);
    if (nextCursor === null || nextCursor === undefined) return letters;
    cursor = nextCursor;
  }
}
