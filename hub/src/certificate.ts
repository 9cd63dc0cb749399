// The certificate that the hub serves https:// with. It is read again when its files change; connections that are open go on, and a pair
// that cannot be used takes the place of nothing.

import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Log } from '@agentcom/schemas';
import { codeOf } from '@agentcom/schemas/host';
import { Lifecycle } from './lifecycle.js';

const LOOK_EVERY_MS = 2_000;
const OTHERS_MAY_READ = 0o004;

export interface CertificateFiles {
  readonly tlsCert: string;
  readonly tlsKey: string;
}

/** The hub cannot serve with these files. */
export class UnusableCertificate extends Error {}

interface Pair {
  readonly options: SecureContextOptions;
  /** ms. */
  readonly expiresAt: number;
}

interface Served {
  setSecureContext(options: SecureContextOptions): void;
}

export class Certificate extends Lifecycle {
  readonly #files: CertificateFiles;
  readonly #log: Log;
  #pair: Pair;
  /** What the files were when they were last read, whether that could be used or not. */
  #mark: string;
  #served: Served | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(files: CertificateFiles, log: Log, mark: string, pair: Pair) {
    super();
    this.#files = files;
    this.#log = log;
    this.#mark = mark;
    this.#pair = pair;
  }

  /** Throws `UnusableCertificate`. */
  static async open(files: CertificateFiles, log: Log): Promise<Certificate> {
    const mark = await markOf(files);
    return new Certificate(files, log, mark, await readPair(files));
  }

  get options(): SecureContextOptions {
    return this.#pair.options;
  }

  get expiresAt(): number {
    return this.#pair.expiresAt;
  }

  /** From now on new connections to `server` get what is in the files. */
  follow(server: Served): void {
    this.#served = server;
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  /** Never rejects. */
  async look(): Promise<void> {
    const mark = await markOf(this.#files);
    if (mark === this.#mark || this.isStopping) return;
    this.#mark = mark;
    try {
      const pair = await readPair(this.#files);
      this.#served?.setSecureContext(pair.options);
      this.#pair = pair;
      this.#log.info(
        { until: new Date(this.expiresAt).toISOString() },
        'the certificate has changed; the new one is used',
      );
    } catch (error) {
      this.#log.error({ err: error }, 'the certificate has changed and cannot be used; the one before is kept');
    }
  }

  protected override end(): void {
    clearInterval(this.#timer);
  }
}

/** Another one when a file was changed or replaced. */
async function markOf({ tlsCert, tlsKey }: CertificateFiles): Promise<string> {
  const markOfOne = (file: string) =>
    stat(file).then(
      ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
      (error: unknown) => codeOf(error) ?? 'unreadable',
    );
  return (await Promise.all([tlsCert, tlsKey].map(markOfOne))).join(', ');
}

async function readPair({ tlsCert, tlsKey }: CertificateFiles): Promise<Pair> {
  const [cert, key] = await Promise.all([read(tlsCert), read(tlsKey)]);
  if (((await stat(tlsKey)).mode & OTHERS_MAY_READ) !== 0)
    throw new UnusableCertificate(
      `every user of this machine can read the private key ${tlsKey}; run: chmod o-r ${tlsKey}`,
    );
  const options: SecureContextOptions = { cert, key, minVersion: 'TLSv1.2' };
  try {
    createSecureContext(options);
    return { options, expiresAt: Date.parse(new X509Certificate(cert).validTo) };
  } catch (cause) {
    const why = (cause as Error).message;
    throw new UnusableCertificate(`${tlsCert} and ${tlsKey} are no certificate with its key: ${why}`, { cause });
  }
}

function read(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    throw new UnusableCertificate(`${file} cannot be read (${codeOf(cause)})`, { cause });
  });
}
