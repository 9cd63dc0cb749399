// Large bodies, stored before the batch that names them, under `<epoch>.<SHA-256>`. A hub stores only under the epoch it leads in,
// so that one that has lost the lead can never erase what its successor stored.

import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { CHUNK_BYTES, type Objects } from '../jetstream/objects.js';

export interface StoredBody {
  readonly ref: string;
  readonly bytes: number;
}

/** The state names a body that is not there, or not as it was stored. */
export class BodyLost extends Error {
  override readonly name = 'BodyLost';
  constructor(readonly ref: string) {
    super(`the stored body ${ref} is missing or damaged`);
  }
}

/** Erasures that wait for a backup; those beyond are left to the next sweep. */
const HELD_MAX = 100_000;

export class Bodies {
  readonly #cache: LRUCache<string, string>;
  readonly #pins = new Map<string, number>();
  readonly #putting = new Map<string, Promise<void>>();
  readonly #erasing = new Map<string, Promise<void>>();
  readonly #held = new Set<string>();
  #holds = 0;

  constructor(
    private readonly objects: Objects,
    cacheBytes: number,
  ) {
    this.#cache = new LRUCache({ maxSize: cacheBytes });
  }

  /**
   * Stores `text` (below 512 KiB) unless it is there, and pins it: until `release`, one call for each `put`, nothing erases it.
   * When this rejects, nothing is pinned.
   */
  async put(text: string, epoch: number): Promise<StoredBody> {
    const data = Buffer.from(text);
    if (data.length > CHUNK_BYTES) throw new RangeError(`a body of ${data.length} bytes is too large`);
    const ref = `${epoch}.${hash('sha256', data)}`;
    this.#pins.set(ref, (this.#pins.get(ref) ?? 0) + 1);
    // Whoever wanted it erased did not know of this.
    this.#held.delete(ref);
    try {
      let putting = this.#putting.get(ref);
      if (putting === undefined) {
        putting = this.#store(ref, data).finally(() => this.#putting.delete(ref));
        this.#putting.set(ref, putting);
      }
      await putting;
    } catch (error) {
      this.release(ref);
      throw error;
    }
    this.#cache.set(ref, text, { size: data.length });
    return { ref, bytes: data.length };
  }

  /** Undoes one pin, once the command that names the body has been decided. */
  release(ref: string): void {
    const pins = (this.#pins.get(ref) ?? 0) - 1;
    if (pins > 0) this.#pins.set(ref, pins);
    else this.#pins.delete(ref);
  }

  /** Rejects with BodyLost when the body is not there as it was stored. */
  async get(ref: string): Promise<string> {
    const cached = this.#cache.get(ref);
    if (cached !== undefined) return cached;
    const data = await this.objects.readSmall(ref);
    if (data === null || hash('sha256', data) !== hashOf(ref)) throw new BodyLost(ref);
    const text = Buffer.from(data).toString();
    this.#cache.set(ref, text, { size: data.length });
    return text;
  }

  /** Erases a body that nothing names any more, unless a command under way does. Waits for the end of a running backup. */
  async erase(ref: string): Promise<void> {
    if (this.#holds > 0) {
      if (this.#held.size < HELD_MAX) this.#held.add(ref);
      return;
    }
    if (this.#pins.has(ref)) return;
    let erasing = this.#erasing.get(ref);
    if (erasing === undefined) {
      this.#cache.delete(ref);
      erasing = this.objects.erase(ref).finally(() => this.#erasing.delete(ref));
      this.#erasing.set(ref, erasing);
    }
    await erasing;
  }

  /** Nothing is erased until the returned function is called; that one resolves when what was asked for meanwhile is erased. */
  holdErasures(): () => Promise<void> {
    this.#holds++;
    let done = false;
    return async () => {
      if (done) return;
      done = true;
      this.#holds--;
      if (this.#holds > 0) return;
      const refs = [...this.#held];
      this.#held.clear();
      for (const ref of refs) await this.erase(ref);
    };
  }

  /** Erases what earlier leaders, below `epoch`, stored and `known` does not name. Returns how many. */
  async sweep(known: (ref: string) => boolean, epoch: number): Promise<number> {
    const orphans: string[] = [];
    for await (const ref of this.objects.names()) {
      if (Number.parseInt(ref, 10) < epoch && !known(ref)) orphans.push(ref);
    }
    for (const ref of orphans) await this.erase(ref);
    return orphans.length;
  }

  async #store(ref: string, data: Uint8Array): Promise<void> {
    await this.#erasing.get(ref)?.catch(() => undefined);
    // What is remembered most likely is there.
    if (!this.#cache.has(ref) && (await this.objects.add(ref, data))) return;
    const old = await this.objects.info(ref);
    if (old?.size !== data.length) await this.objects.replace(ref, data, old);
  }
}

function hashOf(ref: string): string {
  return ref.slice(ref.indexOf('.') + 1);
}
