// Objects in a JetStream object store, in its public layout (ADR-20), read with bounded memory and erased without a trace:
// the client's own `get` buffers without bound and waits for ever for a lost chunk, and its `delete` leaves a marker behind.

import { hash } from 'node:crypto';
import {
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  type JetStreamPublishOptions,
  JsHeaders,
} from '@nats-io/jetstream';
import { type ObjectInfo, type ObjectStore, Objm, setSha256Backend } from '@nats-io/obj';
import { headers, nuid } from 'nats';
import { consume } from './consume.js';
import { bucketStream } from './names.js';
import { chunkSubject, objectNameOf, objectSubject, objectSubjects } from './subjects.js';
import { isWrongLastSequence } from './wrong-sequence.js';

/** Below the smallest usual `max_payload` (1 MiB), and above every body. */
export const CHUNK_BYTES = 512 * 1024;
/** Chunks requested ahead of the reader. */
const AHEAD_CHUNKS = 8;

export type StoredObject = Pick<ObjectInfo, 'name' | 'nuid' | 'size' | 'chunks'> & {
  readonly metadata?: Readonly<Record<string, string>>;
};

export class Objects {
  private constructor(
    private readonly js: JetStreamClient,
    private readonly jsm: JetStreamManager,
    private readonly bucket: string,
    private readonly store: ObjectStore,
  ) {}

  /** The bucket must exist by the time it is used. */
  static async open(js: JetStreamClient, jsm: JetStreamManager, bucket: string): Promise<Objects> {
    setSha256Backend('native');
    return new Objects(js, jsm, bucket, await new Objm(js).open(bucket, false));
  }

  get stream(): string {
    return bucketStream(this.bucket);
  }

  /** Stores or replaces. An object whose storing failed half-way is not listed; `eraseOrphans` frees its chunks. */
  async put(name: string, data: ReadableStream<Uint8Array>, metadata: Record<string, string>): Promise<StoredObject> {
    return this.store.put({ name, metadata, options: { max_chunk_size: CHUNK_BYTES } }, data);
  }

  /**
   * Stores an object of at most one chunk; false when there is one of that name. The client's own `put` asks for that before, twice, and
   * copies the bytes on the way, so that they are in memory for longer and more often.
   */
  async add(name: string, bytes: Uint8Array): Promise<boolean> {
    try {
      await this.#putChunk(name, bytes, { lastSubjectSequence: 0 });
      return true;
    } catch (error) {
      if (isWrongLastSequence(error)) return false;
      throw error;
    }
  }

  /** Stores an object of at most one chunk in place of `old`, which `info` gave. */
  async replace(name: string, bytes: Uint8Array, old: StoredObject | null): Promise<void> {
    await this.#putChunk(name, bytes);
    if (old !== null) await this.jsm.streams.purge(this.stream, { filter: chunkSubject(this.bucket, old.nuid) });
  }

  async info(name: string): Promise<StoredObject | null> {
    const info = await this.store.info(name);
    return info === null || info.deleted ? null : info;
  }

  async *list(): AsyncGenerator<StoredObject, void, undefined> {
    for await (const message of this.#read(objectSubjects(this.bucket), false)) {
      const info = message.json<ObjectInfo>();
      if (!info.deleted) yield info;
    }
  }

  /** Every object's name, without reading anything else of it. */
  async *names(): AsyncGenerator<string, void, undefined> {
    for await (const { subject } of this.#read(objectSubjects(this.bucket), true))
      yield objectNameOf(this.bucket, subject);
  }

  /** The object's bytes as they are there; the caller checks that they are whole. */
  async *read(object: StoredObject): AsyncGenerator<Uint8Array, void, undefined> {
    const { js, stream, bucket } = this;
    const subject = chunkSubject(bucket, object.nuid);
    for await (const { data } of consume({ js, stream, subject, aheadMessages: AHEAD_CHUNKS })) yield data;
  }

  /** An object of at most one chunk; null when it is not there. The caller checks that it is whole. */
  async readSmall(name: string): Promise<Uint8Array | null> {
    const info = await this.info(name);
    if (info === null) return null;
    const chunk = await this.jsm.streams.getMessage(this.stream, {
      last_by_subj: chunkSubject(this.bucket, info.nuid),
    });
    return chunk?.data ?? null;
  }

  /** Chunks first, so that an interrupted erasure leaves a name to find it by. */
  async erase(name: string): Promise<void> {
    const info = await this.store.info(name);
    if (info === null) return;
    await this.jsm.streams.purge(this.stream, { filter: chunkSubject(this.bucket, info.nuid) });
    await this.jsm.streams.purge(this.stream, { filter: objectSubject(this.bucket, name) });
  }

  /** Erases chunks that belong to no object. Must not run while this or another process stores objects that matter. */
  async eraseOrphans(): Promise<number> {
    const { state } = await this.jsm.streams.info(this.stream, { subjects_filter: chunkSubject(this.bucket, '>') });
    const orphans = new Set(Object.keys(state.subjects ?? {}));
    for await (const { nuid } of this.list()) orphans.delete(chunkSubject(this.bucket, nuid));
    for (const filter of orphans) await this.jsm.streams.purge(this.stream, { filter });
    return orphans.size;
  }

  async #putChunk(name: string, bytes: Uint8Array, expect: JetStreamPublishOptions['expect'] = {}): Promise<void> {
    const { bucket, js, jsm, stream } = this;
    const id = nuid.next();
    const chunk = chunkSubject(bucket, id);
    const info: Omit<ObjectInfo, 'revision'> = {
      name,
      description: '',
      options: { max_chunk_size: CHUNK_BYTES },
      bucket,
      nuid: id,
      size: bytes.length,
      chunks: 1,
      mtime: new Date().toISOString(),
      digest: `SHA-256=${hash('sha256', bytes, 'base64url')}=`,
      deleted: false,
    };
    const inPlace = headers();
    inPlace.set(JsHeaders.RollupHdr, JsHeaders.RollupValueSubject);
    try {
      await js.publish(chunk, bytes);
      await js.publish(objectSubject(bucket, name), JSON.stringify(info), { headers: inPlace, expect });
    } catch (error) {
      // Without an answer it may be stored all the same, and then needs its bytes.
      if (error instanceof JetStreamApiError) await jsm.streams.purge(stream, { filter: chunk });
      throw error;
    }
  }

  #read(subject: string, headersOnly: boolean): ReturnType<typeof consume> {
    return consume({ js: this.js, stream: this.stream, subject, headersOnly });
  }
}
