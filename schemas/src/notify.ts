// What the routes below `/notifications` take and answer: channels, routes to them, deliveries, and the subscriptions of browsers.

import * as Type from 'typebox';
import { LIMITS } from './limits.js';
import { LANES } from './names.js';
import { CHANNEL_KINDS, DELIVERY_STATES, NOTIFICATION_KINDS, SEVERITIES } from './notification.js';
import { limit, mustBeCursor, page } from './pages.js';
import {
  Count,
  closed,
  type Data,
  LabelFilter,
  LaneName,
  list,
  oneOf,
  RepositoryPatterns,
  Slug,
  TaskId,
  Timestamp,
} from './primitives.js';

const Id = (what: string) => Type.String({ ...TaskId, mustBe: `the id of ${what}` });
const ChannelKindName = oneOf(CHANNEL_KINDS);

// Channels

/** As the kind has them; the hub that knows the kind checks them. */
const Settings = Type.Unsafe<Readonly<Record<string, unknown>>>({
  type: 'object',
  maxProperties: LIMITS.channelSettings,
  maxJsonBytes: LIMITS.channelSettingsBytes,
});

const TimeOfDay = Type.String({
  pattern: '^(?:[01][0-9]|2[0-3]):[0-5][0-9]$',
  mustBe: 'a time of day such as 22:00',
});

/** Only pages go out then; it may go past midnight. */
export const QuietHours = closed({
  from: TimeOfDay,
  to: TimeOfDay,
  timeZone: Type.String({
    pattern: '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$',
    mustBe: 'a time zone such as Europe/Berlin',
  }),
});
export type QuietHours = Data<typeof QuietHours>;

export const NotificationChannelBody = closed({
  kind: ChannelKindName,
  name: Slug,
  settings: Settings,
  quietHours: Type.Optional(QuietHours),
});
export type NotificationChannelBody = Data<typeof NotificationChannelBody>;

/** What is absent stays as it is. Of the settings each field on its own; null takes one away. */
export const NotificationChannelPatch = closed({
  name: Type.Optional(Slug),
  settings: Type.Optional(Settings),
  quietHours: Type.Optional(
    Type.Union([QuietHours, Type.Null()], {
      mustBe: '{from, to, timeZone} such as 22:00, 07:00, Europe/Berlin, or null for none',
    }),
  ),
  enabled: Type.Optional(Type.Boolean()),
});
export type NotificationChannelPatch = Data<typeof NotificationChannelPatch>;

/** Each secret of the settings is shown as `set`, and of an address where it leads. */
export const NotificationChannel = closed({
  id: Type.String(),
  kind: ChannelKindName,
  name: Slug,
  settings: Settings,
  quietHours: Type.Optional(QuietHours),
  enabled: Type.Boolean(),
  /** Why it is not. */
  disabledWhy: Type.Optional(Type.String()),
  /** Its newest messages did not go out: since when, how many tries, and why the last one failed. */
  failing: Type.Optional(closed({ since: Timestamp, sends: Count, why: Type.Optional(Type.String()) })),
  createdAt: Timestamp,
  createdBy: Type.String(),
});
export type NotificationChannel = Data<typeof NotificationChannel>;

export const NotificationChannelPath = closed({ id: Id('a channel') });
/** By name. */
export const NotificationChannelPage = page(NotificationChannel);
export type NotificationChannelPage = Data<typeof NotificationChannelPage>;
export const NotificationChannelQuery = closed({
  limit,
  cursor: Type.Optional(Type.String({ ...Slug, mustBe: mustBeCursor })),
});
export type NotificationChannelQuery = Data<typeof NotificationChannelQuery>;

/** Whether a test message went out, and why not. */
export const TestSend = closed({ sent: Type.Boolean(), why: Type.Optional(Type.String()) });
export type TestSend = Data<typeof TestSend>;

// Deliveries

const DeliveryIdText = {
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$',
  mustBe: 'a delivery id, as `agentcom notify deliveries` shows it',
};
export const DeliveryPath = closed({ id: Type.String(DeliveryIdText) });

export const DeliveryListQuery = closed({
  limit,
  cursor: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._:-]{1,256}$', mustBe: mustBeCursor })),
  /** The name of one. */
  channel: Type.Optional(Slug),
  state: Type.Optional(oneOf(DELIVERY_STATES)),
});
export type DeliveryListQuery = Data<typeof DeliveryListQuery>;

/** One notification for one channel, and how sending it goes. */
export const NotificationDelivery = closed({
  id: Type.String(),
  /** Its name, or its id once it was removed; `push` is the browser of somebody who follows a task. */
  channel: Type.String(),
  group: Type.String(),
  title: Type.String(),
  state: oneOf(DELIVERY_STATES),
  at: Timestamp,
  attempts: Count,
  /** Why the last try failed. */
  why: Type.Optional(Type.String()),
  nextAt: Type.Optional(Timestamp),
});
export type NotificationDelivery = Data<typeof NotificationDelivery>;

/** Newest first. */
export const NotificationDeliveryPage = page(NotificationDelivery);
export type NotificationDeliveryPage = Data<typeof NotificationDeliveryPage>;

// Routes

const RuleName = Type.String({ pattern: '^[A-Za-z0-9]{1,64}$', mustBe: 'the name of a rule, such as QueueWaitHigh' });
const ChannelNames = (options: object) => list(Slug, LIMITS.notificationChannels, { uniqueItems: true, ...options });

/** Each condition must hold; one that is absent always does. */
export const RouteMatch = closed({
  kind: Type.Optional(list(oneOf(NOTIFICATION_KINDS), NOTIFICATION_KINDS.length, { minItems: 1 })),
  severity: Type.Optional(list(oneOf(SEVERITIES), SEVERITIES.length, { minItems: 1 })),
  rule: Type.Optional(list(RuleName, LIMITS.routeRules, { minItems: 1 })),
  lane: Type.Optional(list(LaneName, LANES.length, { minItems: 1 })),
  /** `name` or `name=value`; all of them. */
  label: Type.Optional(list(LabelFilter, LIMITS.labels, { minItems: 1 })),
  repo: Type.Optional(RepositoryPatterns),
});
export type RouteMatch = Data<typeof RouteMatch>;

/** What matches goes to these channels, and no further unless it says `continue`. */
export const NotificationRoute = closed({
  match: RouteMatch,
  channels: ChannelNames({ minItems: 1 }),
  /** Who gets a page next that nobody acknowledged, one after the other; without them the channels get it again. */
  escalation: Type.Optional(ChannelNames({ minItems: 1 })),
  /** Whether text of the task may leave with it: a question, an error, a result. */
  excerpts: Type.Optional(Type.Boolean()),
  /** Whether it may wait, and go out in one message with others. */
  digest: Type.Optional(Type.Boolean()),
  continue: Type.Optional(Type.Boolean()),
});
export type NotificationRoute = Data<typeof NotificationRoute>;

/** In order: the first that matches counts. */
export const NotificationRoutes = closed({ routes: list(NotificationRoute, LIMITS.notificationRoutes) });
export type NotificationRoutes = Data<typeof NotificationRoutes>;

// Web push

/** `applicationServerKey` of a subscription, in base64url. */
export const PushKey = closed({ publicKey: Type.String() });
export type PushKey = Data<typeof PushKey>;

const Base64url = (chars: number) =>
  Type.String({ pattern: `^[A-Za-z0-9_-]{1,${chars}}=*$`, mustBe: 'base64url, as a browser gives it' });

/** `PushSubscription.toJSON()` of a browser. */
export const PushSubscriptionBody = closed({
  endpoint: Type.String({
    maxLength: LIMITS.urlChars,
    pattern: '^https://[^\\s\\u0000-\\u001f\\u007f@]+$',
    mustBe: 'the https:// address of a push service',
  }),
  expirationTime: Type.Optional(Type.Union([Type.Number(), Type.Null()], { mustBe: 'a number or null' })),
  keys: closed({ p256dh: Base64url(128), auth: Base64url(64) }),
});
export type PushSubscriptionBody = Data<typeof PushSubscriptionBody>;

export const PushSubscription = closed({ id: Type.String(), createdAt: Timestamp });
export type PushSubscription = Data<typeof PushSubscription>;
export const PushSubscriptionPath = closed({ id: Id('a push subscription') });
