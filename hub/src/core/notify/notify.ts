// Who is told: the channels and routes of an organisation, the browsers of those who follow tasks, and the notifications that no outbox has yet.

import type { ChannelKind, Lane, Notification, NotificationKind, QuietHours, Severity } from '@agentcom/schemas';

export interface NotificationChannel {
  readonly id: string;
  readonly org: string;
  readonly kind: ChannelKind;
  /** No two of an organisation share one. */
  name: string;
  /** Sealed with the hub's secret key, which is not in the journal. */
  settings: string;
  quietHours?: QuietHours | undefined;
  /** Why it is disabled; absent while it is not. */
  disabled?: string | undefined;
  readonly by: string;
  readonly createdAt: number;
}

/** Each condition must hold; one that is absent always does. */
export interface RouteMatch {
  readonly kind?: readonly NotificationKind[];
  readonly severity?: readonly Severity[];
  readonly rule?: readonly string[];
  readonly lane?: readonly Lane[];
  /** `name` or `name=value`; all of them. */
  readonly label?: readonly string[];
  /** Patterns. */
  readonly repo?: readonly string[];
}

export interface Route {
  readonly match: RouteMatch;
  /** Ids. */
  readonly channels: readonly string[];
  readonly escalation?: readonly string[];
  readonly excerpts?: boolean;
  readonly digest?: boolean;
  readonly continue?: boolean;
}

/** A browser of somebody who follows tasks. */
export interface PushSubscription {
  readonly id: string;
  readonly org: string;
  /** Whose it is, as histories name callers. */
  readonly by: string;
  /** Of its endpoint, so that a browser that subscribes again is known. */
  readonly digest: string;
  /** Sealed, as of a channel of the kind `push`. */
  readonly settings: string;
  readonly createdAt: number;
}

/** Of the whole hub: every push service knows it by them. */
export interface PushKeys {
  readonly publicKey: string;
  /** Sealed. */
  readonly privateKey: string;
}

/** Of one organisation; there while it has any of it. */
export interface OrgNotify {
  /** By id, oldest first, as all that follows. */
  readonly channels: Map<string, NotificationChannel>;
  routes: readonly Route[];
  /** By whose they are. */
  readonly subscriptions: Map<string, PushSubscription[]>;
}

export class NotifyState {
  readonly orgs = new Map<string, OrgNotify>();
  /** By id, of all organisations. */
  readonly channels = new Map<string, NotificationChannel>();
  readonly subscriptions = new Map<string, PushSubscription>();
  pushKeys: PushKeys | undefined;
  /** What no outbox has yet, by id, oldest first. */
  readonly pending = new Map<string, Notification>();
  /** The one that is pending, by group. */
  readonly pendingOf = new Map<string, string>();

  ofOrg(org: string): OrgNotify {
    let own = this.orgs.get(org);
    if (own === undefined) {
      own = { channels: new Map(), routes: [], subscriptions: new Map() };
      this.orgs.set(org, own);
    }
    return own;
  }

  /** An organisation that wants to be told nothing costs its tasks one look. */
  tidy(org: string): void {
    const own = this.orgs.get(org);
    if (own !== undefined && own.channels.size + own.subscriptions.size + own.routes.length === 0)
      this.orgs.delete(org);
  }
}

/** What the default route takes; it is made with the first channel. */
export const DEFAULT_MATCH: RouteMatch = { kind: ['alert'], severity: ['page', 'warn'] };
