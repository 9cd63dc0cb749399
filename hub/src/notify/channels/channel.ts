// What a kind of channel is: how its settings look, what its provider takes, and how one notification is sent by it.

import type { Data, Notification, TSchema } from '@agentcom/schemas';
import type { HttpOut, OutAnswer, OutFailure } from '../http-out.js';
import type { VapidKeys } from '../ports.js';

export interface Link {
  readonly name: string;
  readonly url: string;
}

/** A notification without what leaves only by other fields of `Outgoing`. */
export type Told = Omit<Notification, 'excerpt' | 'links'>;

/** What goes out: a notification, or several in one. */
export interface Outgoing {
  /** The same in every try; a provider that knows it takes it once. */
  readonly id: string;
  readonly notification: Told;
  /** Text of the task, where it may leave. */
  readonly excerpt: string | undefined;
  readonly links: readonly Link[];
  /** What was answered when the group was sent by this channel before, if its message is still open. */
  readonly ref: string | undefined;
}

export type Outcome =
  /** `ref`: what the next message of the group needs, at most `REF_CHARS_MAX`. */
  | { readonly kind: 'sent'; readonly ref?: string }
  | { readonly kind: 'retry'; readonly why: string; readonly afterMs?: number }
  /** Nothing will be taken here any more. */
  | { readonly kind: 'gone'; readonly why: string }
  /** This will not be taken, however often it is tried. */
  | { readonly kind: 'refused'; readonly why: string };

export const REF_CHARS_MAX = 1_024;

export interface Sending<Settings> {
  readonly message: Outgoing;
  readonly settings: Settings;
  readonly http: HttpOut;
  /** ms since 1970. */
  readonly now: number;
  /** The address of this hub. */
  readonly publicUrl: string | undefined;
  readonly vapid: VapidKeys | undefined;
}

export interface ChannelLimits {
  /** Between two messages. */
  readonly gapMs: number;
  /** Characters of one message, as its provider counts them. */
  readonly textChars: number;
}

export interface ChannelManifest<Schema extends TSchema = TSchema> {
  /** Closed and bounded. Fields that are `secret` are neither returned nor logged. */
  readonly settings: Schema;
  /** What the schema cannot say about fields together, as a sentence that begins with `must` or `needs`. */
  readonly problem?: (settings: Data<Schema>) => { readonly path: string; readonly message: string } | undefined;
  readonly limits: ChannelLimits;
  /** Whether a message that is out can be changed in place. */
  readonly canEdit: boolean;
  /** Whether several notifications may be put into one message; not where each has to be closed by itself. */
  readonly takesDigests: boolean;
}

export interface ChannelKindOf<Schema extends TSchema> {
  readonly manifest: ChannelManifest<Schema>;
  /** Never rejects. */
  send(sending: Sending<Data<Schema>>): Promise<Outcome>;
}

/** Keeps the type of the settings for `send`. */
export function channelKind<Schema extends TSchema>(kind: ChannelKindOf<Schema>): ChannelKindOf<Schema> {
  return kind;
}

/** By status, as most providers mean it. Of what `refuses`, no further try is made. */
export function outcomeOf(
  answer: OutAnswer | OutFailure,
  { gone = [], refuses = () => false, detail }: AnswerRules = {},
): Outcome {
  if (answer.kind === 'failed') return { kind: answer.isPassing ? 'retry' : 'refused', why: answer.why };
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: 'sent' };
  const said = detail?.(answer.body);
  const why = `answered with HTTP ${status}${said === undefined ? '' : ` (${said})`}`;
  if (gone.includes(status)) return { kind: 'gone', why };
  if (status >= 300 && status < 400)
    return { kind: 'refused', why: `${why}: redirects are not followed; give the final address` };
  if (refuses(status)) return { kind: 'refused', why };
  return { kind: 'retry', why, ...(answer.retryAfterMs !== undefined && { afterMs: answer.retryAfterMs }) };
}

export interface AnswerRules {
  /** Statuses by which an address has gone for good. */
  readonly gone?: readonly number[];
  readonly refuses?: (status: number) => boolean;
  /** What the provider says about it; only words of its documentation, since a text may repeat what was sent. */
  readonly detail?: (body: string) => string | undefined;
}

/** A client's fault, that no further try mends: not one that passes, such as too many requests. */
export function isClientFault(status: number): boolean {
  return status >= 400 && status < 500 && ![408, 425, 429].includes(status);
}

/** A word out of an answer, if it is one such as `channel_not_found`. */
export function codeWord(value: unknown): string | undefined {
  return typeof value === 'string' && /^[a-z][a-z0-9_]{0,63}$/.test(value) ? value : undefined;
}

export function parsed(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
