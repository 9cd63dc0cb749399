// A web address of somebody's own: a CloudEvents 1.0 envelope, signed as Standard Webhooks has it.

import { clip } from '@agentcom/schemas';
import { closed, line } from '@agentcom/schemas/primitives';
import * as Type from 'typebox';
import { webAddress } from './address.js';
import { channelKind, type Outgoing, outcomeOf, type Told } from './channel.js';

const EXCERPT_BYTES = 16_384;
/** As Standard Webhooks writes secrets; any other text counts as it is. */
const STANDARD = /^whsec_(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const SECRET = line(200, {
  pattern: '^[\\x21-\\x7e]{8,200}$',
  mustBe: 'at least 8 characters without spaces; best whsec_ and 32 random bytes in base64',
  secret: true,
});

const Settings = closed({
  url: webAddress('any', 'an http:// or https:// address without credentials'),
  /** Without it the messages are not signed. */
  secret: Type.Optional(SECRET),
  /** While it is rotated: the receiver accepts either. */
  previousSecret: Type.Optional(SECRET),
  /** Whether the address may be a private one. */
  allowPrivate: Type.Optional(Type.Boolean()),
});

export const webhook = channelKind({
  manifest: {
    settings: Settings,
    limits: { gapMs: 0, textChars: 65_536 },
    canEdit: true,
    // A program reads it: one event for each change.
    takesDigests: false,
  },
  async send({ message, settings, http, now, publicUrl }) {
    const body = JSON.stringify(cloudEvent(message, publicUrl));
    const { url, secret, previousSecret, allowPrivate = false } = settings;
    const secrets = [secret, previousSecret].filter((one) => one !== undefined);
    const signature = secrets.length === 0 ? {} : await signed(secrets, message.id, now, body);
    const answer = await http.send({
      method: 'POST',
      url,
      allowPrivate,
      headers: {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'user-agent': 'AgentCom',
        'webhook-id': message.id,
        'webhook-timestamp': String(Math.floor(now / 1000)),
        ...signature,
      },
      body,
    });
    // Whatever is wrong with the receiver may be mended within the day, but a message that is too large is not.
    return outcomeOf(answer, { gone: [410], refuses: (status) => status === 413 });
  },
});

async function signed(secrets: readonly string[], id: string, now: number, body: string) {
  // Not an ES module: bundled, it has nothing but its default.
  const { Webhook } = (await import('standardwebhooks')).default;
  const keyOf = (secret: string) =>
    STANDARD.test(secret) ? new Webhook(secret) : new Webhook(secret, { format: 'raw' });
  const signatures = secrets.map((secret) => keyOf(secret).sign(id, new Date(now), body));
  return { 'webhook-signature': signatures.join(' ') };
}

/** In structured mode. `data` is the notification with full addresses for its links. */
function cloudEvent({ id, notification, excerpt, links }: Outgoing, publicUrl: string | undefined): object {
  return {
    specversion: '1.0',
    id,
    source: publicUrl ?? 'urn:agentcom:hub',
    type: typeOf(notification),
    subject: notification.group,
    time: new Date(notification.at).toISOString(),
    datacontenttype: 'application/json',
    data: { ...notification, links, ...(excerpt !== undefined && { excerpt: clip(excerpt, EXCERPT_BYTES) }) },
  };
}

function typeOf({ kind, state, acknowledgedBy }: Told): string {
  const phase = state === 'closed' ? 'closed' : acknowledgedBy === undefined ? 'open' : 'acknowledged';
  return `agentcom.${kind}.${phase}`;
}
