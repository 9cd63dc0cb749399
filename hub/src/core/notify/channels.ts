// Channels and the routes to them: created, changed, disabled, removed. The first channel comes with a route to it.

import { type ErrorDetail, LIMITS } from '@agentcom/schemas';
import { canonicalJson } from '../canonical.js';
import type { Decision, DecisionTable } from '../decision.js';
import { Refusal } from '../refusal.js';
import type { NamedRoute } from './commands.js';
import { DEFAULT_MATCH, type NotificationChannel, type OrgNotify, type Route } from './notify.js';

const BUSY_RETRY_MS = 100;

export const channelDecisions: DecisionTable<
  | 'notify.create_channel'
  | 'notify.change_channel'
  | 'notify.remove_channel'
  | 'notify.channel_gone'
  | 'notify.set_routes'
> = {
  'notify.create_channel': (decision, { type: _type, ...made }) => {
    const { org, channel, name, by } = made;
    const own = decision.state.notify.orgs.get(org);
    const taken = refuseName(own, name);
    if (taken !== undefined) return taken;
    if ((own?.channels.size ?? 0) >= LIMITS.notificationChannels)
      return new Refusal('notification.channel_limit', `${org} has ${LIMITS.notificationChannels} channels already`);
    const isFirst = (own?.channels.size ?? 0) === 0 && (own?.routes.length ?? 0) === 0;
    decision.emit({ type: 'notify.channel_created', ...made });
    if (isFirst)
      decision.emit({ type: 'notify.routes_set', org, routes: [{ match: DEFAULT_MATCH, channels: [channel] }], by });
    return {};
  },

  'notify.change_channel': (decision, command) => {
    const { org, by, name, settings, quietHours, enabled } = command;
    const channel = channelOf(decision, org, command.channel);
    if (channel instanceof Refusal) return channel;
    const isRenamed = name !== undefined && name !== channel.name;
    const taken = isRenamed ? refuseName(decision.state.notify.orgs.get(org), name) : undefined;
    if (taken !== undefined) return taken;
    if (settings !== undefined && settings.from !== channel.settings)
      return new Refusal('hub.busy', 'somebody else changed the channel at the same time; retry', [], BUSY_RETRY_MS);
    const changed = {
      ...(isRenamed && { name }),
      ...(settings !== undefined && { settings: settings.to }),
      ...(quietHours !== undefined &&
        canonicalJson(quietHours) !== canonicalJson(channel.quietHours ?? null) && { quietHours }),
    };
    const about = { org, channel: channel.id, by };
    if (Object.keys(changed).length > 0) decision.emit({ type: 'notify.channel_changed', ...about, ...changed });
    const isEnabled = channel.disabled === undefined;
    if (enabled === true && !isEnabled) decision.emit({ type: 'notify.channel_enabled', ...about });
    if (enabled === false && isEnabled)
      decision.emit({ type: 'notify.channel_disabled', ...about, why: 'disabled by hand' });
    return {};
  },

  'notify.remove_channel': (decision, { org, by, channel: id }) => {
    const channel = channelOf(decision, org, id);
    if (channel instanceof Refusal) return channel;
    const { routes = [] } = decision.state.notify.orgs.get(org) ?? {};
    const left = routes.flatMap((route) => without(route, id));
    if (left.length < routes.length || left.some((route, i) => route !== routes[i]))
      decision.emit({ type: 'notify.routes_set', org, routes: left, by });
    decision.emit({ type: 'notify.channel_removed', org, channel: id, by });
    return {};
  },

  'notify.channel_gone': (decision, { channel: id, why }) => {
    const { channels, subscriptions } = decision.state.notify;
    const subscription = subscriptions.get(id);
    const channel = channels.get(id);
    if (subscription !== undefined)
      decision.emit({ type: 'push.unsubscribed', org: subscription.org, subscription: id, why });
    else if (channel !== undefined && channel.disabled === undefined)
      decision.emit({ type: 'notify.channel_disabled', org: channel.org, channel: id, why, by: 'hub' });
    return {};
  },

  'notify.set_routes': (decision, { org, by, routes, from }) => {
    const own = decision.state.notify.orgs.get(org);
    if (from !== undefined && canonicalJson(from) !== canonicalJson(own?.routes ?? []))
      return new Refusal('notification.version_conflict', 'somebody else has changed the routes meanwhile');
    const ids = new Map([...(own?.channels.values() ?? [])].map(({ name, id }) => [name, id]));
    const details = unknownNames(routes, ids);
    if (details.length > 0) return new Refusal('request.invalid', 'a route names a channel that is not there', details);
    const next = routes.map((route) => withIds(route, ids));
    if (canonicalJson(next) === canonicalJson(own?.routes ?? [])) return {};
    decision.emit({ type: 'notify.routes_set', org, routes: next, by });
    return {};
  },
};

function channelOf({ state }: Decision, org: string, id: string): NotificationChannel | Refusal {
  const channel = state.notify.channels.get(id);
  if (channel !== undefined && channel.org === org) return channel;
  return new Refusal('notification.channel_not_found', `channel ${id} not found`);
}

function refuseName(own: OrgNotify | undefined, name: string): Refusal | undefined {
  const isTaken = [...(own?.channels.values() ?? [])].some((channel) => channel.name === name);
  if (!isTaken) return undefined;
  const detail = { path: '/name', message: 'is taken' };
  return new Refusal('notification.channel_exists', `there is a channel named ${name} already`, [detail]);
}

/** A route to nowhere is none. */
function without(route: Route, id: string): Route[] {
  const { escalation, ...rest } = route;
  if (!route.channels.includes(id) && escalation?.includes(id) !== true) return [route];
  const channels = route.channels.filter((one) => one !== id);
  const steps = escalation?.filter((one) => one !== id) ?? [];
  return channels.length === 0 ? [] : [{ ...rest, channels, ...(steps.length > 0 && { escalation: steps }) }];
}

function unknownNames(routes: readonly NamedRoute[], ids: ReadonlyMap<string, string>): ErrorDetail[] {
  const unknown = (names: readonly string[] | undefined, path: string) =>
    (names ?? []).flatMap((name, i) =>
      ids.has(name) ? [] : [{ path: `${path}/${i}`, message: `must be a channel; there is none named ${name}` }],
    );
  return routes
    .flatMap(({ channels, escalation }, i) => [
      ...unknown(channels, `/routes/${i}/channels`),
      ...unknown(escalation, `/routes/${i}/escalation`),
    ])
    .slice(0, LIMITS.errorDetails);
}

function withIds({ channels, escalation, ...rest }: NamedRoute, ids: ReadonlyMap<string, string>): Route {
  const idsOf = (names: readonly string[]) => names.map((name) => ids.get(name) ?? name);
  return { ...rest, channels: idsOf(channels), ...(escalation !== undefined && { escalation: idsOf(escalation) }) };
}
