// A mail server for tests: as much of SMTP as a sender uses, with TLS at once or by STARTTLS, and faults on demand.

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { listening } from '@agentcom/schemas/host/network/testing';
import type { Behaviour, Received, TestProvider } from './conformance.js';

export interface MailServerOptions {
  readonly tls: { readonly key: string; readonly cert: string; readonly caFile: string };
  readonly security: 'tls' | 'starttls' | 'none';
  /** `user:password`. */
  readonly login: string;
  readonly settings: (port: number) => object;
  /** A whole mail is there. */
  readonly onReceived?: () => void;
}

export interface MailServer extends TestProvider {
  /** The lines of all conversations. */
  readonly lines: readonly string[];
}

export async function mailServer(options: MailServerOptions): Promise<MailServer> {
  const { tls, security, login, settings, onReceived = () => undefined } = options;
  const received: Received[] = [];
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  let behaviour: Behaviour = 'accepts';
  const context = createSecureContext(tls);
  const secured = (socket: Socket) => new TLSSocket(socket, { isServer: true, secureContext: context });

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    if (behaviour === 'silent') return;
    const first = security === 'tls' ? secured(socket) : socket;
    if (behaviour === 'broken') {
      first.end('421 mail.example is down\r\n');
      return;
    }
    first.on('error', () => undefined);
    if (behaviour === 'floods') {
      const fill = () => {
        while (first.writable && first.write('220-'.repeat(8_192)));
      };
      first.on('drain', fill);
      fill();
      return;
    }
    first.write('220 mail.example ESMTP\r\n');
    void converse(first, security === 'tls').catch(() => undefined);
  });

  async function converse(socket: Socket, isSecure: boolean): Promise<void> {
    const say = (text: string) => socket.write(`${text}\r\n`);
    let isKnown = false;
    let rest = '';
    let data: string | undefined;
    const line = (text: string): 'starttls' | undefined => {
      lines.push(text);
      const verb = text.slice(0, 8).toUpperCase();
      if (verb.startsWith('EHLO'))
        say(
          `250-mail.example\r\n250-${isSecure ? 'AUTH PLAIN' : security === 'starttls' ? 'STARTTLS' : 'PIPELINING'}\r\n250 8BITMIME`,
        );
      else if (verb === 'STARTTLS' && security === 'starttls') {
        say('220 go on');
        return 'starttls';
      } else if (verb.startsWith('AUTH')) {
        isKnown = Buffer.from(text.split(' ')[2] ?? '', 'base64').toString() === `\0${login.replace(':', '\0')}`;
        say(isKnown ? '235 welcome' : `535 no such user ${text}`);
      } else if (verb.startsWith('MAIL')) {
        if (security !== 'none' && !isKnown) say('530 who are you?');
        else say(behaviour === 'busy' ? '451 too busy' : '250 fine');
      } else if (verb.startsWith('RCPT')) say(behaviour === 'gone' ? '550 no such mailbox' : '250 fine');
      else if (verb.startsWith('DATA')) {
        data = '';
        say('354 go on');
      } else if (verb.startsWith('QUIT')) socket.end('221 bye\r\n');
      else say('502 what?');
      return undefined;
    };
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      rest += chunk;
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const text = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (data === undefined) {
          if (line(text) !== 'starttls') continue;
          const upgraded = secured(socket);
          upgraded.on('error', () => undefined);
          return converse(upgraded, true);
        }
        if (text !== '.') {
          data += `${text.replace(/^\./, '')}\r\n`;
          continue;
        }
        received.push({ path: '', headers: {}, body: Buffer.from(data) });
        data = undefined;
        if (behaviour !== 'hangs') say('250 taken');
        onReceived();
      }
    }
  }

  const port = await listening(server);
  return {
    settings: settings(port),
    received,
    lines,
    behave: (as) => {
      behaviour = as;
    },
    env: { SSL_CERT_FILE: tls.caFile },
    stop: async () => {
      if (!server.listening) return;
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Of one message: its headers by name in lower case, and the texts of its parts by type; of a plain one, of itself. */
export function parsedMail({ body }: Received) {
  const message = body.toString();
  const head = message.split('\r\n\r\n')[0] ?? '';
  const isPlain = headersOf(head).get('content-type')?.startsWith('text/plain') === true;
  const parts = isPlain ? [message] : partsOf(message);
  return {
    headers: headersOf(head),
    parts: new Map(
      parts.map((part) => {
        const [partHead = '', ...rest] = part.split('\r\n\r\n');
        const headers = headersOf(partHead);
        const type = (headers.get('content-type') ?? '').split(';')[0] ?? '';
        return [type, decoded(rest.join('\r\n\r\n'), headers.get('content-transfer-encoding') ?? '')];
      }),
    ),
  };
}

function partsOf(message: string): string[] {
  const boundary = /boundary="([^"]+)"/.exec(message)?.[1] ?? '';
  return message
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => part.replace(/^\r\n/, ''));
}

function headersOf(head: string): Map<string, string> {
  const unfolded = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  return new Map(
    unfolded.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
}

function decoded(text: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString();
  if (encoding !== 'quoted-printable') return text;
  const bytes = text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
