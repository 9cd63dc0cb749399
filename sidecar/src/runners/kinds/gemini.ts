// Gemini CLI: one process per turn, JSON lines on its output.

import type { Dialect, Heard, KindDefinition, Launch, TurnRequest } from '../kind.js';
import { at, type Event, eventOf, numberAt, textAt } from './event.js';
import { calling, gave } from './readable.js';

const SETTINGS_FILE = 'gemini.json';
const LIMIT = /quota|rate limit|RESOURCE_EXHAUSTED|\b429\b/i;
/** It repeats refused requests ten times, over minutes; a short wait does not count yet. */
const REFUSED = /^Attempt (?:[3-9]|10) failed with (?:status )?429/;
/** How it says that its policy does not let a call through. */
const DENIED = /denied by policy|policy_violation|not allowed by policy/i;
/** Of its errors, as lines of a stack on standard error. */
const STACK = /^\s+at /;

export const gemini: KindDefinition = {
  kind: 'gemini',
  program: 'gemini',
  versionArgs: ['--version'],
  signedIn: { env: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'], files: ['.gemini/oauth_creds.json'] },
  signInHint: 'run `gemini` once and sign in, or set GEMINI_API_KEY',
  passEnv: [
    ...[
      'GEMINI_API_KEY',
      'GOOGLE_API_KEY',
      'GOOGLE_CLOUD_PROJECT',
      'GOOGLE_CLOUD_LOCATION',
      'GOOGLE_GENAI_USE_VERTEXAI',
    ],
    ...['GOOGLE_GEMINI_BASE_URL'],
  ],
  hasFinalEvent: true,
  launch,
  dialect: () => new GeminiDialect(),
};

function launch(turn: TurnRequest): Launch {
  const [command, ...args] = turn.mcp.argv;
  const settings = { mcpServers: { agentcom: { command, args, env: turn.mcp.env, trust: true } } };
  return {
    argv: [
      turn.argv[0],
      ...['-o', 'stream-json', '--approval-mode', turn.permissionMode ?? 'yolo', '--skip-trust'],
      ...(turn.model === null ? [] : ['-m', turn.model]),
      ...(turn.resume === null ? ['--session-id', turn.newSessionId] : ['--resume', turn.resume.session.id]),
      ...turn.extraArgs,
    ],
    // Below the settings of the machine and of the person, which stay as they are.
    env: { GEMINI_CLI_SYSTEM_DEFAULTS_PATH: `${turn.dir}/${SETTINGS_FILE}` },
    input: turn.prompt,
    keepsInputOpen: false,
    files: { [SETTINGS_FILE]: JSON.stringify(settings) },
  };
}

class GeminiDialect implements Dialect {
  /** The newest message, which comes in pieces. */
  #message = '';
  #isOpen = false;
  /** What was called, by its id. */
  readonly #calls = new Map<string, string>();

  stdout(line: string): readonly Heard[] {
    const event = eventOf(line);
    if (event === undefined) return line === '' ? [] : [{ type: 'say', text: line, stream: 'stdout' }];
    if (event.type === 'message' && event.role === 'assistant') {
      this.#message = this.#isOpen
        ? this.#message + (textAt(event, 'content') ?? '')
        : (textAt(event, 'content') ?? '');
      this.#isOpen = true;
      return [];
    }
    return [...this.#closed(), ...this.#heard(event)];
  }

  stderr(line: string): readonly Heard[] {
    if (STACK.test(line)) return [];
    const said: Heard = { type: 'say', text: line, stream: 'stderr' };
    return REFUSED.test(line) ? [said, { type: 'limit', resetsAt: null }] : [said];
  }

  #heard(event: Event): readonly Heard[] {
    switch (event.type) {
      case 'init': {
        const id = textAt(event, 'session_id');
        const model = textAt(event, 'model');
        // `auto` is no model: it chooses one for each request.
        return id === undefined
          ? []
          : [{ type: 'session', id, ...(model !== undefined && model !== 'auto' && { model }) }];
      }
      case 'tool_use': {
        const call = calling(textAt(event, 'tool_name') ?? 'tool', at(event, 'parameters'));
        const id = textAt(event, 'tool_id');
        if (id === undefined) return [{ type: 'say', text: call }];
        this.#calls.set(id, call);
        return [
          { type: 'say', text: call },
          { type: 'call', id, is: 'begun' },
        ];
      }
      case 'tool_result':
        return this.#answered(event);
      case 'error':
        return [{ type: 'say', text: textAt(event, 'message') ?? 'an error' }];
      case 'result':
        return this.#concluded(event);
      default:
        return [];
    }
  }

  #answered(event: Event): readonly Heard[] {
    const text = gave(textAt(event, 'output') ?? textAt(event, 'error', 'message') ?? '');
    const said: readonly Heard[] = text === '' ? [] : [{ type: 'say', text }];
    const id = textAt(event, 'tool_id');
    if (id === undefined) return said;
    const call = this.#calls.get(id)?.replace(/^→ /, '') ?? 'tool';
    this.#calls.delete(id);
    const error = `${textAt(event, 'error', 'type') ?? ''} ${textAt(event, 'error', 'message') ?? ''}`;
    const isDenied = event.status === 'error' && DENIED.test(error);
    return [...said, { type: 'call', id, is: 'ended' }, ...(isDenied ? [{ type: 'refused', call } as const] : [])];
  }

  #concluded(event: Event): readonly Heard[] {
    const counters = {
      inputTokens: numberAt(event, 'stats', 'input_tokens'),
      cachedInputTokens: numberAt(event, 'stats', 'cached'),
      outputTokens: numberAt(event, 'stats', 'output_tokens'),
      costMicros: 0,
    };
    const isOk = event.status === 'success';
    const text = isOk ? this.#message : (textAt(event, 'error', 'message') ?? 'the turn failed');
    const limit: readonly Heard[] = !isOk && LIMIT.test(text) ? [{ type: 'limit', resetsAt: null }] : [];
    return [{ type: 'counters', scope: 'turn', counters }, ...limit, { type: 'final', ok: isOk, text }];
  }

  #closed(): readonly Heard[] {
    if (!this.#isOpen) return [];
    this.#isOpen = false;
    return [{ type: 'say', text: this.#message }];
  }
}
