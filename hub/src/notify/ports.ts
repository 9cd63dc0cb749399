// Between what decides who is told and what tells them: notifications to send, channels to send them by, and how sending goes.

import type { ChannelKind, DeliveryState, Notification, Validated } from '@agentcom/schemas';

/** One notification for one channel. */
export interface Delivery {
  /** Of at most 128 letters, digits and . _ : -; what was given before under the same id is not sent again. */
  readonly id: string;
  readonly channel: string;
  readonly org: string | undefined;
  readonly notification: Notification;
  /** Whether the text of a task may leave. */
  readonly includeExcerpt: boolean;
  /** It may wait, and go out in one message with others. `info` always does. */
  readonly digest?: boolean;
}

/** Times of day in a time zone (`Europe/Berlin`), `HH:MM`; it may go past midnight. */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
}

/** As it is right now, its secrets in clear. */
export interface Channel {
  readonly kind: ChannelKind;
  readonly name: string;
  /** As the schema of its kind has them. */
  readonly settings: unknown;
  /** Nothing but pages goes out then. */
  readonly quietHours?: QuietHours;
  /** What waits for it is kept until it is enabled or gone. */
  readonly isDisabled: boolean;
}

/** Of the whole fleet, since every push service knows it by them: base64url, and who to write to (`mailto:` or `https:`). */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
  readonly subject: string;
}

/** What is known of each kind of channel. */
export interface ChannelKinds {
  /** The settings as the kind takes them, or what is wrong with which field. */
  validate(kind: ChannelKind, settings: unknown): Validated<object>;
  /** What may be shown: the settings that are no secrets, and of each secret that it is set, or where it leads. */
  shown(kind: ChannelKind, settings: object): ShownSettings;
}

export interface ShownSettings {
  readonly settings: object;
  readonly secrets: Readonly<Record<string, string>>;
}

/** What the sending side asks and tells. */
export interface NotifyPorts {
  /** Undefined for one that was removed: what waits for it is dropped. */
  channelOf(id: string): Channel | undefined;
  /** Whether what this one says is over is so again: it is kept back until people are told, or it is over again. */
  isSoAgain(closing: Notification): boolean;
  /** The provider will never take anything again: a subscription that ended, an address that answers 410. */
  onChannelGone(channel: string, why: string): void;
  /** The span of the task that it is about, where that is traced. */
  traceparentOf(notification: Pick<Notification, 'kind' | 'subjects'>): string | undefined;
  /** What links begin with; without it there are none. */
  publicUrl(): string | undefined;
  /** Undefined while there are none; then push is refused. */
  vapid(): VapidKeys | undefined;
}

/** What the deciding side calls. */
export interface Deliveries {
  /** Resolves when they are durable. Rejects when that is not known; the same may be given again. */
  deliver(deliveries: readonly Delivery[]): Promise<void>;
  /** At once, past the outbox and in quiet hours too: a test, or a page while nothing can be stored. Tried once, never rejects. */
  sendNow(delivery: Delivery): Promise<SendResult>;
  /** Channels whose newest delivery did not go out, for the rule ChannelFailing. */
  failing(): readonly FailingChannel[];
  /** Newest first. */
  list(query: DeliveryQuery): DeliveryPage;
  /** Sends a dead one again. False when there is none of that id. */
  replay(org: string | undefined, id: string): Promise<boolean>;
}

export type SendResult = { readonly kind: 'sent' } | { readonly kind: 'failed'; readonly why: string };

export interface FailingChannel {
  readonly channel: string;
  /** Of the first failure in a row, ms. */
  readonly since: number;
  readonly failures: number;
  /** What the last one said. */
  readonly why?: string | undefined;
}

export interface DeliveryStatus {
  readonly id: string;
  readonly channel: string;
  readonly org: string | undefined;
  /** Of the notification. */
  readonly group: string;
  readonly title: string;
  readonly state: DeliveryState;
  /** Since when it is in that state, ms. */
  readonly at: number;
  readonly attempts: number;
  /** Why the last try failed; without anything secret. */
  readonly why?: string;
  /** When it is tried next, or goes out with a digest or after quiet hours, ms. */
  readonly nextAt?: number;
}

export interface DeliveryQuery {
  readonly org: string | undefined;
  readonly channel?: string;
  readonly state?: DeliveryState;
  readonly limit: number;
  /** As the page before gave it. */
  readonly cursor?: string;
}

export interface DeliveryPage {
  readonly items: readonly DeliveryStatus[];
  readonly nextCursor: string | null;
}
