// The vocabulary of one watched turn: what limits it, what happens to it, and what is asked for. `run.ts` says how they go together.

import type { Question } from '@agentcom/schemas';
import type { Price } from '@agentcom/schemas/prices';
import type { CutShort, Exit, ResumedSession } from './attempt.js';
import type { Budget } from './budget.js';
import type { Reading } from './budget-watch.js';
import type { RunProgress } from './job-model.js';

export interface RunPlan {
  readonly runner: string;
  readonly model: string | null;
  readonly resume: ResumedSession | null;
  /** Null: it may be silent for ever. */
  readonly inactivityMs: number | null;
  readonly timeoutMs: number;
  readonly finalGraceMs: number;
  readonly budget: Budget;
  readonly prices: readonly Price[];
  /** Behind a gateway: what models cost there, as far as it is known. */
  readonly gatewayPrices?: readonly Price[];
  /** Its kind says by a final event that the turn is over. */
  readonly hasFinalEvent: boolean;
  /** How a person signs in; empty for a kind without an account. */
  readonly signInHint: string;
}

/** What a tool says that matters to its run; what it says to people does not come here. */
export type RunHeard =
  | { readonly type: 'session'; readonly id: string; readonly model?: string }
  | { readonly type: 'progress'; readonly note?: string; readonly fraction?: number }
  | ({ readonly type: 'counters' } & Reading)
  | { readonly type: 'limit'; readonly resetsAt: string | null }
  | { readonly type: 'final'; readonly ok: boolean; readonly text: string }
  | { readonly type: 'signed out'; readonly text: string }
  | { readonly type: 'step' }
  | { readonly type: 'question'; readonly question: Question }
  | { readonly type: 'call'; readonly id: string; readonly is: 'begun' | 'ended' }
  | { readonly type: 'refused'; readonly call: string }
  | { readonly type: 'input'; readonly text: string };

export type RunEvent =
  | { readonly type: 'heard'; readonly heard: RunHeard }
  /** It does something: it printed, its processes are busy, or it called its sidecar. */
  | { readonly type: 'activity' }
  | { readonly type: 'tick' }
  /** Somebody wants it to end: `asked` since a question has come another way. */
  | { readonly type: 'stop'; readonly reason: 'asked' | null };

export type RunEffect =
  | { readonly do: 'write'; readonly text: string }
  | { readonly do: 'close input' }
  | { readonly do: 'tell'; readonly progress: RunProgress }
  /** The whole group: asked first, then by force. */
  | { readonly do: 'end' };

export interface RunState {
  readonly startedAt: number;
  readonly lastActivityAt: number;
  /** Tool calls that have begun and not ended. */
  readonly openCalls: ReadonlySet<string>;
  readonly calls: number;
  readonly refused: readonly string[];
  readonly refusals: number;
  readonly progress: RunProgress;
  readonly reading: Reading | null;
  readonly final: Exit['final'];
  /** What the tool said of its account; null unless it explains why the turn ended. */
  readonly signedOut: string | null;
  readonly resetsAt: string | null;
  readonly question: Question | null;
  readonly cut: CutShort | null;
  /** When it has to have left by itself; null while it may work. */
  readonly leaveBy: number | null;
  readonly isEnding: boolean;
}

export interface RunStep {
  readonly state: RunState;
  readonly effects: readonly RunEffect[];
}
