import { expect, test } from 'vitest';
import { mailServerOf } from './mail-server.js';

const from = 'hub@example.com';
const set = { mailFrom: from, publicUrl: 'https://hub.example' };

test.each([
  ['smtps://mail.example.com', { host: 'mail.example.com', port: 465, security: 'tls', from }],
  ['smtp://mail.example.com', { host: 'mail.example.com', port: 587, security: 'starttls', from }],
  ['smtp://mail.example.com:2525', { host: 'mail.example.com', port: 2525, security: 'starttls', from }],
  ['smtp://localhost', { host: 'localhost', port: 25, security: 'none', from }],
  ['smtp://[::1]:1025', { host: '::1', port: 1025, security: 'none', from }],
  ['smtp://[2001:db8::1]', { host: '2001:db8::1', port: 587, security: 'starttls', from }],
  ['smtp://127.0.0.1.example.com', { host: '127.0.0.1.example.com', port: 587, security: 'starttls', from }],
])('%s is reached with TLS, but on this machine', (mailUrl, server) => {
  expect(mailServerOf({ ...set, mailUrl })).toEqual(server);
});

test('a user signs in with the password, and an @ in its name is written %40', () => {
  expect(mailServerOf({ ...set, mailUrl: 'smtps://hub%40example.com@mail.example.com', mailPassword: 'p' })).toEqual({
    host: 'mail.example.com',
    port: 465,
    security: 'tls',
    user: 'hub@example.com',
    password: 'p',
    from,
  });
});

const mailUrl = 'smtps://mail.example.com';

test.each([
  [{ mailUrl }, 'set both mailUrl and mailFrom'],
  [{ mailFrom: from }, 'set both mailUrl and mailFrom'],
  [{ mailPassword: 'p' }, 'set both mailUrl and mailFrom'],
  [{ mailUrl, mailFrom: from }, 'set publicUrl'],
  [{ ...set, mailUrl, mailPassword: 'p' }, 'set both the user in mailUrl and mailPassword'],
  [{ ...set, mailUrl: 'smtps://hub@mail.example.com' }, 'set both the user in mailUrl and mailPassword'],
  [{ ...set, mailUrl: 'smtps://h%ub@mail.example.com', mailPassword: 'p' }, 'cannot be read'],
  [{ ...set, mailUrl: 'smtps://mail.example.com:70000' }, 'cannot be read'],
])('%j is not whole', (settings, fault) => {
  expect(() => mailServerOf(settings)).toThrow(fault);
});

test('nothing set up is no mail', () => {
  expect(mailServerOf({ publicUrl: 'https://hub.example' })).toBeUndefined();
});
