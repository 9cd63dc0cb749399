// Mail by SMTP, as text and HTML. The messages of one group are one thread.

import { isIPv6 } from 'node:net';
import { LIMITS } from '@agentcom/schemas';
import { closed, integer, line, list, MailAddress, oneOf } from '@agentcom/schemas/primitives';
import * as Type from 'typebox';
import { domainOf, type Mail, SMTP_PORTS, sendMail } from '../smtp.js';
import { channelKind, type Link, type Outcome, type Outgoing, parsed } from './channel.js';
import { clipped, headline, paragraphs } from './wording.js';

const SUBJECT_CHARS = 200;
const TEXT_CHARS = 50_000;

const Settings = closed({
  host: line(253, { pattern: '^[A-Za-z0-9.:_-]+$', mustBe: 'the name or address of a mail server' }),
  port: Type.Optional(integer(1, 65_535)),
  /** `tls` from the first byte, `starttls` before anything else is said; default `starttls`. */
  security: Type.Optional(oneOf(['tls', 'starttls', 'none'])),
  user: Type.Optional(line(254)),
  password: Type.Optional(line(LIMITS.urlChars, { secret: true })),
  from: MailAddress,
  to: list(MailAddress, 20, { minItems: 1 }),
});

export const mail = channelKind({
  manifest: {
    settings: Settings,
    problem: ({ host, user, password, security }) => {
      if (!isMailHost(host)) return { path: '/host', message: 'must be a name or an address; the port goes to port' };
      if ((user === undefined) !== (password === undefined))
        return { path: '/password', message: 'is needed with user, and only with it' };
      return security === 'none' && password !== undefined
        ? { path: '/security', message: 'must be tls or starttls when there is a password' }
        : undefined;
    },
    limits: { gapMs: 1_000, textChars: TEXT_CHARS },
    // What is out stays as it is; the next one stands below it.
    canEdit: false,
    takesDigests: true,
  },
  async send({ message, settings, http }): Promise<Outcome> {
    const { security = 'starttls', to, ...given } = settings;
    const thread = threadOf(message, settings.from);
    const server = { ...given, security, port: settings.port ?? SMTP_PORTS[security] };
    const outcome = await sendMail(server, { to, ...thread.headers, ...content(message) }, http);
    return outcome.kind === 'sent' ? { kind: 'sent', ref: JSON.stringify(thread.first) } : outcome;
  },
});

/** No port behind it, and no number that is no address. */
function isMailHost(host: string): boolean {
  return isIPv6(host) || (!host.includes(':') && URL.canParse(`http://${host}`));
}

/** Of the message that began a thread. */
interface First {
  readonly id: string;
  readonly subject: string;
}

type Texts = Omit<Mail, 'to'>;

interface Thread {
  readonly first: First;
  readonly headers: Texts;
}

/** The same message has the same id in every try, so that a mailbox shows it once. A thread keeps its subject: some readers need both. */
function threadOf({ id, ref, notification }: Outgoing, from: string): Thread {
  const messageId = `<${id}@${domainOf(from)}>`;
  const first = firstOf(ref);
  if (first !== undefined) {
    const headers = { messageId, subject: `Re: ${first.subject}`, inReplyTo: first.id, references: [first.id] };
    return { first, headers };
  }
  const subject = clipped(`AgentCom: ${notification.title}`, SUBJECT_CHARS);
  return { first: { id: messageId, subject }, headers: { messageId, subject } };
}

function firstOf(ref: string | undefined): First | undefined {
  const { id, subject } = (ref === undefined ? undefined : parsed(ref)) ?? {};
  return typeof id === 'string' && typeof subject === 'string' ? { id, subject } : undefined;
}

function content(message: Outgoing): Texts {
  const { notification, links } = message;
  const [head, parts] = [headline(notification), paragraphs(message).map((part) => clipped(part, TEXT_CHARS))];
  const isUrgent = notification.severity === 'page' && notification.state === 'open';
  return {
    text: [head, ...parts, links.map(({ name, url }) => `${name}: ${url}`).join('\n')].join('\n\n'),
    html: html(head, parts, links),
    priority: isUrgent ? 'high' : 'normal',
  };
}

function html(head: string, parts: readonly string[], links: readonly Link[]): string {
  const anchors = links.map(({ name, url }) => `<a href="${escaped(url)}">${escaped(name)}</a>`).join(' · ');
  const lines = (text: string) => escaped(text).replaceAll('\n', '<br>');
  return `<p><strong>${lines(head)}</strong></p>${parts.map((part) => `<p>${lines(part)}</p>`).join('')}<p>${anchors}</p>`;
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? '');
}
