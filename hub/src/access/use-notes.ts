// When keys and sessions were last used: kept here and noted in the journal now and then, so that a request costs no append.

import type { Scheduler } from '@agentcom/schemas';
import type { CommandOf } from '../core/commands.js';

const NOTED_EVERY_MS = 60_000;
/** Used since the last note; those beyond are noted when they are used again. */
const REMEMBERED = 50_000;
/** Ids in one command, so that its event stays far below the largest. */
const NOTED_AT_ONCE = 1_000;

export interface UseNotesParts {
  readonly scheduler: Scheduler;
  /** ms; the hub's own time. */
  readonly now: () => number;
  /** Must not throw. */
  readonly note: (command: CommandOf<'credentials.note'>) => Promise<void>;
}

export class UseNotes {
  readonly #parts: UseNotesParts;
  readonly #keys = new Map<string, number>();
  readonly #sessions = new Map<string, number>();
  #cancel: (() => void) | undefined;

  constructor(parts: UseNotesParts) {
    this.#parts = parts;
  }

  used({ credential, session }: { readonly credential: string; readonly session: string | undefined }): void {
    const uses = session === undefined ? this.#keys : this.#sessions;
    if (uses.size >= REMEMBERED && !uses.has(credential)) return;
    uses.set(credential, this.#parts.now());
    this.#cancel ??= this.#parts.scheduler.after(NOTED_EVERY_MS, () => void this.flush());
  }

  /** Notes what was used since the last time. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    while (this.#keys.size + this.#sessions.size > 0) {
      const keys = takeFrom(this.#keys, NOTED_AT_ONCE);
      const sessions = takeFrom(this.#sessions, NOTED_AT_ONCE - keys.length);
      await this.#parts.note({ type: 'credentials.note', keys, sessions });
    }
  }

  /** Notes nothing more. */
  stop(): void {
    this.#cancel?.();
  }
}

function takeFrom(uses: Map<string, number>, count: number): (readonly [string, number])[] {
  const taken = [...uses].slice(0, count);
  for (const [id] of taken) uses.delete(id);
  return taken;
}
