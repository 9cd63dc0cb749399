// Aider: plain text, no session and no events. It commits by itself.

import type { Dialect, Heard, KindDefinition, Launch, TurnRequest } from '../kind.js';

/** How it begins what it says of a key that its provider does not take. */
const SIGNED_OUT = /^(?:litellm\.AuthenticationError|The API provider is not able to authenticate you)/;
const PROMPT_FILE = 'prompt.md';

export const aider: KindDefinition = {
  kind: 'aider',
  program: 'aider',
  versionArgs: ['--version'],
  signedIn: {
    env: ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'OPENROUTER_API_KEY', 'GEMINI_API_KEY'],
    files: ['.aider.conf.yml'],
  },
  signInHint: 'set the key of the model’s provider, such as ANTHROPIC_API_KEY or OPENAI_API_KEY',
  passEnv: ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'OPENROUTER_API_KEY', 'GEMINI_API_KEY'],
  hasFinalEvent: false,
  launch,
  dialect: (): Dialect => ({
    stdout: (line) => said(line, 'stdout'),
    stderr: (line) => said(line, 'stderr'),
  }),
};

function said(text: string, stream: 'stdout' | 'stderr'): readonly Heard[] {
  const say: Heard = { type: 'say', text, stream };
  return SIGNED_OUT.test(text) ? [say, { type: 'signed out', text }] : [say];
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
