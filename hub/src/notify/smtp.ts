// One mail by SMTP, whatever it is for: one connection, and a bound on all of it.

import { isIP } from 'node:net';
import { codeOf } from '@agentcom/schemas/host';
import type { SendMailOptions } from 'nodemailer';
import { unlessAborted } from '../lifecycle.js';
import type { Outcome } from './channels/channel.js';
import type { HttpOut } from './http-out.js';

/** The whole conversation may take so many times what one exchange may: a server takes its time to accept a message. */
const EXCHANGES = 3;
const RESPONSE_BYTES = 65_536;
export const SMTP_PORTS = { tls: 465, starttls: 587, none: 25 } as const;

/** A mail server, and as whom to send by it. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `tls` from the first byte, `starttls` before anything else is said. */
  readonly security: keyof typeof SMTP_PORTS;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly from: string;
}

/** With its texts, headers and `to`. */
export type Mail = Omit<SendMailOptions, 'from' | 'to'> & { readonly to: readonly string[] };

/** Never rejects, and gives up when `signal` fires. What it says of a failure holds nothing of the mail. */
export async function sendMail(
  { host, port, security, user, password, from }: SmtpServer,
  { to, ...mail }: Mail,
  http: Pick<HttpOut, 'dial' | 'timeoutMs'>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Outcome> {
  const timeoutMs = EXCHANGES * http.timeoutMs;
  // Loaded first: nothing listens to the connection until it is handed over.
  // Its named exports are lost in a bundle.
  const { createTransport } = (await import('nodemailer')).default;
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
  const headers = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new Error('timeout')), timeoutMs);
  try {
    const ended = AbortSignal.any([deadline.signal, signal]);
    await unlessAborted(transport.sendMail({ from, to: [...to], headers, ...mail }), ended);
    return { kind: 'sent' };
  } catch (error) {
    return failureOf(error, host, deadline.signal.aborted);
  } finally {
    clearTimeout(timer);
    transport.close();
    socket.destroy();
  }
}

export function domainOf(address: string): string {
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
