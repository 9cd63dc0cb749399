// Slack, as an app with a token (one message a group, changed in place, with what happened in its thread) or by an incoming webhook.

import { type Data, LIMITS } from '@agentcom/schemas';
import { closed, LabelFilter, line, list } from '@agentcom/schemas/primitives';
import * as Type from 'typebox';
import type { OutAnswer, OutFailure } from '../http-out.js';
import { apiAddress, webAddress } from './address.js';
import {
  channelKind,
  codeWord,
  isClientFault,
  type Outcome,
  type Outgoing,
  outcomeOf,
  parsed,
  type Sending,
  type Told,
} from './channel.js';
import { clipped, headline, paragraphs } from './wording.js';

const API = 'https://slack.com/api';
/** Of the text of one block. */
const BLOCK_CHARS = 3_000;
const CHANNEL = '^(?:[CDG][A-Z0-9]{6,20}|#[^\\s#@,]{1,80})$';

const ChannelName = Type.String({ pattern: CHANNEL, mustBe: 'the id of a channel such as C0123456789, or #name' });

const Settings = closed({
  /** Of an app with the scope `chat:write`. */
  token: Type.Optional(
    line(512, { pattern: '^xox[a-z]-[A-Za-z0-9-]+$', mustBe: "an app's token, which begins with xoxb-", secret: true }),
  ),
  channel: Type.Optional(ChannelName),
  /** Other channels for what is about tasks with these labels; the first that fits. */
  byLabel: Type.Optional(list(closed({ label: LabelFilter, channel: ChannelName }), 50)),
  /** A label whose value is the channel for what is about its task. */
  channelLabel: Type.Optional(line(LIMITS.labelKeyChars)),
  /** Of an incoming webhook, instead of token and channel. */
  url: Type.Optional(webAddress('https', 'the https:// address of an incoming webhook')),
  /** Instead of https://slack.com/api; for a gateway in between. */
  api: Type.Optional(apiAddress()),
});
type Settings = Data<typeof Settings>;

export const slack = channelKind({
  manifest: {
    settings: Settings,
    problem: ({ token, channel, url, ...more }) => {
      if ((token === undefined) === (url === undefined))
        return { path: '/token', message: 'needs either token and channel, or the url of an incoming webhook' };
      const [unused] = Object.keys({ ...(channel !== undefined && { channel }), ...more });
      if (url !== undefined && unused !== undefined)
        return { path: `/${unused}`, message: 'must be absent with url: an incoming webhook posts to its own channel' };
      return token !== undefined && channel === undefined
        ? { path: '/channel', message: 'is required with token' }
        : undefined;
    },
    // One message a second and channel.
    limits: { gapMs: 1_000, textChars: BLOCK_CHARS },
    canEdit: true,
    takesDigests: true,
  },
  send: (sending) => (sending.settings.url === undefined ? byToken(sending) : byWebhook(sending, sending.settings.url)),
});

async function byWebhook({ message, http }: Sending<Settings>, url: string): Promise<Outcome> {
  const answer = await post(http, url, {}, content(message));
  const detail = (body: string) => codeWord(body.trim());
  return outcomeOf(answer, { gone: [404, 410], refuses: isClientFault, detail });
}

/** Where a group's message is. */
interface Place {
  readonly channel: string;
  readonly ts: string;
}

async function byToken(sending: Sending<Settings>): Promise<Outcome> {
  const { message } = sending;
  const place = placeOf(message.ref);
  if (place === undefined) return posted(sending);
  const updated = await call(sending, 'chat.update', { ...place, ...content(message) });
  // Somebody deleted it, or it is too old to be changed: the group gets a new one.
  if (updated.kind === 'refused' && MISSING.some((code) => updated.why.includes(code))) return posted(sending);
  if (updated.kind !== 'sent') return updated;
  const logged = await call(sending, 'chat.postMessage', {
    channel: place.channel,
    thread_ts: place.ts,
    text: clipped(escaped(headline(message.notification)), BLOCK_CHARS),
    // A change in place reaches no phone.
    reply_broadcast: isLouder(message.notification),
  });
  return logged.kind === 'sent' ? { kind: 'sent', ...(message.ref !== undefined && { ref: message.ref }) } : logged;
}

async function posted(sending: Sending<Settings>): Promise<Outcome> {
  const channel = channelFor(sending.settings, sending.message.notification);
  return call(sending, 'chat.postMessage', { channel, ...content(sending.message), unfurl_links: false });
}

async function call({ settings, http }: Sending<Settings>, method: string, body: object): Promise<Outcome> {
  const url = `${(settings.api ?? API).replace(/\/+$/, '')}/${method}`;
  const answer = await post(http, url, { authorization: `Bearer ${settings.token}` }, body);
  return ofCall(answer);
}

/** Slack answers most refusals with status 200 and a word. */
function ofCall(answer: OutAnswer | OutFailure): Outcome {
  const byStatus = outcomeOf(answer, { refuses: isClientFault });
  if (answer.kind === 'failed' || byStatus.kind !== 'sent') return byStatus;
  const said = parsed(answer.body);
  if (said?.ok === true) {
    const { channel, ts } = said;
    return typeof channel === 'string' && typeof ts === 'string'
      ? { kind: 'sent', ref: JSON.stringify({ channel, ts }) }
      : { kind: 'sent' };
  }
  const code = codeWord(said?.error);
  if (code === undefined) return { kind: 'retry', why: 'answered with something that is not from Slack' };
  const why = `Slack answered ${code}`;
  if (PASSING.has(code))
    return { kind: 'retry', why, ...(answer.retryAfterMs !== undefined && { afterMs: answer.retryAfterMs }) };
  return GONE.has(code) ? { kind: 'gone', why } : { kind: 'refused', why };
}

const MISSING = ['message_not_found', 'cant_update_message', 'edit_window_closed'];
const GONE = new Set(['account_inactive', 'token_revoked', 'token_expired', 'is_archived']);
const PASSING = new Set([
  ...['ratelimited', 'rate_limited', 'internal_error', 'fatal_error', 'service_unavailable', 'request_timeout'],
  ...['team_added_to_org', 'external_channel_migrating', 'message_limit_exceeded'],
]);

function post(http: Sending<Settings>['http'], url: string, headers: Record<string, string>, body: object) {
  return http.send({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  });
}

function content(message: Outgoing): object {
  const head = escaped(headline(message.notification));
  const links = message.links.map(({ name, url }) => `<${url}|${escaped(name).replaceAll('|', ' ')}>`).join('  ');
  // Links whole or not at all.
  const room = BLOCK_CHARS - links.length - 1;
  const body = clipped([`*${head}*`, ...paragraphs(message).map(escaped)].join('\n'), room);
  return {
    text: clipped(head, BLOCK_CHARS),
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: links === '' ? body : `${body}\n${links}` } }],
  };
}

/** The three characters that mean something to Slack; without them, no text can mention or link anything. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function isLouder({ state, escalation, acknowledgedBy }: Told): boolean {
  return state === 'open' && escalation > 0 && acknowledgedBy === undefined;
}

function channelFor({ channel = '', byLabel = [], channelLabel }: Settings, { labels = {} }: Told): string {
  const named = channelLabel === undefined ? undefined : labels[channelLabel];
  if (named !== undefined && new RegExp(CHANNEL).test(named)) return named;
  return byLabel.find(({ label }) => hasLabel(labels, label))?.channel ?? channel;
}

function hasLabel(labels: Readonly<Record<string, string>>, filter: string): boolean {
  const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(filter) ?? [];
  return Object.hasOwn(labels, name) && (value === undefined || labels[name] === value);
}

function placeOf(ref: string | undefined): Place | undefined {
  const { channel, ts } = (ref === undefined ? undefined : parsed(ref)) ?? {};
  return typeof channel === 'string' && typeof ts === 'string' ? { channel, ts } : undefined;
}
