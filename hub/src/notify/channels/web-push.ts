// The one place that knows the package `web-push`: encryption (RFC 8291, aes128gcm) and the token that says who sends (RFC 8292). Loaded
// with the first push.

import type { VapidKeys } from '../ports.js';

export interface Subscription {
  readonly endpoint: string;
  /** The browser's public key and secret, base64url. */
  readonly p256dh: string;
  readonly auth: string;
}

export interface EncryptedPush {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Throws for keys that are none. */
export async function encryptPush(
  { endpoint, p256dh, auth }: Subscription,
  payload: string,
  { subject, publicKey, privateKey }: VapidKeys,
): Promise<EncryptedPush> {
  const { default: webPush } = await import('web-push');
  const { cipherText } = webPush.encrypt(p256dh, auth, payload, 'aes128gcm');
  const { origin } = new URL(endpoint);
  const { Authorization } = webPush.getVapidHeaders(origin, subject, publicKey, privateKey, 'aes128gcm');
  return {
    headers: {
      authorization: Authorization,
      'content-encoding': 'aes128gcm',
      'content-type': 'application/octet-stream',
    },
    body: cipherText,
  };
}

/** A new pair for the whole fleet. */
export async function newVapidKeys(): Promise<Pick<VapidKeys, 'publicKey' | 'privateKey'>> {
  const { default: webPush } = await import('web-push');
  return webPush.generateVAPIDKeys();
}
