// What a POST with an idempotency key is answered when it is sent again: the answer of the first time, if that was a success. Each caller has
// keys of its own, so that nobody is shown an answer to somebody else. In memory: what must survive a restart, the submission of tasks,
// has its keys in the journal.

import { hash } from 'node:crypto';
import type { Repetition } from '@agentcom/schemas';
import { LRUCache } from 'lru-cache';
import { Refusal } from '../../core/refusal.js';
import type { RouteReply } from './handler.js';

const KEPT_MS = 24 * 3_600_000;
/** The answers that were not asked for longest go first. */
const KEPT_BYTES = 32 * 1024 ** 2;
const KEPT_BYTES_OF_CALLER = 1024 ** 2;
/** What an entry takes beside the text of its answer. */
const ENTRY_BYTES = 512;

export interface Repeatable {
  /** The id of the caller's key. */
  readonly caller: string;
  /** The request and its idempotency key. */
  readonly key: string;
  /** Of the body. */
  readonly digest: string;
  readonly repetition: Exclude<Repetition, 'command'>;
}

interface Kept {
  readonly caller: string;
  readonly digest: string;
  readonly bytes: number;
  /** Undefined when it held a secret. */
  readonly reply: RouteReply | undefined;
}

/** What is kept for one caller: entries by id, the oldest first. */
interface Share {
  readonly ids: Set<string>;
  bytes: number;
}

interface Running {
  readonly digest: string;
  readonly reply: Promise<RouteReply | Refusal>;
}

export class IdempotencyCache {
  readonly #kept: LRUCache<string, Kept>;
  readonly #shares = new Map<string, Share>();
  readonly #running = new Map<string, Running>();

  /** `now` is monotonic, ms. */
  constructor(now: () => number) {
    this.#kept = new LRUCache({
      maxSize: KEPT_BYTES,
      maxEntrySize: KEPT_BYTES_OF_CALLER,
      sizeCalculation: ({ bytes }) => bytes,
      ttl: KEPT_MS,
      ttlResolution: 0,
      perf: { now },
      dispose: (kept, id) => this.#forget(kept, id),
    });
  }

  /** The reply given before to this key and body, or that of `run`. With another body it refuses. */
  async once(request: Repeatable, run: () => Promise<RouteReply | Refusal>): Promise<RouteReply | Refusal> {
    const id = hash('sha256', JSON.stringify([request.caller, request.key]), 'base64url');
    const running = this.#running.get(id);
    if (running !== undefined) {
      if (running.digest !== request.digest) return reused();
      const reply = await running.reply;
      if (reply instanceof Refusal) return reply;
      return request.repetition === 'replay' ? replayed(reply) : notKept();
    }
    const kept = this.#kept.get(id);
    if (kept !== undefined) {
      if (kept.digest !== request.digest) return reused();
      return kept.reply === undefined ? notKept() : replayed(kept.reply);
    }
    const reply = run();
    this.#running.set(id, { digest: request.digest, reply });
    try {
      const given = await reply;
      if (!(given instanceof Refusal)) this.#keep(id, request, given);
      return given;
    } finally {
      this.#running.delete(id);
    }
  }

  #keep(id: string, { caller, digest, repetition }: Repeatable, reply: RouteReply): void {
    const text = repetition === 'replay' ? asText(reply) : undefined;
    const bytes = ENTRY_BYTES + (text === undefined ? 0 : Buffer.byteLength(String(text.body ?? '')));
    if (bytes > KEPT_BYTES_OF_CALLER) return;
    const share = this.#shares.get(caller) ?? { ids: new Set(), bytes: 0 };
    // One caller's answers push out its own only.
    for (const oldest of share.ids) {
      if (share.bytes + bytes <= KEPT_BYTES_OF_CALLER) break;
      this.#kept.delete(oldest);
    }
    this.#kept.set(id, { caller, digest, bytes, reply: text });
    share.ids.add(id);
    share.bytes += bytes;
    this.#shares.set(caller, share);
  }

  #forget({ caller, bytes }: Kept, id: string): void {
    const share = this.#shares.get(caller);
    if (share === undefined) return;
    share.ids.delete(id);
    share.bytes -= bytes;
    if (share.ids.size === 0) this.#shares.delete(caller);
  }
}

/** Kept as text, so that nothing can change it and its size is known. */
function asText({ body, status, headers }: RouteReply): RouteReply {
  return {
    ...(status !== undefined && { status }),
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
}

/** Nothing was done again, and whoever reads it can tell. */
function replayed(reply: RouteReply): RouteReply {
  return { ...reply, headers: { ...reply.headers, 'idempotency-replayed': 'true' } };
}

function reused(): Refusal {
  return new Refusal('idempotency.key_reused', 'this idempotency key was used for a different request');
}

function notKept(): Refusal {
  return new Refusal('idempotency.answer_not_kept', 'a request with this idempotency key has already taken effect');
}
