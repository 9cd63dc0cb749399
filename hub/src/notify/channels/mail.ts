// Mail by SMTP, as text and HTML. The messages of one group are one thread.

import { isIP } from 'node:net';
import { LIMITS } from '@agentcom/schemas';
import { codeOf } from '@agentcom/schemas/host';
import { closed, integer, line, list, oneOf } from '@agentcom/schemas/primitives';
import type { SendMailOptions } from 'nodemailer';
import * as Type from 'typebox';
import { unlessAborted } from '../../lifecycle.js';
import { channelKind, type Link, type Outcome, type Outgoing, parsed } from './channel.js';
import { clipped, headline, paragraphs } from './wording.js';

const SUBJECT_CHARS = 200;
const TEXT_CHARS = 50_000;
/** The whole conversation may take so many times what one exchange may: a server takes its time to accept a message. */
const EXCHANGES = 3;
const RESPONSE_BYTES = 65_536;
const PORTS = { tls: 465, starttls: 587, none: 25 } as const;

const Address = line(254, {
  pattern: '^[^\\s@<>(),;:"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$',
  mustBe: 'a mail address such as oncall@example.com',
});

const Settings = closed({
  host: line(253, { pattern: '^[A-Za-z0-9.:_-]+$', mustBe: 'the name or address of a mail server' }),
  port: Type.Optional(integer(1, 65_535)),
  /** `tls` from the first byte, `starttls` before anything else is said; default `starttls`. */
  security: Type.Optional(oneOf(['tls', 'starttls', 'none'])),
  user: Type.Optional(line(254)),
  password: Type.Optional(line(LIMITS.urlChars, { secret: true })),
  from: Address,
  to: list(Address, 20, { minItems: 1 }),
});

export const mail = channelKind({
  manifest: {
    settings: Settings,
    problem: ({ user, password, security }) => {
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
    const { security = 'starttls', host, port = PORTS[security], user, password, from, to } = settings;
    const timeoutMs = EXCHANGES * http.timeoutMs;
    // Loaded first: nothing listens to the connection until it is handed over.
    const { createTransport } = await import('nodemailer');
    const dialled = await http.dial(host, port);
    if (dialled.kind === 'failed') return { kind: dialled.isPassing ? 'retry' : 'refused', why: dialled.why };
    const { socket, trust } = dialled;
    const transport = createTransport({
      host,
      port,
      connection: socket,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      tls: { ...(isIP(host) === 0 && { servername: host }), ...(trust !== undefined && { secureContext: trust }) },
      ...(user !== undefined && password !== undefined && { auth: { user, pass: password } }),
      name: domainOf(from),
      maxResponseSize: RESPONSE_BYTES,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const thread = threadOf(message, from);
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new Error('timeout')), timeoutMs);
    try {
      await unlessAborted(
        transport.sendMail({ from, to: [...to], ...thread.headers, ...content(message) }),
        deadline.signal,
      );
      return { kind: 'sent', ref: JSON.stringify(thread.first) };
    } catch (error) {
      return failureOf(error, host, deadline.signal.aborted);
    } finally {
      clearTimeout(timer);
      transport.close();
      socket.destroy();
    }
  },
});

/** Of the message that began a thread. */
interface First {
  readonly id: string;
  readonly subject: string;
}

interface Thread {
  readonly first: First;
  readonly headers: SendMailOptions;
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

function content(message: Outgoing): SendMailOptions {
  const { notification, links } = message;
  const [head, parts] = [headline(notification), paragraphs(message).map((part) => clipped(part, TEXT_CHARS))];
  const isUrgent = notification.severity === 'page' && notification.state === 'open';
  return {
    text: [head, ...parts, links.map(({ name, url }) => `${name}: ${url}`).join('\n')].join('\n\n'),
    html: html(head, parts, links),
    priority: isUrgent ? 'high' : 'normal',
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
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

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** The words of a server may repeat what was said to it: only its number is shown. */
function failureOf(error: unknown, host: string, isLate: boolean): Outcome {
  const { responseCode: status } = error as { readonly responseCode?: unknown };
  const code = codeOf(error);
  if (typeof status === 'number' && status >= 500)
    return {
      kind: 'refused',
      why: code === 'EAUTH' ? `${host} rejects the user name and password` : `${host} answered with SMTP ${status}`,
    };
  if (typeof status === 'number') return { kind: 'retry', why: `${host} answered with SMTP ${status}` };
  const why = isLate ? 'does not answer in time' : (FAULTS[code ?? ''] ?? `failed (${code ?? 'unknown error'})`);
  return { kind: 'retry', why: `${host} ${why}` };
}

const FAULTS: Readonly<Record<string, string>> = {
  ECONNECTION: 'closed the connection',
  ETIMEDOUT: 'does not answer in time',
  ESOCKET: 'cannot be talked to; check port, security and certificate',
  ETLS: 'offers no TLS that this hub can use; check port, security and certificate',
  EPROTOCOL: 'does not speak SMTP',
};
