// Messages of one place, newest first: the newest page asked for again and again, older ones on request. Pure.

import type { Message } from '@agentcom/schemas';

export interface History {
  readonly items: readonly Message[];
  /** Of the next older page; null where there is none. */
  readonly next: string | null;
}

export interface HistoryPage {
  readonly items: readonly Message[];
  readonly nextCursor: string | null;
}

/** The newest page, before what was there. Where nothing of it is known there may be a gap, and it stands alone. */
export function withNewest(before: History | undefined, { items, nextCursor }: HistoryPage): History {
  const fresh = new Set(items.map(({ messageId }) => messageId));
  if (before === undefined || !before.items.some(({ messageId }) => fresh.has(messageId)))
    return { items, next: nextCursor };
  const oldest = items.at(-1)?.messageId ?? '';
  const older = before.items.filter(({ messageId }) => !fresh.has(messageId) && messageId < oldest);
  return { items: [...items, ...older], next: older.length === 0 ? nextCursor : before.next };
}

export function withOlder({ items }: History, page: HistoryPage): History {
  const known = new Set(items.map(({ messageId }) => messageId));
  return { items: [...items, ...page.items.filter(({ messageId }) => !known.has(messageId))], next: page.nextCursor };
}

/** `agent:tern` and `channel:builds` as people write them. */
export function placeText(name: string): string {
  const [kind, ...rest] = name.split(':');
  const text = rest.join(':');
  if (kind === 'channel') return `#${text}`;
  return text === '' ? name : text;
}
