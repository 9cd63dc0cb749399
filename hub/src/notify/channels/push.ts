// A browser or phone that allowed notifications, by web push. One channel is one subscription.

import { ECDH } from 'node:crypto';
import { clip } from '@agentcom/schemas';
import { closed } from '@agentcom/schemas/primitives';
import * as Type from 'typebox';
import { webAddress } from './address.js';
import { channelKind, isClientFault, type Outcome, type Outgoing, outcomeOf, type Told } from './channel.js';
import { encryptPush } from './web-push.js';
import { clipped, groupToken, headline, paragraphs } from './wording.js';

const TITLE_CHARS = 200;
/** What every push service takes is 4,096 bytes once encrypted, 3,993 before; JSON doubles some characters. */
const TEXT_BYTES = 1_500;
const URL_CHARS = 500;
const PAYLOAD_BYTES_MAX = 3_993;
const HOUR_SECONDS = 3_600;
const TTL_SECONDS = { page: HOUR_SECONDS, warn: 12 * HOUR_SECONDS, info: 24 * HOUR_SECONDS } as const;
const URGENCY = { page: 'high', warn: 'normal', info: 'low' } as const;

const Settings = closed({
  endpoint: webAddress('https', "the https:// address of a browser's subscription"),
  p256dh: Type.String({
    pattern: '^[A-Za-z0-9_-]{87}$',
    mustBe: 'a public key of 65 bytes in base64url',
    secret: true,
  }),
  auth: Type.String({ pattern: '^[A-Za-z0-9_-]{22}$', mustBe: 'a secret of 16 bytes in base64url', secret: true }),
});

export const push = channelKind({
  manifest: {
    settings: Settings,
    problem: ({ p256dh }) =>
      isPoint(p256dh) ? undefined : { path: '/p256dh', message: 'must be a point of the curve P-256' },
    limits: { gapMs: 0, textChars: TEXT_BYTES },
    canEdit: true,
    takesDigests: true,
  },
  async send({ message, settings, http, vapid }): Promise<Outcome> {
    if (vapid === undefined) return { kind: 'refused', why: 'this hub has no keys for web push' };
    const { severity, group } = message.notification;
    const encrypted = await encryptPush(settings, payload(message), vapid).catch(() => undefined);
    // A point that is not on the curve, for one.
    if (encrypted === undefined) return { kind: 'refused', why: 'the keys of this subscription are not valid' };
    const answer = await http.send({
      method: 'POST',
      url: settings.endpoint,
      headers: {
        ...encrypted.headers,
        ttl: String(TTL_SECONDS[severity]),
        urgency: URGENCY[severity],
        topic: groupToken(group),
      },
      body: encrypted.body,
    });
    return outcomeOf(answer, { gone: [404, 410], refuses: isClientFault });
  },
});

function isPoint(key: string): boolean {
  try {
    ECDH.convertKey(key, 'prime256v1', 'base64url');
    return true;
  } catch {
    return false;
  }
}

/** For the service worker, which shows it and closes what it showed under the same tag. */
function payload(message: Outgoing): string {
  const { notification, links } = message;
  const { state, severity, group, since } = notification;
  const url = links.find((link) => link.url.length <= URL_CHARS)?.url;
  const tag = groupToken(group);
  const body = clip(paragraphs(message).join('\n'), TEXT_BYTES);
  const whole = { title: titleOf(notification), body, tag, state, severity, since, ...(url !== undefined && { url }) };
  const json = JSON.stringify(whole);
  return Buffer.byteLength(json) <= PAYLOAD_BYTES_MAX ? json : JSON.stringify({ ...whole, body: '' });
}

function titleOf(notification: Told): string {
  return clipped(headline(notification), TITLE_CHARS);
}
