// The file that a backup, or a raw copy of streams, is: gzipped NDJSON with a manifest first, sections of items each with their
// count and SHA-256, and the SHA-256 of everything at the end; with a key, encrypted as `encryption.ts` says. It appears under its name only
// when it is whole and on disk.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip, type Gzip, gunzipSync } from 'node:zlib';
import { makePrivateDirectory, syncDirectory } from '@agentcom/schemas/host';
import type { JournalHead } from '../../coordinator/ports.js';
import { INFLATED_BYTES, splitLines } from '../lines.js';
import { readBackupKey } from './backup-key.js';
import { BackupFile, type BackupSource, BackupUnreachable } from './backup-source.js';
import { decrypt, Encryption, encryptedHead } from './encryption.js';

export const BACKUP_VERSION = 1;
/** Behind the name of a backup that is still being written. */
export const PARTIAL = '.partial';
/** One item is at most a batch or a chunk, in base64 and with its headers. */
const LINE_BYTES_MAX = 32 * 1024 * 1024;
/** Compressed, the manifest is within so many. */
const MANIFEST_BYTES = 4 * 1024;
const GATHERED_CHARS = 64 * 1024;
const ITEM_HEAD = '{"k":"item","v":';
const ITEM_TAIL = '}\n';

export interface Manifest {
  readonly v: number;
  /** `backup`: consistent, can be restored. `raw`: streams as they were found, for whoever looks into what happened. */
  readonly kind: 'backup' | 'raw';
  readonly createdAt: number;
  readonly hubVersion: string;
  /** The journal's end in this backup; null in a raw copy. */
  readonly head: JournalHead | null;
  /** Of the state that the hub's journal had come to at `head`, as it was read for this; absent in older files and raw copies. */
  readonly stateHash?: string;
}

export type FileLine =
  | { readonly k: 'manifest'; readonly manifest: Manifest }
  | { readonly k: 'begin'; readonly section: string }
  | { readonly k: 'item'; readonly section: string; readonly json: Buffer }
  | { readonly k: 'end'; readonly section: string; readonly items: number };

export class BackupDamaged extends Error {
  override readonly name = 'BackupDamaged';

  static of(file: string, reason: string, options?: ErrorOptions): BackupDamaged {
    return new BackupDamaged(`the backup ${file} cannot be used: ${reason}`, options);
  }
}

export class BackupWriter {
  readonly #whole = createHash('sha256');
  #part = createHash('sha256');
  #section = '';
  #items = 0;
  /** Lines that wait to be hashed and written together. */
  #lines: string[] = [];
  #chars = 0;
  readonly #piped: Promise<void>;

  private constructor(
    private readonly file: string,
    private readonly gzip: Gzip,
    out: WriteStream,
    encryption: Encryption | undefined,
  ) {
    this.#piped = encryption === undefined ? pipeline(gzip, out) : pipeline(gzip, encryption, out);
    this.#piped.catch(() => undefined);
  }

  /** Encrypts it with the key in `keyFile`, if one is named. */
  static async create(file: string, manifest: Manifest, keyFile?: string): Promise<BackupWriter> {
    const encryption = keyFile === undefined ? undefined : new Encryption(readBackupKey(keyFile), manifest);
    await makePrivateDirectory(dirname(file));
    const gzip = createGzip({ level: 3 });
    const out = createWriteStream(partial(file), { mode: 0o600, flush: true });
    const writer = new BackupWriter(file, gzip, out, encryption);
    await writer.#mark({ k: 'manifest', manifest });
    return writer;
  }

  async begin(section: string): Promise<void> {
    await this.#mark({ k: 'begin', section });
    this.#part = createHash('sha256');
    this.#section = section;
    this.#items = 0;
  }

  /** `json` is one JSON text, with or without a newline at its end. Resolves at once while there is room. */
  async item(json: string): Promise<void> {
    this.#items++;
    this.#chars += json.length;
    this.#lines.push(ITEM_HEAD, json.trimEnd(), ITEM_TAIL);
    if (this.#chars >= GATHERED_CHARS) await this.#write();
  }

  async end(): Promise<void> {
    await this.#write();
    const sha256 = this.#part.digest('hex');
    this.#part = createHash('sha256');
    await this.#mark({ k: 'end', section: this.#section, items: this.#items, sha256 });
  }

  /** Makes the file appear; it is on disk once this resolves. */
  async finish(): Promise<void> {
    this.gzip.end(`${JSON.stringify({ k: 'eof', sha256: this.#whole.digest('hex') })}\n`);
    await this.#piped;
    await rename(partial(this.file), this.file);
    await syncDirectory(dirname(this.file));
  }

  async abort(): Promise<void> {
    this.gzip.destroy();
    await this.#piped.catch(() => undefined);
    await rm(partial(this.file), { force: true });
  }

  async #mark(value: object): Promise<void> {
    this.#lines.push(`${JSON.stringify(value)}\n`);
    await this.#write();
  }

  async #write(): Promise<void> {
    const bytes = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    this.#chars = 0;
    this.#whole.update(bytes);
    this.#part.update(bytes);
    if (this.gzip.destroyed) await this.#piped;
    if (!this.gzip.write(bytes)) await Promise.race([once(this.gzip, 'drain'), this.#piped]);
  }
}

/** What reading a backup may need and tell. */
export interface Reading {
  /** The key of an encrypted one. */
  readonly keyFile?: string | undefined;
  /** Told how many bytes of the file were read. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** Hands out the lines while checking them; throws BackupDamaged, at the latest at the end, when anything is not as written. */
export async function* readBackup(
  source: BackupSource,
  reading: Reading = {},
): AsyncGenerator<FileLine, void, undefined> {
  try {
    const gunzip = createGunzip({ chunkSize: INFLATED_BYTES });
    const piped = pipeline(await contentOf(source, reading), gunzip);
    piped.catch((error: Error) => gunzip.destroy(error));
    const check = new FileCheck();
    for await (const lines of splitLines(gunzip, LINE_BYTES_MAX)) {
      for (const line of lines) {
        const read = check.add(line);
        if (read !== null) yield read;
      }
    }
    check.finish();
    await piped;
  } catch (error) {
    throw damaged(source, error);
  }
}

export function readBackupFile(file: string, reading: Reading = {}): AsyncGenerator<FileLine, void, undefined> {
  return readBackup(new BackupFile(file), reading);
}

/** The bytes as they were before any encryption. */
async function contentOf(source: BackupSource, { keyFile, onBytes }: Reading): Promise<Readable> {
  const encrypted = await encryptedHead(source);
  const sealed = counted(source.from(encrypted?.bytes.length ?? 0), onBytes);
  if (encrypted === undefined) return Readable.from(sealed, { objectMode: false });
  if (keyFile === undefined) throw new Error('it is encrypted, and no key is given');
  return Readable.from(decrypt(encrypted, readBackupKey(keyFile), sealed), { objectMode: false });
}

async function* counted(
  stored: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void = () => undefined,
): AsyncGenerator<Buffer, void, undefined> {
  let read = 0;
  for await (const bytes of stored) {
    read += bytes.length;
    onBytes(read);
    yield bytes;
  }
}

class FileCheck {
  readonly #whole = createHash('sha256');
  #part = createHash('sha256');
  #section: string | null = null;
  #items = 0;
  #ended = false;

  /** Null for the last line of a file. */
  add(line: Buffer): FileLine | null {
    if (this.#ended) throw new Error('it continues past its end');
    if (this.#section !== null && line.indexOf(ITEM_HEAD) === 0) {
      this.#whole.update(line);
      this.#part.update(line);
      this.#items++;
      return { k: 'item', section: this.#section, json: line.subarray(ITEM_HEAD.length, -ITEM_TAIL.length) };
    }
    const value = JSON.parse(line.toString()) as Mark;
    if (value.k === 'eof') {
      if (this.#section !== null || value.sha256 !== this.#whole.digest('hex'))
        throw new Error('its checksum is wrong');
      this.#ended = true;
      return null;
    }
    this.#whole.update(line);
    return this.#mark(value);
  }

  finish(): void {
    if (!this.#ended) throw new Error('it ends early');
  }

  #mark(value: Exclude<Mark, { readonly k: 'eof' }>): FileLine {
    if (value.k === 'manifest') {
      if (value.manifest.v > BACKUP_VERSION)
        throw new Error(`it was written by a newer AgentCom, in format ${value.manifest.v}`);
      return value;
    }
    if (value.k === 'begin' && this.#section === null) {
      this.#section = value.section;
      this.#part = createHash('sha256');
      this.#items = 0;
      return value;
    }
    if (value.k === 'end' && value.section === this.#section) {
      if (value.items !== this.#items || value.sha256 !== this.#part.digest('hex')) {
        throw new Error(`its section ${value.section} is damaged`);
      }
      this.#section = null;
      return { k: 'end', section: value.section, items: value.items };
    }
    throw new Error('it contains an unexpected line');
  }
}

type Mark =
  | Exclude<FileLine, { readonly k: 'item' | 'end' }>
  | { readonly k: 'end'; readonly section: string; readonly items: number; readonly sha256: string }
  | { readonly k: 'eof'; readonly sha256: string };

export interface Described {
  readonly manifest: Manifest;
  readonly encrypted: boolean;
}

/** By the beginning alone, without checking the rest; needs no key. */
export async function describeBackup(source: BackupSource): Promise<Described> {
  try {
    const encrypted = await encryptedHead(source);
    if (encrypted !== undefined) return { manifest: encrypted.head.manifest as Manifest, encrypted: true };
    const start = gunzipSync(await source.head(MANIFEST_BYTES), { finishFlush: constants.Z_SYNC_FLUSH });
    const first = new FileCheck().add(start.subarray(0, start.indexOf('\n') + 1));
    if (first?.k !== 'manifest') throw new Error('it has no manifest');
    return { manifest: first.manifest, encrypted: false };
  } catch (error) {
    throw damaged(source, error);
  }
}

/** Unless the cause is elsewhere. */
function damaged({ name }: BackupSource, error: unknown): unknown {
  if (error instanceof BackupUnreachable) return error;
  return BackupDamaged.of(name, error instanceof Error ? error.message : String(error), { cause: error });
}

function partial(file: string): string {
  return `${file}${PARTIAL}`;
}
