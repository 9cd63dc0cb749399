// An authenticator in software: it makes an ES256 key and signs what a browser would have it sign.

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { CreatedCredential, UsedCredential } from './passkeys.js';

const ORIGIN = 'http://localhost';

/** Flags of what an authenticator says: somebody is there, it is known who, a new key follows. */
export const PRESENT = 0x01;
const VERIFIED = 0x04;
const ATTESTED = 0x40;

export interface Challenge {
  readonly publicKey: {
    readonly challenge: string;
    readonly rp?: { readonly id: string };
    readonly user?: { readonly id: string };
  };
}

export class Authenticator {
  readonly id = randomBytes(16);
  counter = 0;
  flags = PRESENT | VERIFIED;
  origin = ORIGIN;
  host = 'localhost';
  readonly #key: KeyObject;
  readonly #coseKey: Buffer;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const [head, between] = [Buffer.from('a5010203262001215820', 'hex'), Buffer.from('225820', 'hex')];
    this.#coseKey = Buffer.concat([head, Buffer.from(x, 'base64url'), between, Buffer.from(y, 'base64url')]);
  }

  create({ publicKey: { challenge } }: Challenge): CreatedCredential {
    const length = Buffer.from([0, this.id.length]);
    const data = this.#data(ATTESTED, Buffer.concat([Buffer.alloc(16), length, this.id, this.#coseKey]));
    const size = Buffer.alloc(2);
    size.writeUInt16BE(data.length);
    // {"fmt": "none", "attStmt": {}, "authData": data}
    const attestation = [text('fmt'), text('none'), text('attStmt'), Buffer.from([0xa0]), text('authData')];
    const object = Buffer.concat([Buffer.from([0xa3]), ...attestation, Buffer.from([0x59]), size, data]);
    return {
      id: this.id.toString('base64url'),
      clientDataJSON: this.#clientData('webauthn.create', challenge).toString('base64url'),
      attestationObject: object.toString('base64url'),
    };
  }

  get({ publicKey: { challenge } }: Challenge, userHandle?: string): UsedCredential {
    const clientData = this.#clientData('webauthn.get', challenge);
    const data = this.#data(0, Buffer.alloc(0));
    return {
      id: this.id.toString('base64url'),
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: sign('sha256', Buffer.concat([data, sha256(clientData)]), this.#key).toString('base64url'),
      ...(userHandle !== undefined && { userHandle }),
    };
  }

  #data(flags: number, rest: Buffer): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    return Buffer.concat([sha256(this.host), Buffer.from([this.flags | flags]), counter, rest]);
  }

  #clientData(type: string, challenge: string): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.origin, crossOrigin: false }));
  }
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
}

function sha256(bytes: Buffer | string): Buffer {
  return createHash('sha256').update(bytes).digest();
}
