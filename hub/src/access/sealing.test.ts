import { expect, test } from 'vitest';
import { Sealer } from './sealing.js';

const sealer = new Sealer(Sealer.newKey());

test('what is sealed opens again, and looks different each time', () => {
  const sealed = sealer.seal('a secret', 'ada');
  expect(sealer.open(sealed, 'ada')).toBe('a secret');
  expect(sealer.seal('a secret', 'ada')).not.toBe(sealed);
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('a secret');
});

test('it opens neither for another, nor with another key, nor changed or cut', () => {
  const sealed = sealer.seal('a secret', 'ada');
  expect(sealer.open(sealed, 'bob')).toBeUndefined();
  expect(new Sealer(Sealer.newKey()).open(sealed, 'ada')).toBeUndefined();
  const bytes = Buffer.from(sealed, 'base64url');
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes);
    changed[i] = (changed[i] as number) ^ 1;
    expect(sealer.open(changed.toString('base64url'), 'ada')).toBeUndefined();
    expect(sealer.open(bytes.subarray(0, i).toString('base64url'), 'ada')).toBeUndefined();
  }
});

test.each(['', 'short', `${Sealer.newKey()}x`, ` ${Sealer.newKey()}`])('%j is no key', (key) => {
  expect(() => new Sealer(key)).toThrow('32 bytes');
});
