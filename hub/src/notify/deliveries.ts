// One notification for everybody who is told of it.

import type { Notification } from '@agentcom/schemas';
import { targetsOf } from '../core/notify/targets.js';
import type { State } from '../core/state.js';
import type { Delivery } from './ports.js';

/** The same notification and channel always have the same id. */
export function deliveriesOf(notification: Notification, state: State): Delivery[] {
  const { excerpt: _text, ...withoutExcerpt } = notification;
  return targetsOf(state, notification).map(({ id: channel, org, includeExcerpt, digest }) => ({
    id: `${notification.id}:${channel}`,
    channel,
    org,
    notification: includeExcerpt ? notification : withoutExcerpt,
    includeExcerpt,
    ...(digest && { digest }),
  }));
}
