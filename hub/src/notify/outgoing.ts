// A delivery as a channel gets it: with full addresses, and without text of a task unless that may leave.

import { createHash } from 'node:crypto';
import { ellipsize, type Notification } from '@agentcom/schemas';
import type { Link, Outgoing } from './channels/channel.js';
import type { Delivery } from './ports.js';

/** Of a digest, the titles that are written out. */
const TITLES_MAX = 20;
const LINKS_MAX = 5;
const URL_CHARS_MAX = 400;
const LINK_NAME_CHARS = 60;

export function outgoingOf(delivery: Delivery, ref: string | undefined, publicUrl: string | undefined): Outgoing {
  const { excerpt, links, ...notification } = delivery.notification;
  return {
    id: delivery.id,
    notification,
    excerpt: delivery.includeExcerpt ? excerpt : undefined,
    links: publicUrl === undefined ? [] : fullLinks(links, publicUrl),
    ref,
  };
}

function fullLinks(links: Notification['links'], publicUrl: string): Link[] {
  return links
    .map(({ name, path }) => ({ name: ellipsize(name, LINK_NAME_CHARS), url: `${publicUrl}${path}` }))
    .filter(({ url }) => url.length <= URL_CHARS_MAX)
    .slice(0, LINKS_MAX);
}

/** Several deliveries for one channel in one message. It is called the same in every try with the same deliveries, and only then. */
export function digestOf(deliveries: readonly Delivery[], publicUrl: string | undefined): Outgoing {
  const notifications = deliveries.map(({ notification }) => notification);
  const [first] = notifications;
  if (first === undefined) throw new RangeError('a digest of nothing');
  const id = `digest-${createHash('sha256')
    .update(deliveries.map((delivery) => delivery.id).join('\n'))
    .digest('hex')
    .slice(0, 32)}`;
  const lines = notifications.slice(0, TITLES_MAX).map(({ title }) => `• ${title}`);
  const more = notifications.length - lines.length;
  return {
    id,
    notification: {
      id,
      group: id,
      org: first.org,
      kind: first.kind,
      state: 'open',
      severity: notifications.some(({ severity }) => severity === 'warn') ? 'warn' : 'info',
      since: Math.min(...notifications.map(({ since }) => since)),
      at: Math.max(...notifications.map(({ at }) => at)),
      title: `${notifications.length} notices`,
      text: [...lines, ...(more > 0 ? [`• and ${more} more`] : [])].join('\n'),
      subjects: [],
      count: notifications.length,
      escalation: 0,
    },
    excerpt: undefined,
    links: publicUrl === undefined ? [] : [{ name: 'Open', url: publicUrl }],
    ref: undefined,
  };
}
