// What is looked up by other than its own id.

import type { Notification } from '@agentcom/schemas';
import type { State } from '../state.js';
import type { NotificationChannel, PushSubscription } from './notify.js';

export function addChannel({ notify }: State, channel: NotificationChannel): void {
  notify.channels.set(channel.id, channel);
  notify.ofOrg(channel.org).channels.set(channel.id, channel);
}

export function addSubscription({ notify }: State, subscription: PushSubscription): void {
  const { id, org, by } = subscription;
  notify.subscriptions.set(id, subscription);
  const { subscriptions } = notify.ofOrg(org);
  subscriptions.set(by, [...(subscriptions.get(by) ?? []), subscription]);
}

export function deleteSubscription({ notify }: State, { id, org, by }: PushSubscription): void {
  notify.subscriptions.delete(id);
  const { subscriptions } = notify.ofOrg(org);
  const left = (subscriptions.get(by) ?? []).filter((one) => one.id !== id);
  if (left.length > 0) subscriptions.set(by, left);
  else subscriptions.delete(by);
  notify.tidy(org);
}

export function addPending({ notify }: State, notification: Notification): void {
  notify.pending.set(notification.id, notification);
  notify.pendingOf.set(notification.group, notification.id);
}

/** What is not there is left alone: a newer one of its group has taken its place. */
export function deletePending({ notify }: State, id: string): void {
  const notification = notify.pending.get(id);
  if (notification === undefined) return;
  notify.pending.delete(id);
  notify.pendingOf.delete(notification.group);
}
