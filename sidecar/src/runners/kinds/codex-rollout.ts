// What Codex notes in its own record of a session, the rollout: its model, and after every request what it has used so far. Its output
// says neither before the turn is over, which is too late to end a turn that costs too much.

import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { at, eventOf, textAt } from './event.js';

/** What is read at a time; of what was written since the last time, the newest. */
const READ_BYTES = 256 * 1024;
/** A search goes through all sessions there are; a rollout that is not found by then is not written here. */
const SEARCHES_MAX = 20;

export interface Noted {
  readonly model?: string;
  /** As `turn.completed` says it, over the whole session. */
  readonly usage?: unknown;
}

export class CodexRollout {
  readonly #sessions: string;
  #path: string | undefined;
  #searches = 0;
  #offset = 0;

  constructor(env: Readonly<Record<string, string | undefined>> = process.env) {
    this.#sessions = join(env.CODEX_HOME ?? join(env.HOME ?? homedir(), '.codex'), 'sessions');
  }

  /** What is new since the last time. A rollout that is not there, or not as it was, tells nothing. */
  unread(thread: string): Noted {
    try {
      if (this.#path === undefined && this.#searches < SEARCHES_MAX) {
        this.#searches += 1;
        this.#path = this.#find(thread);
      }
      return this.#path === undefined ? {} : this.#read(this.#path);
    } catch {
      return {};
    }
  }

  /** Below a folder for each year, month and day, of which a resumed session may have an old one. */
  #find(thread: string): string | undefined {
    const names = readdirSync(this.#sessions, { recursive: true, encoding: 'utf8' });
    const found = names.filter((name) => name.endsWith(`-${thread}.jsonl`)).sort();
    const newest = found.at(-1);
    return newest === undefined ? undefined : join(this.#sessions, newest);
  }

  #read(path: string): Noted {
    // The agent may write there, and a pipe would never end.
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = fstatSync(file);
      const size = found.isFile() ? found.size : 0;
      const from = Math.min(size, Math.max(this.#offset, size - READ_BYTES));
      const bytes = Buffer.alloc(size - from);
      const read = readSync(file, bytes, 0, bytes.length, from);
      const text = bytes.toString('utf8', 0, read);
      const whole = text.lastIndexOf('\n') + 1;
      this.#offset = from + Buffer.byteLength(text.slice(0, whole));
      return notedIn(text.slice(0, whole).split('\n'));
    } finally {
      closeSync(file);
    }
  }
}

function notedIn(lines: readonly string[]): Noted {
  let noted: Noted = {};
  for (const line of lines) {
    if (!line.includes('"token_count"') && !line.includes('"turn_context"')) continue;
    const event = eventOf(line);
    const model = event?.type === 'turn_context' ? textAt(event, 'payload', 'model') : undefined;
    const usage = at(event, 'payload', 'info', 'total_token_usage');
    noted = { ...noted, ...(model !== undefined && { model }), ...(usage !== undefined && { usage }) };
  }
  return noted;
}
