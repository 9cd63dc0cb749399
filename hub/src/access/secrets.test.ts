import { expect, test } from 'vitest';
import { hashSecret, isKey, newKey, newToken } from './secrets.js';

test('a key shows its organisation by its hint, and no two keys share one', () => {
  const [one, two, other] = [newKey('acme'), newKey('acme'), newKey('other')];
  expect(one.key.startsWith(`${one.hint}_`)).toBe(true);
  expect(one.hint.slice(0, 7)).toBe(two.hint.slice(0, 7));
  expect(one.hint.slice(0, 7)).not.toBe(other.hint.slice(0, 7));
  expect(one.key).not.toBe(two.key);
  expect(one.key).toMatch(/^ac_[a-z2-7]{8}_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}$/);
});

test('one wrong character makes a key none, wherever it is', () => {
  const { key } = newKey('acme');
  expect(isKey(key)).toBe(true);
  for (let at = 3; at < key.length; at++) {
    const wrong = key[at] === 'b' ? 'c' : 'b';
    expect(isKey(key.slice(0, at) + wrong + key.slice(at + 1)), String(at)).toBe(false);
  }
});

test('a key that a machine made is one, too', () => {
  expect(isKey(`ac_${'a'.repeat(43)}`)).toBe(true);
  for (const text of ['', 'ac_', `ac_${'a'.repeat(42)}`, `ac_${'a'.repeat(44)}`, `xx_${'a'.repeat(43)}`])
    expect(isKey(text), text).toBe(false);
});

test('a token fits into a link as it is', () => {
  expect(newToken()).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(hashSecret('secret')).toBe('2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b');
});
