// Passwords: hashed by argon2id, or by scrypt where its native package does not run, in the encoding of the PHC string format.

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Refusal } from '../core/refusal.js';

/** OWASP's second recommendation for argon2id: 19 MiB, two passes, one lane. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** OWASP's first for scrypt: N = 2^17, r = 8, p = 1. */
const SCRYPT = { ln: 17, r: 8, p: 1 };
const SCRYPT_BYTES = 256 * 1024 ** 2;
/** At the same time, for each takes a core and its memory; and how many may wait for their turn. */
const AT_ONCE = 2;
const WAITING = 64;

type Argon2 = typeof import('@node-rs/argon2');

/** What hashes and checks passwords, a few at a time. */
export class Passwords {
  readonly #argon2: () => Promise<Argon2 | undefined>;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  /** Of no account. */
  #decoy: Promise<string> | undefined;

  constructor(loadArgon2: () => Promise<Argon2> = () => import('@node-rs/argon2')) {
    let loaded: Promise<Argon2 | undefined> | undefined;
    this.#argon2 = () => {
      loaded ??= loadArgon2().catch(() => undefined);
      return loaded;
    };
  }

  /** The password encoded, to be kept; `hub.busy` when too many wait. */
  hash(password: string): Promise<string | Refusal> {
    return this.#inTurn(() => this.#encode(password));
  }

  /** Without an `encoded`, which nobody's password matches, it takes as long as with one. */
  matches(password: string, encoded: string | undefined): Promise<boolean | Refusal> {
    return this.#inTurn(async () => this.#verify(password, encoded ?? (await this.#decoyOf())));
  }

  #decoyOf(): Promise<string> {
    this.#decoy ??= this.#encode(randomBytes(16).toString('hex'));
    return this.#decoy;
  }

  async #encode(password: string): Promise<string> {
    const argon2 = await this.#argon2();
    if (argon2 !== undefined) return argon2.hash(password, { ...ARGON2ID, algorithm: 2 });
    const salt = randomBytes(16);
    const { ln, r, p } = SCRYPT;
    const hash = await scryptOf(password, salt, SCRYPT);
    return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(hash)}`;
  }

  async #verify(password: string, encoded: string): Promise<boolean> {
    const [, form, parameters = '', salt = '', hash = ''] = encoded.split('$');
    if (form === 'argon2id') {
      const argon2 = await this.#argon2();
      if (argon2 === undefined) throw new Error('passwords are kept as argon2id, and @node-rs/argon2 is not installed');
      return argon2.verify(encoded, password);
    }
    if (form !== 'scrypt') return false;
    const {
      ln = 0,
      r = 0,
      p = 0,
    } = Object.fromEntries(parameters.split(',').map((part) => [part.split('=')[0], Number(part.split('=')[1])]));
    const made = await scryptOf(password, Buffer.from(salt, 'base64'), { ln, r, p });
    const expected = Buffer.from(hash, 'base64');
    return made.length === expected.length && timingSafeEqual(made, expected);
  }

  async #inTurn<T>(run: () => Promise<T>): Promise<T | Refusal> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= WAITING)
        return new Refusal('hub.busy', 'too many people sign in at the same time', [], 1_000);
      // Whoever ends hands its turn on.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

function scryptOf(password: string, salt: Buffer, { ln, r, p }: typeof SCRYPT): Promise<Buffer> {
  return promisify<string, Buffer, number, object, Buffer>(scrypt)(password, salt, 32, {
    N: 2 ** ln,
    r,
    p,
    maxmem: SCRYPT_BYTES,
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
