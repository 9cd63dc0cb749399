// Telling people, put together: what is pending goes to the outbox, and the outbox sends by the channels that the state knows.

import type { HubSettings, Log, Scheduler, Tracer } from '@agentcom/schemas';

import type { ChannelSettings } from './access/channel-settings.js';
import type { CoordinatorRunner } from './coordinator/runner.js';
import type { Feed } from './feed/feed.js';
import { Dispatcher } from './notify/dispatcher.js';
import { GuardedHttp } from './notify/http-out.js';
import { knownChannels } from './notify/known-channels.js';
import { Outbox } from './notify/outbox/outbox.js';
import { StoredDeliveries } from './notify/outbox/stored-deliveries.js';
import type { Store } from './store.js';

/** Whom push services write to when no address of the hub is known outside. */
const NOBODY = 'mailto:postmaster@localhost';

export interface NotificationParts {
  readonly settings: Pick<HubSettings, 'publicUrl' | 'notifyPrivateAddresses' | 'notifyProxyNames'>;
  readonly log: Log;
  readonly runner: CoordinatorRunner;
  readonly feed: Feed;
  readonly store: Pick<Store, 'js' | 'jsm' | 'names'>;
  readonly channelSettings: ChannelSettings;
  readonly scheduler: Scheduler;
  readonly now: () => number;
  /** Undefined while traces are off. */
  readonly tracer: Tracer | undefined;
  /** What links begin with. */
  readonly address: () => string;
}

export interface Notifications {
  readonly outbox: Outbox;
  readonly dispatcher: Dispatcher;
}

export function openNotifications(parts: NotificationParts): Notifications {
  const { settings, log, runner, feed, store, scheduler, now, tracer } = parts;
  const { publicUrl } = settings;
  const outbox = new Outbox({
    records: new StoredDeliveries(store.js, store.jsm, store.names),
    scheduler,
    now,
    http: new GuardedHttp({
      env: process.env,
      allowed: settings.notifyPrivateAddresses,
      proxyNames: settings.notifyProxyNames,
      now,
      tracer,
    }),
    ports: knownChannels({
      state: () => runner.state,
      execute: (command) => runner.execute(command, 'notify'),
      settings: parts.channelSettings,
      publicUrl: parts.address,
      contact: publicUrl?.startsWith('https:') === true ? publicUrl : NOBODY,
    }),
    onFailed: (error) => log.error({ err: error }, 'deliveries cannot be read or stored; retrying'),
  });
  const dispatcher = new Dispatcher({
    state: () => runner.state,
    read: (look) => runner.read(look),
    execute: (command) => runner.execute(command, 'notify'),
    feed,
    scheduler,
    deliver: (deliveries) => outbox.deliver(deliveries),
    onFailed: (error) => log.warn({ err: error }, 'notifications could not be handed to the outbox; retrying'),
  });
  return { outbox, dispatcher };
}
