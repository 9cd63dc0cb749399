// Channels, routes, push subscriptions and pending notifications as records of a snapshot, and back.

import type { Notification } from '@agentcom/schemas';
import type { LoadTable, State } from '../state.js';
import { addChannel, addPending, addSubscription } from './indexes.js';
import type { NotificationChannel, PushKeys, PushSubscription, Route } from './notify.js';

export type NotifyRecord =
  | { readonly kind: 'notify_channel'; readonly value: NotificationChannel }
  | { readonly kind: 'notify_routes'; readonly value: { readonly org: string; readonly routes: readonly Route[] } }
  | { readonly kind: 'push_subscription'; readonly value: PushSubscription }
  | { readonly kind: 'push_keys'; readonly value: PushKeys }
  | { readonly kind: 'notification'; readonly value: Notification };

/** Each in the order it came, as the state has it. */
export function* dumpNotify({ notify }: State): Iterable<NotifyRecord> {
  if (notify.pushKeys !== undefined) yield { kind: 'push_keys', value: notify.pushKeys };
  for (const value of notify.channels.values()) yield { kind: 'notify_channel', value };
  for (const org of [...notify.orgs.keys()].sort()) {
    const { routes = [] } = notify.orgs.get(org) ?? {};
    if (routes.length > 0) yield { kind: 'notify_routes', value: { org, routes } };
  }
  for (const value of notify.subscriptions.values()) yield { kind: 'push_subscription', value };
  for (const value of notify.pending.values()) yield { kind: 'notification', value };
}

export const loadNotify: LoadTable<NotifyRecord> = {
  notify_channel: addChannel,
  notify_routes: (state, { org, routes }) => {
    state.notify.ofOrg(org).routes = routes;
  },
  push_subscription: addSubscription,
  push_keys: (state, keys) => {
    state.notify.pushKeys = keys;
  },
  notification: addPending,
};
