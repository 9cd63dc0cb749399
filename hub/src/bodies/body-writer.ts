// Long texts between the wire and the state: stored before the command that names them is decided, fetched before they are shown.

import { Buffer } from 'node:buffer';
import type { Result, TaskView } from '@agentcom/schemas';
import type { Body, StoredResult } from '../core/task/events.js';
import type { UnfilledTask } from '../core/task/view.js';
import { BodyLost } from './bodies.js';

/** Texts above this many bytes are stored apart from the journal. */
const INLINE_BYTES = 2048;

/** The parts of a result that are kept as JSON text. */
const JSON_PARTS = ['data', 'verification', 'notes'] as const;
type JsonPart = (typeof JSON_PARTS)[number];

/** The store of large bodies. */
export interface Bodies {
  /** Stores a text; it is kept at least until `release`, and from then on as long as a task names it. */
  put(text: string): Promise<{ readonly ref: string; release(): void }>;
  /** Rejects when there is no such body. */
  get(ref: string): Promise<string>;
}

/** The bodies of one command; `release` once the command is settled. */
export class BodyWriter {
  readonly #bodies: Bodies;
  readonly #held: { release(): void }[] = [];

  constructor(bodies: Bodies) {
    this.#bodies = bodies;
  }

  /** Whether something was stored that is held until `release`. */
  get holdsAny(): boolean {
    return this.#held.length > 0;
  }

  /** At once when the text is small enough to stay where it is. */
  store(text: string): Body | Promise<Body> {
    if (text.length * 3 <= INLINE_BYTES) return text;
    const bytes = Buffer.byteLength(text);
    return bytes <= INLINE_BYTES ? text : this.#put(text, bytes);
  }

  async #put(text: string, bytes: number): Promise<Body> {
    const stored = await this.#bodies.put(text);
    this.#held.push(stored);
    return { ref: stored.ref, bytes };
  }

  storeResult(result: Result): StoredResult | Promise<StoredResult> {
    const { summary, data: _data, verification: _verification, notes: _notes, ...rest } = result;
    const bare = whenReady(this.store(summary), (stored): StoredResult => ({ ...rest, summary: stored }));
    return JSON_PARTS.reduce<StoredResult | Promise<StoredResult>>(
      (made, name) => whenReady(made, (stored) => this.#withJson(stored, name, result[name])),
      bare,
    );
  }

  #withJson(result: StoredResult, name: JsonPart, value: unknown): StoredResult | Promise<StoredResult> {
    if (value === undefined) return result;
    return whenReady(this.store(JSON.stringify(value)), (stored) => ({ ...result, [name]: stored }));
  }

  release(): void {
    for (const held of this.#held) held.release();
  }
}

/** Goes on at once when there is nothing to wait for: most frames then cost no turn of the event loop. */
export function whenReady<T, U>(value: T | Promise<T>, make: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(make) : make(value);
}

export async function textOf(bodies: Bodies, body: Body): Promise<string> {
  return typeof body === 'string' ? body : await bodies.get(body.ref);
}

/** For people and for the archive. A text that is lost is named in its place, so that the rest of the task can still be shown. */
export async function filledTask(bodies: Bodies, task: UnfilledTask): Promise<TaskView> {
  const { prompt, data, result, ...rest } = task;
  return {
    ...rest,
    prompt: await shownText(bodies, prompt),
    ...(data !== undefined && { data: await shownJson(bodies, data, (lost) => lost) }),
    ...(result !== undefined && { result: await filledResult(bodies, result) }),
  };
}

async function filledResult(bodies: Bodies, stored: StoredResult): Promise<Result> {
  const { summary, data, verification, notes, ...rest } = stored;
  return {
    ...rest,
    summary: await shownText(bodies, summary),
    ...(data !== undefined && { data: await shownJson(bodies, data, (lost) => lost) }),
    ...(verification !== undefined && { verification: await shownJson(bodies, verification, () => []) }),
    ...(notes !== undefined && { notes: await shownJson(bodies, notes, (lost) => [lost]) }),
  } as Result;
}

function shownText(bodies: Bodies, body: Body): Promise<string> {
  return unlessLost(
    () => textOf(bodies, body),
    (lost) => lost,
  );
}

function shownJson(bodies: Bodies, body: Body, instead: (lost: string) => unknown): Promise<unknown> {
  return unlessLost(async () => JSON.parse(await textOf(bodies, body)) as unknown, instead);
}

async function unlessLost<T>(read: () => Promise<T>, instead: (lost: string) => T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof BodyLost) return instead(`[lost: ${error.message}]`);
    throw error;
  }
}
