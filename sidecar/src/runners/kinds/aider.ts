// Aider: plain text, no session and no events. It commits by itself.

import type { Dialect, Heard, KindDefinition, Launch, TurnRequest } from '../kind.js';

/** How it begins what it says of a key that its provider does not take. */
const SIGNED_OUT = /^(?:litellm\.AuthenticationError|The API provider is not able to authenticate you)/;
/** Of an answer, once it is there. */
const USED = /^Tokens: ([\d.,]+k?) sent.*?, ([\d.,]+k?) received/;
const PROMPT_FILE = 'prompt.md';

export const aider: KindDefinition = {
  kind: 'aider',
  program: 'aider',
  versionArgs: ['--version'],
  signedIn: {
    env: ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'OPENROUTER_API_KEY', 'GEMINI_API_KEY'],
    files: [{ dir: '', name: '.aider.conf.yml' }],
  },
  signInHint: 'set the key of the model’s provider, such as ANTHROPIC_API_KEY or OPENAI_API_KEY',
  passEnv: ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'OPENROUTER_API_KEY', 'GEMINI_API_KEY'],
  hasFinalEvent: false,
  launch,
  dialect: () => new AiderDialect(),
};

class AiderDialect implements Dialect {
  #inputTokens = 0;
  #outputTokens = 0;

  stdout(line: string): readonly Heard[] {
    return this.#said(line, 'stdout');
  }

  stderr(line: string): readonly Heard[] {
    return this.#said(line, 'stderr');
  }

  /** A model may say anything, also what Aider says of its key; only after an answer it counts what that took. */
  #said(text: string, stream: 'stdout' | 'stderr'): readonly Heard[] {
    const say: Heard = { type: 'say', text, stream };
    if (SIGNED_OUT.test(text)) return [say, { type: 'signed out', text }];
    const [, sent, received] = USED.exec(text) ?? [];
    if (sent === undefined || received === undefined) return [say];
    this.#inputTokens += tokens(sent);
    this.#outputTokens += tokens(received);
    const counters = { inputTokens: this.#inputTokens, outputTokens: this.#outputTokens, costMicros: 0 };
    return [say, { type: 'counters', scope: 'turn', counters }];
  }
}

/** `950`, `2.5k`, `12k`. */
function tokens(text: string): number {
  return Math.round(text.endsWith('k') ? Number(text.slice(0, -1)) * 1000 : Number(text.replaceAll(',', '')));
}

function launch(turn: TurnRequest): Launch {
  return {
    argv: [
      turn.argv[0],
      ...['--message-file', `${turn.dir}/${PROMPT_FILE}`, '--yes-always', '--no-stream', '--no-pretty'],
      ...(turn.model === null ? [] : ['--model', turn.model]),
      ...turn.extraArgs,
    ],
    env: {},
    input: '',
    keepsInputOpen: false,
    files: { [PROMPT_FILE]: turn.prompt },
  };
}
