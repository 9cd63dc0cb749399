// A web address of somebody's own: a CloudEvents 1.0 envelope, signed as Standard Webhooks has it.

import { clip } from '@agentcom/schemas';
import { closed, line, list, WebUrl } from '@agentcom/schemas/primitives';
import { channelKind, type Outgoing, outcomeOf, type Told } from './channel.js';

const EXCERPT_BYTES = 16_384;
const SECRET = line(200, {
  pattern: '^whsec_[A-Za-z0-9+/]{32,160}={0,2}$',
  mustBe: 'whsec_ and 24 to 120 random bytes in base64',
  secret: true,
});

const Settings = closed({
  url: WebUrl,
  /** The receiver accepts either while they are rotated: the new one first. */
  secrets: list(SECRET, 2, { minItems: 1, secret: true }),
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
    const signature = await signatures(settings.secrets, message.id, now, body);
    const answer = await http.send({
      method: 'POST',
      url: settings.url,
      headers: {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'user-agent': 'AgentCom',
        'webhook-id': message.id,
        'webhook-timestamp': String(Math.floor(now / 1000)),
        'webhook-signature': signature,
      },
      body,
    });
    // Whatever is wrong with the receiver may be mended within the day, but a message that is too large is not.
    return outcomeOf(answer, { gone: [410], refuses: (status) => status === 413 });
  },
});

async function signatures(secrets: readonly string[], id: string, now: number, body: string): Promise<string> {
  const { Webhook } = await import('standardwebhooks');
  return secrets.map((secret) => new Webhook(secret).sign(id, new Date(now), body)).join(' ');
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
