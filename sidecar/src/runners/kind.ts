// What each kind of agent says for itself: how it is started for one turn, and what its output means. A kind is one file in
// `kinds/` and one recorded fixture; everything else about running it is the same for all.

import type { Answered, Question, RunnerKind } from '@agentcom/schemas';
import type { Counters, ResumedSession } from '../core/attempt.js';
import type { CredentialFile } from './credential-files.js';

/** One turn, as a kind needs to know it. */
export interface TurnRequest {
  readonly task: { readonly id: string; readonly title: string };
  readonly prompt: string;
  /** Where the agent works. */
  readonly cwd: string;
  /** Directories outside `cwd` that its work changes, such as git's own. */
  readonly writableDirs: readonly string[];
  /** A private directory of this turn, for files that the agent is to be given. */
  readonly dir: string;
  readonly model: string | null;
  readonly resume: ResumedSession | null;
  /** For tools that let their caller name a new session. */
  readonly newSessionId: string;
  /** Null: the default of its kind, which needs nobody at a terminal. */
  readonly permissionMode: string | null;
  readonly approvals: 'off' | 'ask';
  /** What was asked in this attempt and answered, approvals among it. */
  readonly answers: readonly Answered[];
  /** Program and arguments; only `command` uses more than the first. */
  readonly argv: readonly [string, ...string[]];
  readonly extraArgs: readonly string[];
  /** The address of the gateway that it is to reach its model through, without `/v1`; its token is in the environment. Null: none. */
  readonly gateway: string | null;
  /** How the MCP server of AgentCom is started, and the environment it needs. */
  readonly mcp: { readonly argv: readonly [string, ...string[]]; readonly env: Readonly<Record<string, string>> };
}

export interface Launch {
  readonly argv: readonly [string, ...string[]];
  /** Over what every agent gets. */
  readonly env: Readonly<Record<string, string>>;
  /** What it is told on standard input. */
  readonly input: string;
  /** Whether its input stays open for what `Heard` has to say, until the final event; otherwise it ends after `input`. */
  readonly keepsInputOpen: boolean;
  /** Written into `dir` first, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** What one line of a tool's output means. */
export type Heard =
  | { readonly type: 'session'; readonly id: string; readonly model?: string }
  /** For people to read: whole lines. `stream`: the tool's own words as they came; without it they were made of its events. */
  | { readonly type: 'say'; readonly text: string; readonly stream?: 'stdout' | 'stderr' }
  | { readonly type: 'progress'; readonly note?: string; readonly fraction?: number }
  /** `session`: over the whole session, resumed turns included; `turn`: of this process alone, growing. */
  | {
      readonly type: 'counters';
      readonly scope: 'session' | 'turn';
      readonly counters: Counters;
      readonly currency?: string;
    }
  /** A usage limit was met and the turn cannot go on. */
  | { readonly type: 'limit'; readonly resetsAt: string | null }
  /** The tool says that the turn is over. */
  | { readonly type: 'final'; readonly ok: boolean; readonly text: string }
  /** Its provider does not take the account of this machine: after the `final` that it explains, or instead of any beginning. */
  | { readonly type: 'signed out'; readonly text: string }
  /** The model answers anew: whatever was said before, the turn goes on. */
  | { readonly type: 'step' }
  /** A call of a tool, but for our own; what is open counts as activity. `id`: the same for both. */
  | { readonly type: 'call'; readonly id: string; readonly is: 'begun' | 'ended' }
  /** A call was refused, for want of permission. */
  | { readonly type: 'refused'; readonly call: string }
  /** Somebody has to be asked before the work can go on; the turn is to end. */
  | { readonly type: 'question'; readonly question: Question }
  /** To be written to its input. */
  | { readonly type: 'input'; readonly text: string };

/**
 * Reads the output of one turn, line by line, without the line's end. What it does not understand it says as it is, or leaves out;
 * it is never an error. Nothing heard means that the line is of no interest to people.
 */
export interface Dialect {
  stdout(line: string): readonly Heard[];
  stderr(line: string): readonly Heard[];
}

export interface GatewayUse {
  /** What it asks there. */
  readonly path: string;
  /** The variable by which it gets the token. */
  readonly tokenVariable: string;
  /** It asks for no model that it was not told of. */
  readonly needsModel?: true;
}

export interface KindDefinition {
  readonly kind: RunnerKind;
  /** The program when none is configured; null for `command`. */
  readonly program: string | null;
  /** Prints its version and exits 0. */
  readonly versionArgs: readonly string[];
  /** What shows that it can work here: any of these variables or files is there. Empty: nothing is needed. */
  readonly signedIn: { readonly env: readonly string[]; readonly files: readonly CredentialFile[] };
  /** How to sign in, for people. */
  readonly signInHint: string;
  /** Variables it needs from the sidecar's environment, passed on beside those of the configuration. */
  readonly passEnv: readonly string[];
  /** Names the directory of an account; absent for tools that keep none in directories. */
  readonly accountVariable?: string;
  /** Absent for tools that cannot be sent to a gateway of the operator's. */
  readonly gateway?: GatewayUse;
  /** It says by a final event that a turn is over. Without one, exit code 0 is not success then. */
  readonly hasFinalEvent: boolean;
  /** At SIGINT it breaks off and says in a final event what it has used; at SIGTERM it says nothing. */
  readonly endsAtInterrupt?: true;
  /** How a text is put on the open input of a turn that runs; absent where the tool takes none then. */
  readonly said?: (text: string) => string;
  launch(turn: TurnRequest): Launch;
  dialect(turn: TurnRequest): Dialect;
}
