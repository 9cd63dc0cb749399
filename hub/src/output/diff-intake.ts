// Takes what attempts have changed: gathers the parts of each diff, checks that they are all of it, stores it, and tells whoever waits for it.

import { createHash } from 'node:crypto';
import { LIMITS, type SidecarFrameOf, type TaskDiff } from '@agentcom/schemas';
import { Refusal } from '../core/refusal.js';
import { Pace, type PaceSize } from './pace.js';
import type { Attempt } from './stored.js';

/** Of one connection. */
const PACE: PaceSize = { bytesPerSecond: 128 * 1024, burstBytes: 2 * 1024 ** 2 };
/** Text of all diffs of which parts have come. */
const ALL_BYTES = 64 * 1024 ** 2;

type Part = Pick<SidecarFrameOf<'task.diff.part'>, 'task' | 'generation' | 'digest' | 'part' | 'data'>;
type Whole = SidecarFrameOf<'task.diff'>;

export interface DiffIntakeParts {
  readonly put: (org: string, diff: TaskDiff) => Promise<void>;
  /** Monotonic, ms. */
  readonly now: () => number;
  readonly onFailed: (error: unknown, attempt: Attempt) => void;
}

interface Begun {
  /** Attempt and digest. */
  readonly of: string;
  readonly texts: string[];
  bytes: number;
}

export class DiffIntake {
  readonly #parts: DiffIntakeParts;
  readonly #waiting = new Map<string, Set<() => void>>();
  #held = 0;

  constructor(parts: DiffIntakeParts) {
    this.#parts = parts;
  }

  /** For one connection of a sidecar. */
  open(): DiffReception {
    return new DiffReception({
      store: (org, diff) => this.#store(org, diff),
      now: this.#parts.now,
      hold: (bytes) => {
        if (bytes > 0 && this.#held + bytes > ALL_BYTES) return false;
        this.#held += bytes;
        return true;
      },
    });
  }

  /** Calls `arrived` when the next diff of the attempt is stored, unless what is returned is called before. */
  onNext(attempt: Attempt, arrived: () => void): () => void {
    const key = keyOf(attempt);
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting.add(arrived));
    return () => {
      waiting.delete(arrived);
      if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key);
    };
  }

  async #store(org: string, diff: TaskDiff): Promise<Refusal | undefined> {
    const attempt = { org, task: diff.task, generation: diff.generation };
    try {
      await this.#parts.put(org, diff);
    } catch (error) {
      this.#parts.onFailed(error, attempt);
      return new Refusal('hub.outcome_unknown', 'the diff may or may not have been stored', [], 1_000);
    }
    for (const arrived of [...(this.#waiting.get(keyOf(attempt)) ?? [])]) arrived();
    return undefined;
  }
}

interface ReceptionParts {
  readonly store: (org: string, diff: TaskDiff) => Promise<Refusal | undefined>;
  readonly now: () => number;
  /** False when that much more may not be held; less than 0 gives back. */
  readonly hold: (bytes: number) => boolean;
}

/** One diff at a time: the parts of another end what was begun. */
class DiffReception {
  readonly #parts: ReceptionParts;
  readonly #pace: Pace;
  #begun: Begun | undefined;

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
    this.#pace = new Pace(PACE, parts.now());
  }

  /** One that does not follow, or is too much, ends what was begun; whoever sent it is told when it says that it was the whole. */
  part({ task, generation, digest, part, data }: Part): void {
    const of = nameOf(task, generation, digest);
    if (part === 1) this.#begin(of);
    const begun = this.#begun;
    if (begun === undefined) return;
    const bytes = Buffer.byteLength(data);
    const follows = begun.of === of && begun.texts.length === part - 1 && begun.bytes + bytes <= LIMITS.diffBytes;
    if (!follows || !this.#parts.hold(bytes)) return this.close();
    begun.texts.push(data);
    begun.bytes += bytes;
  }

  /** Undefined once it is stored. `at`: when it came, RFC 3339. */
  async whole(
    org: string,
    { type: _type, id: _id, digest, parts, ...facts }: Whole,
    at: string,
  ): Promise<Refusal | undefined> {
    const begun = this.#begun;
    this.close();
    const isIt = begun?.of === nameOf(facts.task, facts.generation, digest) && begun.texts.length === parts;
    if (parts > 0 && !isIt)
      return new Refusal('diff.incomplete', 'parts of this diff did not come over this connection');
    const text = parts === 0 ? '' : (begun?.texts.join('') ?? '');
    if (createHash('sha256').update(text).digest('hex') !== digest) {
      const message = 'is not the digest of the text';
      return new Refusal('request.invalid', 'the frame is not valid', [{ path: '/digest', message }]);
    }
    const waitMs = this.#pace.waitMs(this.#parts.now());
    if (waitMs > 0) return new Refusal('rate.limited', 'diffs are coming too fast', [], waitMs);
    this.#pace.take(Buffer.byteLength(text));
    return this.#parts.store(org, { at, ...facts, text });
  }

  /** Lets go of what has come. */
  close(): void {
    if (this.#begun !== undefined) this.#parts.hold(-this.#begun.bytes);
    this.#begun = undefined;
  }

  #begin(of: string): void {
    this.close();
    this.#begun = { of, texts: [], bytes: 0 };
  }
}

function keyOf({ org, task, generation }: Attempt): string {
  return `${org}/${task}/${generation}`;
}

function nameOf(task: string, generation: number, digest: string): string {
  return `${task} ${generation} ${digest}`;
}
