// What happens to channels, routes, push subscriptions and notifications.

import type { ChannelKind, Notification, QuietHours } from '@agentcom/schemas';
import type { Route } from './notify.js';

export type NotifyEvent =
  | {
      readonly type: 'notify.channel_created';
      readonly org: string;
      readonly channel: string;
      readonly kind: ChannelKind;
      readonly name: string;
      readonly settings: string;
      readonly quietHours?: QuietHours;
      readonly by: string;
    }
  /** What is absent stays as it is. */
  | {
      readonly type: 'notify.channel_changed';
      readonly org: string;
      readonly channel: string;
      readonly name?: string;
      readonly settings?: string;
      /** `null`: none from here on. */
      readonly quietHours?: QuietHours | null;
      readonly by: string;
    }
  | {
      readonly type: 'notify.channel_disabled';
      readonly org: string;
      readonly channel: string;
      readonly why: string;
      readonly by: string;
    }
  | { readonly type: 'notify.channel_enabled'; readonly org: string; readonly channel: string; readonly by: string }
  | { readonly type: 'notify.channel_removed'; readonly org: string; readonly channel: string; readonly by: string }
  | {
      readonly type: 'notify.routes_set';
      readonly org: string;
      readonly routes: readonly Route[];
      readonly by: string;
    }
  | {
      readonly type: 'push.subscribed';
      readonly org: string;
      readonly subscription: string;
      readonly digest: string;
      readonly settings: string;
      readonly by: string;
    }
  | { readonly type: 'push.unsubscribed'; readonly org: string; readonly subscription: string; readonly why: string }
  | { readonly type: 'push.keys_created'; readonly publicKey: string; readonly privateKey: string }
  /** Takes the place of the one of its group that is pending; `drops` are given up for it. */
  | {
      readonly type: 'notification.raised';
      readonly notification: Notification;
      readonly drops?: readonly string[];
    }
  /** The outbox has them. */
  | { readonly type: 'notification.queued'; readonly ids: readonly string[] };
