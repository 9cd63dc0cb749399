// The output of every attempt that still has some to send: of the one that is held, and for a while of those that have ended.

import type { HubFrameOf } from '@agentcom/schemas';
import type { AttemptId } from '../core/attempt.js';
import { OutputSender, type SenderParts } from './sender.js';

/** How long the rest of an attempt's output may take once its end has been said. */
const REST_MS = 10_000;
/** Attempts that send their rest at the same time. */
const SENDERS_MAX = 8;

export class Outputs {
  readonly #parts: Omit<SenderParts, 'attempt' | 'dir'>;
  readonly #senders = new Map<string, OutputSender>();
  #isOnline = false;
  #isStopped = false;

  constructor(parts: Omit<SenderParts, 'attempt' | 'dir'>) {
    this.#parts = parts;
  }

  /** Sends what is printed there from now on, and what was before. */
  follow(attempt: AttemptId, dir: string): void {
    const name = nameOf(attempt);
    if (this.#isStopped || this.#senders.has(name) || this.#senders.size >= SENDERS_MAX) return;
    const sender = new OutputSender({ ...this.#parts, attempt, dir });
    this.#senders.set(name, sender);
    sender.start();
    if (this.#isOnline) sender.linked();
  }

  /** The attempt is over, and its directory is somewhere else. Resolves when nobody reads there any more, or everything stops. */
  async ended(attempt: AttemptId, dir: string): Promise<void> {
    const sender = this.#senders.get(nameOf(attempt));
    if (sender === undefined) return;
    sender.moved(dir);
    await sender.finish(REST_MS);
    // The next start sends what a stop has cut off.
    if (!this.#isStopped) this.#senders.delete(nameOf(attempt));
  }

  linked(): void {
    this.#isOnline = true;
    for (const sender of this.#senders.values()) sender.linked();
  }

  lost(): void {
    this.#isOnline = false;
    for (const sender of this.#senders.values()) sender.lost();
  }

  taken({ task, generation, outputSeq }: HubFrameOf<'task.output.ack'>): void {
    this.#senders.get(nameOf({ task, generation }))?.taken(outputSeq);
  }

  /** The hub could not take some of it. */
  again(inMs: number): void {
    for (const sender of this.#senders.values()) sender.again(inMs);
  }

  /** The number of the last output of an attempt whose processes have ended; null when that cannot be told in time. */
  async end(attempt: AttemptId, withinMs: number): Promise<number | null> {
    return (await this.#senders.get(nameOf(attempt))?.end(withinMs)) ?? null;
  }

  /** Whether some of its output may still have to be read. */
  isSending(attempt: AttemptId): boolean {
    return this.#senders.has(nameOf(attempt));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#senders.values()].map((sender) => sender.stop()));
  }
}

function nameOf({ task, generation }: AttemptId): string {
  return `${task} ${generation}`;
}
