import { createECDH } from 'node:crypto';
import { expect, test } from 'vitest';
import { newVapidKeys } from './vapid-keys.js';

test('the public key is the point of the private one, as browsers take it', () => {
  const { publicKey, privateKey } = newVapidKeys();
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(privateKey, 'base64url');
  expect(pair.getPublicKey('base64url')).toBe(publicKey);
  expect(Buffer.from(publicKey, 'base64url')).toHaveLength(65);
});
