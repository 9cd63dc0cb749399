// Gemini CLI: one process per turn, JSON lines on its output.

import type { Dialect, Heard, KindDefinition, Launch, TurnRequest } from '../kind.js';
import { failedFor, saysSignedOut } from './account.js';
import { at, type Event, eventOf, numberAt, textAt } from './event.js';
import { calling, gave } from './readable.js';
import { ToolCalls } from './tool-calls.js';

const SETTINGS_FILE = 'gemini.json';
/** It repeats refused requests ten times, over minutes; a short wait does not count yet. */
const REFUSED = /^Attempt (?:[3-9]|10) failed with (?:status )?(?:429|503)/;
/** How it says that its policy does not let a call through. */
const DENIED = /denied by policy|policy_violation|not allowed by policy/i;
/** Of its errors, as lines of a stack on standard error. */
const STACK = /^\s+at /;

export const gemini: KindDefinition = {
  kind: 'gemini',
  program: 'gemini',
  versionArgs: ['--version'],
  signedIn: {
    env: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    files: [{ variable: 'GEMINI_CLI_HOME', dir: '', name: '.gemini/oauth_creds.json' }],
  },
  signInHint: 'run `gemini` once and sign in, or set GEMINI_API_KEY',
  passEnv: [
    ...[
      'GEMINI_API_KEY',
      'GOOGLE_API_KEY',
      'GOOGLE_CLOUD_PROJECT',
      'GOOGLE_CLOUD_LOCATION',
      'GOOGLE_GENAI_USE_VERTEXAI',
    ],
    ...['GOOGLE_GEMINI_BASE_URL', 'GEMINI_CLI_HOME'],
  ],
  accountVariable: 'GEMINI_CLI_HOME',
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
  /** By its first event; until then its standard error is about itself. */
  #hasBegun = false;
  /** What was called, by its id. */
  readonly #called = new Map<string, string>();
  readonly #calls = new ToolCalls();

  stdout(line: string): readonly Heard[] {
    const event = eventOf(line);
    if (event === undefined) return line === '' ? [] : [{ type: 'say', text: line, stream: 'stdout' }];
    this.#hasBegun = true;
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
    if (REFUSED.test(line)) return [said, { type: 'limit', resetsAt: null }];
    return !this.#hasBegun && saysSignedOut(line) ? [said, { type: 'signed out', text: line }] : [said];
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
        const tool = textAt(event, 'tool_name') ?? 'tool';
        const call = calling(tool, at(event, 'parameters'));
        const id = textAt(event, 'tool_id');
        if (id !== undefined) this.#called.set(id, call);
        return [{ type: 'say', text: call }, ...this.#calls.begun(id, tool)];
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
    const call = this.#called.get(id)?.replace(/^→ /, '') ?? 'tool';
    this.#called.delete(id);
    const error = `${textAt(event, 'error', 'type') ?? ''} ${textAt(event, 'error', 'message') ?? ''}`;
    const isDenied = event.status === 'error' && DENIED.test(error);
    return [...said, ...this.#calls.ended(id), ...(isDenied ? [{ type: 'refused', call } as const] : [])];
  }

  #concluded(event: Event): readonly Heard[] {
    const counters = {
      inputTokens: numberAt(event, 'stats', 'input_tokens'),
      cachedInputTokens: numberAt(event, 'stats', 'cached'),
      outputTokens: numberAt(event, 'stats', 'output_tokens'),
      costMicros: 0,
    };
    const used: Heard = { type: 'counters', scope: 'turn', counters };
    if (event.status === 'success') return [used, { type: 'final', ok: true, text: this.#message }];
    return [used, ...failedFor(textAt(event, 'error', 'message') ?? 'the turn failed')];
  }

  #closed(): readonly Heard[] {
    if (!this.#isOpen) return [];
    this.#isOpen = false;
    return [{ type: 'say', text: this.#message }];
  }
}
