// What the hub tells people: an alert, or a notice about a task they follow. One entry a group, changed in place, whichever channel shows it.

import type { Lane } from './names.js';

/** `page`: someone now. `warn`: today. `info`: in the digest. */
export const SEVERITIES = ['page', 'warn', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const NOTIFICATION_KINDS = ['alert', 'question', 'finished', 'dead'] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** Ways to reach people; each is one file in `hub/src/notify/channels/`. */
export const CHANNEL_KINDS = ['webhook', 'slack', 'mail', 'push', 'pagerduty', 'ntfy'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/**
 * How it is with one notification for one channel. `skipped`: a newer state of its group went out instead, or its channel was removed. `dead`: the
 * hub gave up; it can be replayed.
 */
export const DELIVERY_STATES = ['queued', 'retrying', 'sent', 'skipped', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const SUBJECT_KINDS = [
  'task',
  'agent',
  'lane',
  'repo',
  'runner',
  'address',
  'stream',
  'channel',
  'hub',
  'key',
  'limit',
] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

/** What a person or a route can look a notification up by, and a click leads to. */
export interface Subject {
  readonly kind: SubjectKind;
  readonly id: string;
  readonly name: string;
}

export interface Notification {
  /** UUIDv7; a channel that gets the same one twice sends it once. */
  readonly id: string;
  /** What is changed in place: `alert:<org>:<Rule>` or `task:<id>`. */
  readonly group: string;
  /** Undefined for what concerns the hub itself; then it goes to those who run the hub. */
  readonly org: string | undefined;
  readonly kind: NotificationKind;
  /** `closed`: solved, everywhere. */
  readonly state: 'open' | 'closed';
  readonly severity: Severity;
  /** The name of who takes care of it, as long as somebody does. */
  readonly acknowledgedBy?: string;
  /** Of an alert. */
  readonly rule?: string;
  /** Since when it is so, and of when this says it, ms. */
  readonly since: number;
  readonly at: number;
  /** One line: what is wrong, or what happened. */
  readonly title: string;
  /** How far past which limit, what changed lately, the likely cause; no text of a task. */
  readonly text: string;
  /** One next action. */
  readonly next?: string;
  /** Paths of the hub (`/alerts/…`); the sender puts its address before them. */
  readonly links: readonly { readonly name: string; readonly path: string }[];
  readonly subjects: readonly Subject[];
  /** Of how many things it speaks; `subjects` has the first 20. */
  readonly count: number;
  readonly lane?: Lane;
  readonly labels?: Readonly<Record<string, string>>;
  readonly repo?: string;
  /** Of the task it is about: who submitted it, and text of the task, which leaves only where a route allows it. */
  readonly submitter?: string;
  readonly excerpt?: string;
  /** 0 at first; how often it was passed on because nobody acknowledged it. */
  readonly escalation: number;
}
