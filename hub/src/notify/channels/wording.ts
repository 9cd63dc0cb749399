// A notification in plain words, for every channel that shows text.

import { createHash } from 'node:crypto';
import { ellipsize } from '@agentcom/schemas';
import type { Outgoing, Told } from './channel.js';

/** At the head of a message: what it is, then its title. */
export function headline({ state, severity, acknowledgedBy, title, escalation }: Told): string {
  // That of one that is over says so.
  if (state === 'closed') return title;
  const marks = [
    severity === 'page' ? 'Page' : severity === 'warn' ? 'Warning' : 'Notice',
    ...(acknowledgedBy !== undefined ? [`acknowledged by ${acknowledgedBy}`] : []),
    ...(acknowledgedBy === undefined && escalation > 0 ? ['nobody has acknowledged it'] : []),
  ];
  return `${marks.join(', ')}: ${title}`;
}

/** What follows it, apart from links. The excerpt comes last, so that it is cut first. */
export function paragraphs({ notification, excerpt }: Outgoing): string[] {
  const { text, next, state } = notification;
  const parts = [text, ...(next !== undefined && state === 'open' ? [`Next: ${next}`] : []), excerpt ?? ''];
  return parts.filter((part) => part !== '');
}

/** At most `chars` UTF-16 units, an ellipsis included. */
export function clipped(text: string, chars: number): string {
  return text.length <= chars ? text : ellipsize(text, chars - 1);
}

/** 32 characters of base64url that stand for a group where a provider bounds what it may be called. */
export function groupToken(group: string): string {
  return createHash('sha256').update(group).digest().subarray(0, 24).toString('base64url');
}
