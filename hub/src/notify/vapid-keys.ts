// The key pair by which push services know the hub (RFC 8292).

import { generateKeyPairSync } from 'node:crypto';
import type { VapidKeys } from './ports.js';

/** Both in base64url: the point uncompressed, the private key as its number. */
export function newVapidKeys(): Pick<VapidKeys, 'publicKey' | 'privateKey'> {
  const {
    x = '',
    y = '',
    d = '',
  } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    format: 'jwk',
  });
  const point = [Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  return { publicKey: Buffer.concat(point).toString('base64url'), privateKey: d };
}
