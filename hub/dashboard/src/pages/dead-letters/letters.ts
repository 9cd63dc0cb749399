// How a group of dead letters is addressed, and how its letters are found.

import type { DeadLetterGroup } from '@agentcom/schemas';

export function groupHref(id: string): string {
  return `/dead-letters?group=${encodeURIComponent(id)}`;
}

/** Finds all of a group and no other. Pure. */
export function groupQuery({ id }: Pick<DeadLetterGroup, 'id'>): string {
  return `group:"${id.replace(/["\\]/g, '\\$&')}"`;
}
