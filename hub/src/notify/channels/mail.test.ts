import { type TestAuthority, testAuthority } from '@agentcom/schemas/host/network/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GuardedHttp } from '../http-out.js';
import { outgoingOf } from '../outgoing.js';
import { delivery, NOON } from '../testing.js';
import { conformance, type Received } from './conformance.js';
import { KnownKinds } from './index.js';
import { mail } from './mail.js';
import { type MailServer, mailServer, parsedMail } from './testing.js';

const PASSWORD = 'correct horse battery';
const ADDRESSES = { from: 'agentcom@hub.example', to: ['oncall@example.com', 'lead@example.com'] };

let authority: TestAuthority;
let tls: { key: string; cert: string; caFile: string };

beforeAll(async () => {
  authority = await testAuthority();
  tls = { ...(await authority.issue('127.0.0.1')), caFile: authority.file };
});

afterAll(() => authority.remove());

function start(security: 'tls' | 'starttls' | 'none', login = `hub:${PASSWORD}`): Promise<MailServer> {
  const credentials = security === 'none' ? {} : { user: 'hub', password: PASSWORD };
  const settings = (port: number) => ({ host: '127.0.0.1', port, security, ...credentials, ...ADDRESSES });
  return mailServer({ tls, security, login, settings });
}

function textOf(received: Received): string {
  const { headers, parts } = parsedMail(received);
  return `${headers.get('subject')}\n${parts.get('text/plain')}`;
}

describe.each(['tls', 'starttls'] as const)('mail with security %s', (security) => {
  conformance({
    kind: 'mail',
    start: () => start(security),
    secrets: [PASSWORD, Buffer.from(`\0hub\0${PASSWORD}`).toString('base64')],
    // SMTP says only that it is to be tried later, and a message counts as taken once the server has said so.
    outcomes: { busy: 'retry', hangs: 'retry', floods: 'retry' },
    hasRedirects: false,
    textOf,
    isSameEntry: (first, later) => {
      const [one, other] = [parsedMail(first).headers, parsedMail(later).headers];
      const isThread =
        other.get('references') === one.get('message-id') && other.get('in-reply-to') === one.get('message-id');
      return isThread && other.get('subject') === `Re: ${one.get('subject')}`;
    },
    isClosing: (received) => parsedMail(received).parts.get('text/plain')?.startsWith('Resolved') === true,
    expectFits: (received) => {
      expect(received.body.length).toBeLessThan(1024 * 1024);
      for (const line of received.body.toString().split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
    },
  });
});

describe('mail', () => {
  let server: MailServer;

  beforeEach(async () => {
    server = await start('starttls');
  });

  afterEach(() => server.stop());

  async function send(more: Parameters<typeof delivery>[0] = {}, env = server.env ?? {}) {
    const message = outgoingOf(delivery(more), undefined, 'https://hub.example');
    const http = new GuardedHttp({ env, allowed: ['127.0.0.0/8'], now: () => NOON });
    const settings = server.settings as never;
    return mail.send({ message, settings, http, now: NOON, publicUrl: undefined, vapid: undefined });
  }

  it('has text and HTML that say the same, with nothing of the text read as HTML', async () => {
    await send({ title: 'a <b> & "c"', text: 'one\ntwo' });
    const { headers, parts } = parsedMail(server.received[0] as Received);
    expect(headers.get('content-type')).toContain('multipart/alternative');
    expect(headers.get('auto-submitted')).toBe('auto-generated');
    expect(headers.get('to')).toBe(ADDRESSES.to.join(', '));
    expect(parts.get('text/plain')).toContain('Page: a <b> & "c"\r\n\r\none\r\ntwo');
    expect(parts.get('text/html')).toContain('<strong>Page: a &lt;b&gt; &amp; &quot;c&quot;</strong>');
    expect(parts.get('text/html')).toContain('<p>one<br>two</p>');
    expect(parts.get('text/html')).toContain('<a href="https://hub.example/alerts/QueueWaitHigh">');
  });

  it('says nothing before TLS, and nothing at all to a server whose certificate it does not trust', async () => {
    expect(await send({}, {})).toEqual({
      kind: 'retry',
      why: '127.0.0.1 cannot be talked to; check port, security and certificate',
    });
    expect(server.lines).toEqual(['EHLO hub.example', 'STARTTLS']);
  });

  it('is not sent in the clear because a server offers no TLS', async () => {
    await server.stop();
    const plain = await start('none');
    server = { ...plain, settings: { ...plain.settings, security: 'starttls', user: 'hub', password: PASSWORD } };
    expect((await send()).kind).not.toBe('sent');
    expect(server.received).toEqual([]);
    expect(server.lines.join('\n')).not.toContain('AUTH');
  });

  it('goes without TLS and password where that is what the settings say', async () => {
    await server.stop();
    server = await start('none');
    expect(await send()).toMatchObject({ kind: 'sent' });
  });

  it('says that the password is wrong, and not what it is', async () => {
    await server.stop();
    server = await start('starttls', 'hub:another');
    expect(await send()).toEqual({ kind: 'refused', why: '127.0.0.1 rejects the user name and password' });
  });

  it.each(['mail.example', '::1', '10.0.0.1', 'mail_1'])('takes the host %s', (host) => {
    expect(new KnownKinds().validate('mail', { host, ...ADDRESSES }).ok).toBe(true);
  });

  it.each([
    [{ user: 'hub' }, '/password'],
    [{ user: 'hub', password: PASSWORD, security: 'none' }, '/security'],
    [{ to: [] }, '/to'],
    [{ to: ['oncall@example.com\r\nBcc: x@example.com'] }, '/to/0'],
    [{ from: 'nobody' }, '/from'],
    [{ host: 'mail.example:587' }, '/host'],
    [{ host: '[::1]' }, '/host'],
    [{ host: '300.1.1.1' }, '/host'],
    [{ host: ':::' }, '/host'],
  ])('takes no settings %j', (wrong, path) => {
    const settings = { host: 'mail.example', ...ADDRESSES, ...wrong };
    expect(new KnownKinds().validate('mail', settings)).toMatchObject({ ok: false, details: [{ path }] });
  });
});
