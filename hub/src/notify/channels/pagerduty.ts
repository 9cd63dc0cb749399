// PagerDuty's Events API v2: one incident a group, triggered, acknowledged and resolved by it.

import { clip } from '@agentcom/schemas';
import { closed, line, oneOf } from '@agentcom/schemas/primitives';
import * as Type from 'typebox';
import { apiAddress } from './address.js';
import { channelKind, isClientFault, type Outgoing, outcomeOf, type Told } from './channel.js';
import { clipped, groupToken, paragraphs } from './wording.js';

const HOSTS = { us: 'https://events.pagerduty.com', eu: 'https://events.eu.pagerduty.com' } as const;
const SUMMARY_CHARS = 1_024;
const DEDUP_KEY_CHARS = 255;
const DETAIL_BYTES = 32_768;
const SEVERITIES = { page: 'critical', warn: 'warning', info: 'info' } as const;

const Settings = closed({
  /** The integration key of an Events API v2 integration. */
  routingKey: line(32, {
    pattern: '^[A-Za-z0-9]{32}$',
    mustBe: 'an integration key of 32 letters and digits',
    secret: true,
  }),
  region: Type.Optional(oneOf(['us', 'eu'])),
  /** Instead of PagerDuty's own; for a gateway in between. */
  api: Type.Optional(apiAddress()),
});

export const pagerduty = channelKind({
  manifest: {
    settings: Settings,
    limits: { gapMs: 500, textChars: SUMMARY_CHARS },
    canEdit: true,
    // Each incident is resolved by itself.
    takesDigests: false,
  },
  async send({ message, settings, http, publicUrl }) {
    const host = settings.api ?? HOSTS[settings.region ?? 'us'];
    const answer = await http.send({
      method: 'POST',
      url: `${host.replace(/\/+$/, '')}/v2/enqueue`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ routing_key: settings.routingKey, ...event(message, publicUrl) }),
    });
    return outcomeOf(answer, { refuses: isClientFault });
  },
});

function event(message: Outgoing, publicUrl: string | undefined): object {
  const { notification, links } = message;
  const { group, title, severity, at, kind, rule, subjects, count } = notification;
  const action = actionOf(notification);
  const key = group.length <= DEDUP_KEY_CHARS ? group : groupToken(group);
  if (action !== 'trigger') return { event_action: action, dedup_key: key };
  return {
    event_action: action,
    dedup_key: key,
    client: 'AgentCom',
    ...(publicUrl !== undefined && { client_url: publicUrl }),
    payload: {
      summary: clipped(title, SUMMARY_CHARS),
      source: publicUrl === undefined ? 'agentcom' : new URL(publicUrl).host,
      severity: SEVERITIES[severity],
      timestamp: new Date(at).toISOString(),
      class: rule ?? kind,
      custom_details: {
        text: clip(paragraphs(message).join('\n\n'), DETAIL_BYTES),
        count,
        subjects: subjects.map(({ kind: what, name }) => `${what} ${name}`),
      },
    },
    links: links.map(({ name, url }) => ({ href: url, text: name })),
  };
}

function actionOf({ state, acknowledgedBy }: Told): 'trigger' | 'acknowledge' | 'resolve' {
  if (state === 'closed') return 'resolve';
  return acknowledgedBy === undefined ? 'trigger' : 'acknowledge';
}
