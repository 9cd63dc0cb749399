import { expect, test } from 'vitest';
import { Passwords } from './passwords.js';

const forms = [
  ['argon2id', new Passwords()],
  ['scrypt', new Passwords(() => Promise.reject(new Error('not for this machine')))],
] as const;

test.each(forms)('%s knows a password again, and no other', async (form, passwords) => {
  const encoded = await passwords.hash('correct horse battery');
  expect(encoded).toMatch(new RegExp(`^\\$${form}\\$`));
  expect(await passwords.matches('correct horse battery', encoded as string)).toBe(true);
  expect(await passwords.matches('correct horse batterx', encoded as string)).toBe(false);
});

test('nothing matches where there is no password', async () => {
  const passwords = new Passwords();
  expect(await passwords.matches('', undefined)).toBe(false);
  expect(await passwords.matches('anything', 'not encoded at all')).toBe(false);
});

test('only so many wait, and all others are told to retry', async () => {
  const passwords = new Passwords();
  const asked = await Promise.all(Array.from({ length: 70 }, () => passwords.matches('x', 'not encoded at all')));
  expect(asked.filter((answer) => answer === false)).toHaveLength(66);
  expect(asked.filter((answer) => answer !== false)).toEqual(
    Array.from({ length: 4 }, () => expect.objectContaining({ code: 'hub.busy' })),
  );
});

test('an unknown account is told to retry like any other', async () => {
  const passwords = new Passwords();
  const asked = await Promise.all(Array.from({ length: 70 }, () => passwords.matches('x', undefined)));
  expect(asked.filter((answer) => answer === false)).toHaveLength(66);
});
