// What the fake model is asked and what it may answer, in words that fit every tool. The wires of the tools are in the other files.

export interface Asked {
  readonly model: string;
  /** The newest words of the person, as far as the wire tells them from the tool's own. */
  readonly prompt: string;
  /** Tool calls that were answered since. */
  readonly step: number;
  /** What the newest of them gave. */
  readonly toolResult: string;
  /** Everything the model is shown, to look for words in. */
  readonly whole: string;
  /** Empty in requests beside the work, such as for a title. */
  readonly tools: readonly string[];
  /** What the request had to show who asks: a key or a token. */
  readonly credential?: string;
}

export type Answer = { readonly usage?: TokenUse } & (
  | { readonly say: string }
  /** Calls the tool that runs commands. */
  | { readonly shell: string }
  /** Calls the tool that writes files, for tools that have one of their own. */
  | { readonly write: { readonly path: string; readonly text: string } }
  /** Calls a tool of AgentCom's MCP server. */
  | { readonly mcp: string; readonly input: Readonly<Record<string, unknown>> }
  /** Refuses as a provider does whose usage limit is met. */
  | { readonly limit: { readonly resetsAtMs: number } }
  | { readonly refuse: { readonly status: number; readonly message: string } }
  /** Accepts the request and never says anything. */
  | { readonly hang: true }
  /** Breaks off in the middle of an answer. */
  | { readonly drop: true }
);

/** Fresh input, input from the cache, output. */
export interface TokenUse {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

export const USUAL_USE: TokenUse = { input: 1000, cached: 200, output: 50 };

/** The same question gets the same answer: tools ask again when they like. A promise lets them wait for it. */
export type Scenario = (asked: Asked) => Answer | Promise<Answer>;

/** The answers one after the other, as the tool calls among them are answered. */
export function inTurn(...answers: readonly Answer[]): Scenario {
  return ({ step }) => answers[Math.min(step, answers.length - 1)] ?? { say: 'Nothing.' };
}

/** A tool call as each wire writes it. */
export interface Call {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}
