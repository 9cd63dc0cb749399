import crypto, { createDecipheriv, createECDH, createPublicKey, hkdfSync, verify } from 'node:crypto';
import { type TestAuthority, testAuthority } from '@agentcom/schemas/host/network/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { outgoingOf } from '../outgoing.js';
import { answered, delivery, NOON, ScriptedHttp } from '../testing.js';
import { conformance, httpProvider, type Received, VAPID } from './conformance.js';
import { KnownKinds } from './index.js';
import { push } from './push.js';
import { encryptPush, newVapidKeys } from './web-push.js';

/** RFC 8291, section 5 and appendix A. */
const EXAMPLE = {
  plaintext: 'When I grow up, I want to be a watermelon',
  senderPrivate: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  receiverPrivate: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
  receiverPublic: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  salt: 'DGv6ra1nlYgDCS1FRnbzlw',
  body:
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95b' +
    'Qpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
};

const bytes = (text: string) => Buffer.from(text, 'base64url');

/** What a browser does, written from the RFC: it shares no code with what encrypts. */
function decrypt(body: Buffer): string {
  const [salt, recordSize, idLength] = [body.subarray(0, 16), body.readUInt32BE(16), body.readUInt8(20)];
  const senderKey = body.subarray(21, 21 + idLength);
  const record = body.subarray(21 + idLength);
  expect(record.length).toBeLessThanOrEqual(recordSize);
  const receiver = createECDH('prime256v1');
  receiver.setPrivateKey(bytes(EXAMPLE.receiverPrivate));
  const keyInfo = Buffer.concat([Buffer.from('WebPush: info\0'), bytes(EXAMPLE.receiverPublic), senderKey]);
  const derive = (from: Buffer, key: Buffer, info: Buffer | string, length: number) =>
    Buffer.from(hkdfSync('sha256', key, from, Buffer.from(info), length));
  const secret = derive(bytes(EXAMPLE.auth), receiver.computeSecret(senderKey), keyInfo, 32);
  const [key, nonce] = [
    derive(salt, secret, 'Content-Encoding: aes128gcm\0', 16),
    derive(salt, secret, 'Content-Encoding: nonce\0', 12),
  ];
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  const end = padded.lastIndexOf(2);
  expect(padded.subarray(end + 1).every((byte) => byte === 0)).toBe(true);
  return padded.subarray(0, end).toString();
}

describe('what a push is encrypted to', () => {
  const subscription = {
    endpoint: 'https://push.example/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV',
    p256dh: EXAMPLE.receiverPublic,
    auth: EXAMPLE.auth,
  };

  it('is what RFC 8291 says of the keys and salt of its example', async () => {
    const sender = createECDH('prime256v1');
    sender.setPrivateKey(bytes(EXAMPLE.senderPrivate));
    vi.spyOn(sender, 'generateKeys').mockImplementation((() => sender.getPublicKey()) as never);
    vi.spyOn(crypto, 'createECDH').mockReturnValue(sender);
    vi.spyOn(crypto, 'randomBytes').mockImplementation((() => bytes(EXAMPLE.salt)) as never);
    const { body } = await encryptPush(subscription, EXAMPLE.plaintext, VAPID);
    expect(Buffer.from(body).toString('base64url')).toBe(EXAMPLE.body);
  });

  it('is read by a receiver who reads the example of RFC 8291', async () => {
    expect(decrypt(bytes(EXAMPLE.body))).toBe(EXAMPLE.plaintext);
    const { body } = await encryptPush(subscription, 'another text: ä€𝄞', VAPID);
    expect(decrypt(Buffer.from(body))).toBe('another text: ä€𝄞');
  });

  it('comes with a token for that push service alone, which the keys of the fleet have signed', async () => {
    const keys = { ...(await newVapidKeys()), subject: 'mailto:oncall@hub.example' };
    const { headers } = await encryptPush(subscription, 'text', keys);
    const [, token = '', key = ''] = /^vapid t=([^,]+), k=(.+)$/.exec(headers.authorization ?? '') ?? [];
    expect(key).toBe(keys.publicKey);
    const [head = '', claims = '', signature = ''] = token.split('.');
    const { aud, exp, sub } = JSON.parse(bytes(claims).toString());
    expect({ aud, sub }).toEqual({ aud: 'https://push.example', sub: keys.subject });
    expect(exp).toBeLessThanOrEqual(Date.now() / 1000 + 24 * 3_600);
    const point = bytes(keys.publicKey);
    const jwk = { kty: 'EC', crv: 'P-256', x: point.toString('base64url', 1, 33), y: point.toString('base64url', 33) };
    const signed = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const;
    expect(verify('sha256', Buffer.from(`${head}.${claims}`), signed, bytes(signature))).toBe(true);
  });
});

describe('web push', () => {
  let authority: TestAuthority;
  let tls: { key: string; cert: string; caFile: string };

  beforeAll(async () => {
    authority = await testAuthority();
    tls = { ...(await authority.issue('127.0.0.1')), caFile: authority.file };
  });

  afterAll(() => authority.remove());

  const shown = ({ body }: Received) => JSON.parse(decrypt(body));

  conformance({
    kind: 'push',
    start: () =>
      httpProvider({
        settings: (origin) => ({
          endpoint: `${origin}/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV`,
          p256dh: EXAMPLE.receiverPublic,
          auth: EXAMPLE.auth,
        }),
        accept: ({ headers, body }, response) => {
          const isValid =
            headers.ttl !== undefined && headers['content-encoding'] === 'aes128gcm' && body.length <= 4_096;
          response.writeHead(isValid ? 201 : 400, { location: 'https://push.example/message/1' }).end();
        },
        tls,
      }),
    secrets: ['JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV', EXAMPLE.auth, VAPID.privateKey],
    outcomes: { gone: 'gone' },
    textOf: (received) => Object.values(shown(received)).join(' '),
    isSameEntry: (first, later) => first.headers.topic === later.headers.topic && shown(first).tag === shown(later).tag,
    isClosing: (received) => shown(received).state === 'closed',
    expectFits: ({ body, headers }) => {
      expect(body.length).toBeLessThanOrEqual(4_096);
      expect(headers.topic).toMatch(/^[A-Za-z0-9_-]{1,32}$/);
    },
  });

  const settings = { endpoint: 'https://push.example/1', p256dh: EXAMPLE.receiverPublic, auth: EXAMPLE.auth };

  async function send(more: Parameters<typeof delivery>[0], { status = 201, given = settings, hasKeys = true } = {}) {
    const vapid = hasKeys ? VAPID : undefined;
    const http = new ScriptedHttp();
    http.answer = () => answered(status);
    const message = outgoingOf(delivery(more), undefined, 'https://hub.example');
    const outcome = await push.send({ message, settings: given, http, now: NOON, publicUrl: undefined, vapid });
    return { outcome, headers: http.sent[0]?.headers };
  }

  it.each([
    ['page', { ttl: '3600', urgency: 'high' }],
    ['warn', { ttl: '43200', urgency: 'normal' }],
    ['info', { ttl: '86400', urgency: 'low' }],
  ] as const)('of severity %s is kept and shown accordingly', async (severity, headers) => {
    expect((await send({ severity })).headers).toMatchObject(headers);
  });

  it.each([
    [404, 'gone'],
    [410, 'gone'],
    [413, 'refused'],
    [403, 'refused'],
    [500, 'retry'],
  ])('that is answered with %i: %s', async (status, kind) => {
    expect((await send({}, { status })).outcome.kind).toBe(kind);
  });

  it('is taken only with a key that is a point of the curve', () => {
    const kinds = new KnownKinds();
    expect(kinds.validate('push', settings).ok).toBe(true);
    const wrong = { ...settings, p256dh: `B${'A'.repeat(86)}` };
    expect(kinds.validate('push', wrong)).toMatchObject({ ok: false, details: [{ path: '/p256dh' }] });
  });

  it('is refused without keys of the fleet, or with a subscription whose key is no point of the curve', async () => {
    expect((await send({}, { hasKeys: false })).outcome).toEqual({
      kind: 'refused',
      why: 'this hub has no keys for web push',
    });
    const wrong = { ...settings, p256dh: `B${'A'.repeat(86)}` };
    expect((await send({}, { given: wrong })).outcome).toEqual({
      kind: 'refused',
      why: 'the keys of this subscription are not valid',
    });
  });
});
