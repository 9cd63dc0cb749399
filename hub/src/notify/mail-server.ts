// The mail server that the settings of a hub name.

import type { HubSettings } from '@agentcom/schemas';
import { isLoopback } from '@agentcom/schemas/host/network/proxy';
import { SMTP_PORTS, type SmtpServer } from './smtp.js';

type MailSettings = Pick<HubSettings, 'mailUrl' | 'mailPassword' | 'mailFrom' | 'publicUrl'>;

/** Undefined when nothing is set up. Throws where it is not whole. */
export function mailServerOf({ mailUrl, mailPassword, mailFrom, publicUrl }: MailSettings): SmtpServer | undefined {
  if (mailUrl === undefined && mailPassword === undefined && mailFrom === undefined) return undefined;
  if (mailUrl === undefined || mailFrom === undefined) throw new Error('to send mail, set both mailUrl and mailFrom');
  if (publicUrl === undefined) throw new Error('to send mail, set publicUrl as well: the links in mails lead there');
  const url = URL.canParse(mailUrl) ? new URL(mailUrl) : undefined;
  const user = url && decoded(url.username);
  if (url === undefined || user === undefined)
    throw new Error('mailUrl cannot be read: write it as smtps://USER@HOST:PORT, with %40 for an @ in USER');
  if ((user === '') !== (mailPassword === undefined))
    throw new Error('to sign in at the mail server, set both the user in mailUrl and mailPassword');
  const security = url.protocol === 'smtps:' ? 'tls' : isLoopback(url) ? 'none' : 'starttls';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? SMTP_PORTS[security] : Number(url.port),
    security,
    ...(user !== '' && { user, password: mailPassword }),
    from: mailFrom,
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
