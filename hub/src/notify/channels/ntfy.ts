// ntfy, at ntfy.sh or a server of one's own: a message to a topic; a newer one of the same group takes its place (since ntfy 2.16).

import { clip } from '@agentcom/schemas';
import { closed, line } from '@agentcom/schemas/primitives';
import * as Type from 'typebox';
import { apiAddress } from './address.js';
import { channelKind, isClientFault, outcomeOf, parsed } from './channel.js';
import { clipped, groupToken, headline, paragraphs } from './wording.js';

const TITLE_CHARS = 250;
/** A longer one becomes an attachment. */
const MESSAGE_BYTES = 4_096;
const PRIORITY = { page: 5, warn: 4, info: 2 } as const;
/** Of a message that says that something is over. */
const CLOSED_PRIORITY = 2;
const ACTIONS_MAX = 3;

const Settings = closed({
  /** Default: https://ntfy.sh. */
  server: Type.Optional(apiAddress()),
  /** Whoever knows it may read and write it, unless the server protects it. */
  topic: Type.String({
    pattern: '^[A-Za-z0-9_-]{1,64}$',
    mustBe: 'at most 64 letters, digits, _ and -',
    secret: true,
  }),
  token: Type.Optional(
    line(256, { pattern: '^tk_[A-Za-z0-9]+$', mustBe: 'an access token, which begins with tk_', secret: true }),
  ),
});

export const ntfy = channelKind({
  manifest: {
    settings: Settings,
    limits: { gapMs: 0, textChars: MESSAGE_BYTES },
    canEdit: true,
    takesDigests: true,
  },
  async send({ message, settings, http }) {
    const { notification, links } = message;
    const { severity, state, group } = notification;
    const answer = await http.send({
      method: 'POST',
      url: (settings.server ?? 'https://ntfy.sh').replace(/\/*$/, '/'),
      headers: {
        'content-type': 'application/json',
        ...(settings.token !== undefined && { authorization: `Bearer ${settings.token}` }),
      },
      body: JSON.stringify({
        topic: settings.topic,
        title: clipped(headline(notification), TITLE_CHARS),
        message: clip(paragraphs(message).join('\n\n') || notification.title, MESSAGE_BYTES),
        priority: state === 'closed' ? CLOSED_PRIORITY : PRIORITY[severity],
        tags: [state === 'closed' ? 'white_check_mark' : severity === 'info' ? 'information_source' : 'warning'],
        sequence_id: groupToken(group),
        ...(links[0] !== undefined && { click: links[0].url }),
        actions: links.slice(0, ACTIONS_MAX).map(({ name, url }) => ({ action: 'view', label: name, url })),
      }),
    });
    return outcomeOf(answer, { refuses: isClientFault, detail: codeOf });
  },
});

function codeOf(body: string): string | undefined {
  const code = parsed(body)?.code;
  return typeof code === 'number' ? `ntfy error ${code}` : undefined;
}
