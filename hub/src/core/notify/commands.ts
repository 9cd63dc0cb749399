// What can be asked about channels, routes, push subscriptions and notifications.

import type { ChannelKind, QuietHours } from '@agentcom/schemas';
import type { Route, RouteMatch } from './notify.js';

/** As people write it: with the names of channels. */
export interface NamedRoute {
  readonly match: RouteMatch;
  readonly channels: readonly string[];
  readonly escalation?: readonly string[];
  readonly excerpts?: boolean;
  readonly digest?: boolean;
  readonly continue?: boolean;
}

interface Asked {
  readonly org: string;
  readonly by: string;
}

export interface NotifyCommands {
  /** The id is the caller's to choose, because the settings are sealed for it. */
  'notify.create_channel': Asked & {
    readonly channel: string;
    readonly kind: ChannelKind;
    readonly name: string;
    readonly settings: string;
    readonly quietHours?: QuietHours;
  };
  'notify.change_channel': Asked & {
    readonly channel: string;
    readonly name?: string;
    /** Refused unless they are still `from`. */
    readonly settings?: { readonly from: string; readonly to: string };
    readonly quietHours?: QuietHours | null;
    readonly enabled?: boolean;
  };
  'notify.remove_channel': Asked & { readonly channel: string };
  /** What it sends by takes nothing any more: a channel is disabled, a push subscription forgotten. */
  'notify.channel_gone': { readonly channel: string; readonly why: string };
  'notify.set_routes': Asked & {
    readonly routes: readonly NamedRoute[];
    /** Refused unless they are still these. */
    readonly from?: readonly Route[];
  };
  /** `digest` is of its endpoint. */
  'push.subscribe': Asked & { readonly subscription: string; readonly digest: string; readonly settings: string };
  'push.unsubscribe': Asked & { readonly subscription: string };
  /** They are those that there were, if there were any. */
  'push.ensure_keys': { readonly publicKey: string; readonly privateKey: string };
  /** The outbox has them. */
  'notification.queue': { readonly ids: readonly string[] };
}

export interface NotifyReplies {
  'notify.create_channel': Record<never, never>;
  'notify.change_channel': Record<never, never>;
  'notify.remove_channel': Record<never, never>;
  'notify.channel_gone': Record<never, never>;
  'notify.set_routes': Record<never, never>;
  'push.subscribe': { readonly subscription: string };
  'push.unsubscribe': Record<never, never>;
  'push.ensure_keys': { readonly publicKey: string };
  'notification.queue': Record<never, never>;
}
