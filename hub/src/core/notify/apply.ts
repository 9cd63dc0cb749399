// Channels, routes, push subscriptions and what waits for the outbox, as their events leave them.

import { ImpossibleEvent } from '../event-errors.js';
import type { ApplyTable, State } from '../state.js';
import type { NotifyEvent } from './events.js';
import { addChannel, addPending, addSubscription, deletePending, deleteSubscription } from './indexes.js';
import type { NotificationChannel } from './notify.js';

export const notifyEvents: ApplyTable<NotifyEvent> = {
  'notify.channel_created': (state, event, createdAt) => {
    const { type: _type, channel: id, ...given } = event;
    addChannel(state, { id, createdAt, ...given });
  },
  'notify.channel_changed': (state, { channel: id, name, settings, quietHours }) => {
    const channel = channelOf(state, id);
    if (name !== undefined) channel.name = name;
    if (settings !== undefined) channel.settings = settings;
    if (quietHours !== undefined) channel.quietHours = quietHours ?? undefined;
  },
  'notify.channel_disabled': (state, { channel, why }) => {
    channelOf(state, channel).disabled = why;
  },
  'notify.channel_enabled': (state, { channel }) => {
    channelOf(state, channel).disabled = undefined;
  },
  'notify.channel_removed': (state, { org, channel }) => {
    channelOf(state, channel);
    state.notify.channels.delete(channel);
    state.notify.orgs.get(org)?.channels.delete(channel);
    state.notify.tidy(org);
  },
  'notify.routes_set': (state, { org, routes }) => {
    state.notify.ofOrg(org).routes = routes;
    state.notify.tidy(org);
  },
  'push.subscribed': (state, event, createdAt) => {
    const { type: _type, subscription: id, ...given } = event;
    addSubscription(state, { id, createdAt, ...given });
  },
  'push.unsubscribed': (state, { subscription: id }) => {
    deleteSubscription(state, state.notify.subscriptions.get(id) ?? impossible('of an unknown subscription'));
  },
  'push.keys_created': (state, { publicKey, privateKey }) => {
    state.notify.pushKeys = { publicKey, privateKey };
  },
  'notification.raised': (state, { notification, drops = [] }) => {
    for (const id of drops) deletePending(state, id);
    const replaced = state.notify.pendingOf.get(notification.group);
    if (replaced !== undefined) deletePending(state, replaced);
    addPending(state, notification);
  },
  'notification.queued': (state, { ids }) => {
    for (const id of ids) deletePending(state, id);
  },
};

function channelOf(state: State, id: string): NotificationChannel {
  return state.notify.channels.get(id) ?? impossible(`of the unknown channel ${id}`);
}

function impossible(what: string): never {
  throw new ImpossibleEvent(`an event ${what}`);
}
