// What the edges need of the store of output, and whose output is taken.

import type { OutputLines, OutputPiece, RefusalBody } from '@agentcom/schemas';
import { type FromConnection, outranked } from '../core/agent/fence.js';
import { Refusal } from '../core/refusal.js';
import type { State } from '../core/state.js';

/** How long the output of an attempt that has ended may still come in, ms. */
const LATE_MS = 10 * 60_000;

export interface OutputAttempt {
  readonly org: string;
  readonly task: string;
  readonly generation: number;
}

export interface OutputCursor {
  readonly generation: number;
  readonly outputSeq: number;
}

export interface OutputSender {
  readonly connection: string;
  /** Everything up to there is stored. */
  acked(task: string, generation: number, outputSeq: number): void;
}

/** `taken: false`: it and everything behind it must be sent again after `againMs`, `isNew` the first time that is said, or `nextSeq` comes first. */
export type OutputTaking =
  | { readonly taken: true }
  | { readonly taken: false; readonly nextSeq: number }
  | { readonly taken: false; readonly againMs: number; readonly isNew: boolean };

export interface OutputIntake {
  take(
    sender: OutputSender,
    agent: string,
    attempt: OutputAttempt,
    piece: { outputSeq: number; stream: OutputPiece['stream']; at: number; data: string },
  ): OutputTaking;
  /** The attempt's sidecar has said which piece is the last. */
  ended(attempt: OutputAttempt, outputSeq: number): void;
  /** Whether all output of an attempt is stored; undefined when this hub cannot tell. */
  isWhole(attempt: OutputAttempt): boolean | undefined;
}

export interface OutputReading {
  readonly pieces: readonly OutputPiece[];
  /** Where in the stream they lie: everything up to there has been read. */
  readonly seq: number;
}

export interface OutputStore {
  /** In the order it came; with `live` it goes on until `signal`. */
  read(request: {
    readonly org: string;
    readonly task: string;
    readonly generation?: number;
    readonly after?: OutputCursor;
    readonly live: boolean;
    readonly signal: AbortSignal;
  }): AsyncIterable<OutputReading>;
  /** Where the newest output of the task, or of that attempt, lies; 0 when there is none. */
  end(org: string, task: string, generation?: number): Promise<number>;
  /** Remembers where a reader stopped. */
  remember(org: string, task: string, cursor: OutputCursor, seq: number): void;
}

export interface OutputLineReader {
  /** Lines of one attempt, bounded in number, text and time: those from `from` on, or the last ones; with `q` those that have the text. */
  read(
    request: OutputAttempt & {
      readonly from: number;
      readonly limit: number;
      readonly last?: number | undefined;
      readonly q?: string | undefined;
      readonly signal: AbortSignal;
    },
  ): Promise<OutputLines>;
}

/** Why output of this attempt is not taken from this agent; null when it is. */
export function outputRefusal(
  state: State,
  who: FromConnection,
  { task: id, generation }: { readonly task: string; readonly generation: number },
  now: number,
): Refusal | null {
  const task = state.tasks.get(id);
  if (task === undefined || task.org !== who.org) return new Refusal('task.not_found', `task ${id} not found`);
  const attempt = task.attemptLog?.findLast((one) => one.generation === generation);
  if (attempt === undefined || attempt.agent !== who.agent) {
    return new Refusal('task.stale_generation', `generation ${generation} of task ${id} is not this agent's`);
  }
  const replaced = outranked(state, who);
  if (replaced !== undefined) return replaced;
  if (attempt.endedAt === undefined || attempt.endedAt + LATE_MS > now) return null;
  return new Refusal('task.stale_generation', `generation ${generation} of task ${id} ended too long ago`);
}

/** Why a piece was not taken. */
export function notTaken(taking: Extract<OutputTaking, { readonly taken: false }>, outputSeq: number): RefusalBody {
  if ('againMs' in taking) {
    return { code: 'rate.limited', message: 'too much output is waiting to be stored', retryAfterMs: taking.againMs };
  }
  const { nextSeq } = taking;
  const message = `output ${outputSeq} was sent while ${nextSeq} is next`;
  return { code: 'output.ahead', message, details: [{ path: '/outputSeq', message: `must be at most ${nextSeq}` }] };
}
