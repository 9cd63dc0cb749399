// Mail to people, by a mail server that speaks SMTP.

import { EventEmitter, once } from 'node:events';
import { type TestAuthority, testAuthority } from '@agentcom/schemas/host/network/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type MailServer, mailServer, parsedMail } from './channels/testing.js';
import { GuardedHttp } from './http-out.js';
import { Mailer } from './mailer.js';
import { ManualTime, NOON } from './testing.js';

const PASSWORD = 'correct horse battery';
const mail = {
  to: 'ada@example.org',
  subject: 'hello',
  text: `A link:\n\n${'https://hub.example/'.padEnd(120, 'x')}\n`,
};

let authority: TestAuthority;
let server: MailServer;
let mailer: Mailer;
let time: ManualTime;
let givenUp: string[];
/** `received` by the server, `waits` for a retry, `given up`. */
let events: EventEmitter;

beforeAll(async () => {
  authority = await testAuthority();
});

afterAll(() => authority.remove());

async function start(password = PASSWORD): Promise<void> {
  const tls = { ...(await authority.issue('127.0.0.1')), caFile: authority.file };
  const settings = (port: number) => ({ port });
  time = new ManualTime();
  givenUp = [];
  events = new EventEmitter();
  const onReceived = () => void events.emit('received');
  server = await mailServer({ tls, security: 'starttls', login: `hub:${PASSWORD}`, settings, onReceived });
  mailer = new Mailer({
    server: {
      host: '127.0.0.1',
      port: (server.settings as { port: number }).port,
      security: 'starttls',
      user: 'hub',
      password,
      from: 'hub@example.com',
    },
    http: new GuardedHttp({ env: server.env ?? {}, allowed: ['0.0.0.0/0', '::/0'], now: () => NOON }),
    scheduler: {
      now: () => time.now(),
      random: () => time.random(),
      after: (ms, run) => {
        events.emit('waits', ms);
        return time.after(ms, run);
      },
    },
    onGivenUp: (why) => {
      givenUp.push(why);
      events.emit('given up');
    },
  });
  await mailer.start();
}

beforeEach(() => start());

afterEach(async () => {
  await mailer.stop();
  await server.stop();
});

test('a mail goes out as plain text over TLS, from the address of the hub', async () => {
  const received = once(events, 'received');
  expect(mailer.send(mail)).toBe(true);
  await received;
  const [{ headers, parts }] = server.received.map(parsedMail) as [ReturnType<typeof parsedMail>];
  expect(headers.get('from')).toBe('hub@example.com');
  expect(headers.get('to')).toBe('ada@example.org');
  expect(headers.get('subject')).toBe('hello');
  expect(headers.get('auto-submitted')).toBe('auto-generated');
  expect(parts.get('text/plain')?.replaceAll('\r\n', '\n')).toBe(mail.text);
  expect(server.lines.slice(0, 2)).toEqual(['EHLO example.com', 'STARTTLS']);
});

test('all of several go out, also those that come when the ones before are done', async () => {
  for (const to of ['a@example.org', 'b@example.org', 'c@example.org']) {
    const received = once(events, 'received');
    mailer.send({ ...mail, to });
    if (to !== 'a@example.org') await received;
  }
  while (server.received.length < 3) await once(events, 'received');
  expect(server.received.map((one) => parsedMail(one).headers.get('to'))).toEqual([
    'a@example.org',
    'b@example.org',
    'c@example.org',
  ]);
});

test('what fails for now is tried three times more, as the same mail, and then given up', async () => {
  server.behave('busy');
  for (const ms of [10_000, 60_000, 300_000]) {
    const waits = once(events, 'waits');
    if (ms === 10_000) mailer.send(mail);
    else await time.pass(ms === 60_000 ? 10_000 : 60_000);
    expect(await waits).toEqual([ms]);
  }
  const over = once(events, 'given up');
  await time.pass(300_000);
  await over;
  expect(givenUp).toEqual(['127.0.0.1 answered with SMTP 451']);
});

test('what was not taken at first is sent later', async () => {
  server.behave('busy');
  const waits = once(events, 'waits');
  mailer.send(mail);
  await waits;
  server.behave('accepts');
  const received = once(events, 'received');
  await time.pass(10_000);
  await received;
  expect(givenUp).toEqual([]);
});

test('what is refused is given up at once, and what is said of it names no address, password or text', async () => {
  await mailer.stop();
  await server.stop();
  await start('another');
  const over = once(events, 'given up');
  mailer.send(mail);
  await over;
  expect(givenUp).toEqual(['127.0.0.1 rejects the user name and password']);
  server.behave('accepts');
});

test('no more than two hundred wait', async () => {
  server.behave('silent');
  const taken = Array.from({ length: 203 }, () => mailer.send(mail));
  // One is on its way.
  expect(taken.filter((isTaken) => isTaken)).toHaveLength(201);
  expect(givenUp).toEqual(['200 mails wait already', '200 mails wait already']);
});

test('a stop breaks off what is being sent, and takes nothing more', async () => {
  server.behave('hangs');
  const received = once(events, 'received');
  mailer.send(mail);
  mailer.send(mail);
  await received;
  await mailer.stop();
  expect(mailer.send(mail)).toBe(false);
  expect(server.received).toHaveLength(1);
});
