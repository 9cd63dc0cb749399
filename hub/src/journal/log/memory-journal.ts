// The journal in memory, for tests and simulation: the same bytes, chain and judgement, without a server.

import type {
  AppendOutcome,
  Batch,
  JournalHead,
  JournalPort,
  Recovered,
  StoredBatch,
} from '../../coordinator/ports.js';
import { ChainBroken, decode, encode, headAfter, sha256 } from './codec.js';
import { fromTheBeginning, judge, Replay, type WitnessedHead } from './replay.js';

/** The stored bytes; the message with sequence `n` is at index `n - 1`. */
export type StoredMessages = Uint8Array[];

/** Appends when the end is where `after` says, as the server would, and tells the outcome the writer would learn. */
export function appendTo(messages: StoredMessages, batch: Batch, after: JournalHead): AppendOutcome {
  const bytes = encode(batch, after);
  const head = headAfter(after, bytes);
  if (messages.length === after.seq) {
    messages.push(bytes);
    return { kind: 'acked', head };
  }
  return outcomeOf(messages, head);
}

/** What became of an append that would have ended the journal at `head`. */
export function outcomeOf(messages: StoredMessages, head: JournalHead): AppendOutcome {
  const stored = messages[head.seq - 1];
  if (stored === undefined) return { kind: 'unknown', reason: 'nothing is stored there' };
  return sha256(stored) === head.hash ? { kind: 'acked', head } : { kind: 'overtaken' };
}

/** Replays everything. `newId` names a journal that is still empty. Throws JournalRefused. */
export function recoverFrom(messages: StoredMessages, atLeast: JournalHead | null, newId: () => string): Recovered {
  const known: WitnessedHead[] = atLeast === null ? [] : [{ head: atLeast, source: 'the acknowledged end' }];
  const replay = new Replay(fromTheBeginning(), new Set(known.map(({ head }) => head.seq)));
  let broken: ChainBroken | null = null;
  for (const [index, bytes] of messages.entries()) {
    try {
      replay.add(bytes, index + 1);
    } catch (error) {
      if (!(error instanceof ChainBroken)) throw error;
      broken = error;
      break;
    }
  }
  const refused = judge(replay, known, messages.length, broken);
  if (refused !== null) throw refused;
  const result = replay.result();
  return result.head.journal === '' ? { ...result, head: { ...result.head, journal: newId() } } : result;
}

export class MemoryJournal implements JournalPort {
  readonly #followers = new Set<() => void>();

  constructor(
    readonly messages: StoredMessages,
    private readonly newId: () => string,
  ) {}

  append(batch: Batch, after: JournalHead): Promise<AppendOutcome> {
    const outcome = appendTo(this.messages, batch, after);
    for (const wake of this.#followers) queueMicrotask(wake);
    return Promise.resolve(outcome);
  }

  recover(atLeast: JournalHead | null): Promise<Recovered> {
    try {
      return Promise.resolve(recoverFrom(this.messages, atLeast, this.newId));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  follow(after: JournalHead, onBatch: (batch: StoredBatch) => void, onBroken: (error: Error) => void): () => void {
    let head = after;
    const read = () => {
      try {
        for (let bytes = this.messages[head.seq]; bytes !== undefined; bytes = this.messages[head.seq]) {
          if (!this.#followers.has(read)) return;
          const batch = decode(bytes, head.seq + 1, head);
          head = batch.head;
          onBatch(batch);
        }
      } catch (error) {
        this.#followers.delete(read);
        onBroken(error instanceof Error ? error : new Error(String(error)));
      }
    };
    this.#followers.add(read);
    queueMicrotask(read);
    return () => this.#followers.delete(read);
  }
}
