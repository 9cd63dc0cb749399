// The routes about who is told: routes to channels, what was sent, and the browsers of those who follow tasks.

import { createHash } from 'node:crypto';
import { type ErrorDetail, LIMITS, type NotificationDelivery, type NotificationRoute } from '@agentcom/schemas';
import { hashSecret } from '../../../access/secrets.js';
import { notLeading } from '../../../coordinator/refusals.js';
import type { ShardAccess } from '../../../coordinator/runner.js';
import { canonicalJson } from '../../../core/canonical.js';
import { iso } from '../../../core/iso.js';
import type { OrgNotify } from '../../../core/notify/notify.js';
import { routeViews } from '../../../core/notify/view.js';
import { Refusal } from '../../../core/refusal.js';
import type { Deliveries, DeliveryStatus, VapidKeys } from '../../../notify/ports.js';
import type { Handlers } from '../handler.js';
import { versionIn } from '../if-match.js';
import { type ChannelParts, channelHandlers } from './notification-channels.js';

export interface NotificationParts extends ChannelParts {
  readonly deliveries: Pick<Deliveries, 'sendNow' | 'failing' | 'list' | 'replay'>;
  readonly shard: Pick<ShardAccess, 'phase' | 'state'>;
  readonly newPushKeys: () => Pick<VapidKeys, 'publicKey' | 'privateKey'>;
}

type NotificationHandlers = Pick<
  Handlers,
  | 'notify.list'
  | 'notify.create'
  | 'notify.change'
  | 'notify.remove'
  | 'notify.test'
  | 'notify.routes'
  | 'notify.setRoutes'
  | 'delivery.list'
  | 'delivery.replay'
  | 'push.key'
  | 'push.subscribe'
  | 'push.unsubscribe'
>;

export function notificationHandlers(parts: NotificationParts): NotificationHandlers {
  const { deliveries, kinds, settings, newId, now, shard } = parts;
  return {
    ...channelHandlers(parts),

    'notify.routes': async ({ read }) => {
      const known = await read((view) => routesIn(view.notify));
      return known instanceof Refusal ? known : routesReply(known.shown);
    },

    'notify.setRoutes': async ({ caller: { org, by }, body, ifMatch, execute, read }) => {
      const version = versionIn(ifMatch);
      if (version instanceof Refusal) return version;
      const from = version === undefined ? undefined : await read((view) => routesIn(view.notify));
      if (from instanceof Refusal) return from;
      if (from !== undefined && versionOf(from.shown) !== version)
        return new Refusal('notification.version_conflict', 'somebody else has changed the routes meanwhile');
      const { routes } = body;
      const guard = from === undefined ? {} : { from: from.kept };
      const set = await execute({ type: 'notify.set_routes', org, by, routes, ...guard });
      const now = set instanceof Refusal ? set : await read((view) => routesIn(view.notify));
      return now instanceof Refusal ? now : routesReply(now.shown);
    },

    'delivery.list': async ({ caller: { org }, query, read }) => {
      // Only the hub that sends knows how it goes.
      if (shard.phase !== 'leading') return notLeading(shard);
      const { channel: name, state, cursor, limit = LIMITS.pageItemsDefault } = query;
      const names = await read((view) => new Map(namesIn(view.notify)));
      if (names instanceof Refusal) return names;
      const channel = name === undefined ? undefined : [...names].find(([, own]) => own === name)?.[0];
      if (name !== undefined && channel === undefined)
        return new Refusal('notification.channel_not_found', `channel ${name} not found`);
      const { items, nextCursor } = deliveries.list({
        org,
        limit,
        ...(channel !== undefined && { channel }),
        ...(state !== undefined && { state }),
        ...(cursor !== undefined && { cursor }),
      });
      return { body: { items: items.map((one) => deliveryView(one, names)), nextCursor } };
    },

    'delivery.replay': async ({ caller: { org }, path: { id } }) => {
      if (await deliveries.replay(org, id)) return {};
      return new Refusal('notification.delivery_not_found', `delivery ${id} is not among those that were given up`);
    },

    'push.key': async ({ read, execute }) => {
      const known = await read((view) => view.pushKey);
      if (known instanceof Refusal) return known;
      if (known !== undefined) return { body: { publicKey: known } };
      const { publicKey, privateKey } = parts.newPushKeys();
      const sealed = settings.sealPushKey(privateKey);
      const made = await execute({ type: 'push.ensure_keys', publicKey, privateKey: sealed });
      return made instanceof Refusal ? made : { body: { publicKey: made.publicKey } };
    },

    'push.subscribe': async ({ caller: { org, by }, body: { endpoint, keys }, execute }) => {
      const valid = kinds.validate('push', { endpoint, ...keys });
      if (!valid.ok)
        return new Refusal('request.invalid', 'the subscription is not valid', valid.details.map(pathInBody));
      const subscription = newId();
      const createdAt = iso(now());
      const made = await execute({
        type: 'push.subscribe',
        org,
        by,
        subscription,
        digest: hashSecret(endpoint),
        settings: settings.seal(subscription, valid.value),
      });
      return made instanceof Refusal ? made : { body: { id: subscription, createdAt } };
    },

    'push.unsubscribe': async ({ caller: { org, by }, path, execute }) => {
      const gone = await execute({ type: 'push.unsubscribe', org, by, subscription: path.id });
      return gone instanceof Refusal ? gone : {};
    },
  };
}

/** The settings have its keys beside its endpoint. */
function pathInBody({ path, message }: ErrorDetail): ErrorDetail {
  return { path: path === '/endpoint' ? path : `/keys${path}`, message };
}

function routesIn(own: OrgNotify | undefined) {
  return own === undefined ? { kept: [], shown: [] } : { kept: own.routes, shown: routeViews(own) };
}

function routesReply(routes: readonly NotificationRoute[]) {
  return { body: { routes: [...routes] }, headers: { etag: `"${versionOf(routes)}"` } };
}

/** The same for the same routes at every hub. */
function versionOf(routes: readonly NotificationRoute[]): string {
  return createHash('sha256').update(canonicalJson(routes)).digest('base64url');
}

function* namesIn(own: OrgNotify | undefined): Iterable<readonly [string, string]> {
  for (const { id, name } of own?.channels.values() ?? []) yield [id, name];
  for (const browsers of own?.subscriptions.values() ?? []) for (const { id } of browsers) yield [id, 'push'];
}

function deliveryView(status: DeliveryStatus, names: ReadonlyMap<string, string>): NotificationDelivery {
  const { id, channel, group, title, state, at, attempts, why, nextAt } = status;
  return {
    id,
    channel: names.get(channel) ?? channel,
    group,
    title,
    state,
    at: iso(at),
    attempts,
    ...(why !== undefined && { why }),
    ...(nextAt !== undefined && { nextAt: iso(nextAt) }),
  };
}
