// OpenCode: `opencode run`, one process per turn, JSON lines on its output. It repeats failed requests without a word of it there, so
// its log has to be heard too.

import type { Dialect, Heard, KindDefinition, Launch, TurnRequest } from '../kind.js';
import { failedFor, saysLimited } from './account.js';
import { at, type Event, eventOf, micros, numberAt, textAt } from './event.js';
import { calling, gave } from './readable.js';
import { ToolCalls } from './tool-calls.js';

const FAILED_REQUEST = /message="stream error".*error\.error="([^"]*)/;
/** How it says that a call is not let through. */
const DENIED = /rejected permission|rule.{0,40}prevents you|permission.{0,20}denied by/i;
/** On a machine that is busy, Node alone may take some seconds to start; its own default is five. */
const MCP_START_MS = 60_000;
/** It repeats them for ever, with growing pauses. */
const FAILURES_MAX = 5;
/** The turn goes on after these; the second is for providers that do not say. */
const GOES_ON = ['tool-calls', 'unknown'];

/** As a provider, and in front of the names of its models. */
const GATEWAY = 'gateway';
const TOKEN_VARIABLE = 'GATEWAY_API_KEY';

const CONFIG_NAMES = ['opencode.json', 'opencode.jsonc'];

export const opencode: KindDefinition = {
  kind: 'opencode',
  program: 'opencode',
  versionArgs: ['--version'],
  signedIn: {
    env: ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'OPENROUTER_API_KEY', 'GEMINI_API_KEY', 'OPENCODE_API_KEY'],
    files: [
      { variable: 'XDG_DATA_HOME', dir: '.local/share', name: 'opencode/auth.json' },
      ...CONFIG_NAMES.flatMap((name) => [
        { variable: 'XDG_CONFIG_HOME', dir: '.config', name: `opencode/${name}` },
        { variable: 'OPENCODE_CONFIG_DIR', name },
      ]),
      { variable: 'OPENCODE_CONFIG', name: '' },
    ],
  },
  signInHint: 'run `opencode auth login`, or set the key of a provider such as ANTHROPIC_API_KEY',
  passEnv: [
    ...['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'OPENROUTER_API_KEY', 'GEMINI_API_KEY', 'OPENCODE_API_KEY'],
    ...['OPENCODE_CONFIG', 'OPENCODE_CONFIG_DIR'],
  ],
  gateway: { path: '/v1/chat/completions', tokenVariable: TOKEN_VARIABLE, needsModel: true },
  accountVariable: 'XDG_DATA_HOME',
  hasFinalEvent: true,
  launch,
  dialect: () => new OpenCodeDialect(),
};

function launch(turn: TurnRequest): Launch {
  const { resume, model, mcp } = turn;
  const config = {
    mcp: { agentcom: { type: 'local', command: mcp.argv, environment: mcp.env, enabled: true, timeout: MCP_START_MS } },
    ...(turn.gateway !== null && gatewayConfig(turn.gateway, model)),
  };
  return {
    argv: [
      turn.argv[0],
      ...['run', '--format', 'json', '--print-logs', '--log-level', 'ERROR', '--dir', turn.cwd],
      // Its own configuration says what is denied; `config` leaves the rest to that too, and what it would ask about is refused.
      ...(turn.permissionMode === 'config' ? [] : ['--auto']),
      ...(model === null ? [] : ['--model', turn.gateway === null ? model : `${GATEWAY}/${gatewayModel(model)}`]),
      ...(resume === null ? [] : ['--session', resume.session.id]),
      ...turn.extraArgs,
    ],
    env: { OPENCODE_CONFIG_CONTENT: JSON.stringify(config), OPENCODE_DISABLE_AUTOUPDATE: '1' },
    input: turn.prompt,
    keepsInputOpen: false,
    files: {},
  };
}

/** No other provider, also for what it asks beside the work. */
function gatewayConfig(url: string, model: string | null): object {
  const models = model === null ? {} : { [gatewayModel(model)]: {} };
  const options = { baseURL: `${url}/v1`, apiKey: `{env:${TOKEN_VARIABLE}}` };
  return {
    enabled_providers: [GATEWAY],
    provider: { [GATEWAY]: { npm: '@ai-sdk/openai-compatible', name: 'Gateway', options, models } },
  };
}

/** A model as the gateway knows it, whether or not the name of the provider is in front of it. */
export function gatewayModel(model: string): string {
  return model.startsWith(`${GATEWAY}/`) ? model.slice(GATEWAY.length + 1) : model;
}

class OpenCodeDialect implements Dialect {
  #session = '';
  #message = '';
  #failures = 0;
  readonly #calls = new ToolCalls();
  readonly #used = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, costMicros: 0 };

  stdout(line: string): readonly Heard[] {
    const event = eventOf(line);
    if (event === undefined) return line === '' ? [] : [{ type: 'say', text: line, stream: 'stdout' }];
    return [...this.#inSession(event), ...this.#heard(event)];
  }

  stderr(line: string): readonly Heard[] {
    const said: Heard = { type: 'say', text: line, stream: 'stderr' };
    const failure = FAILED_REQUEST.exec(line)?.[1];
    if (failure === undefined) return [said];
    this.#failures += 1;
    // When the limit ends it keeps to itself, and waits.
    if (saysLimited(failure)) return [said, { type: 'limit', resetsAt: null }];
    return this.#failures < FAILURES_MAX ? [said] : [said, ...failedFor(failure)];
  }

  #heard(event: Event): readonly Heard[] {
    switch (event.type) {
      case 'text':
        this.#message = textAt(event, 'part', 'text') ?? this.#message;
        return [{ type: 'say', text: textAt(event, 'part', 'text') ?? '' }];
      case 'tool_use': {
        const tool = textAt(event, 'part', 'tool') ?? 'tool';
        const called = calling(tool, at(event, 'part', 'state', 'input'));
        const result = textAt(event, 'part', 'state', 'output') ?? textAt(event, 'part', 'state', 'error') ?? '';
        const isDenied = at(event, 'part', 'state', 'status') === 'error' && DENIED.test(result);
        return [
          ...[called, gave(result)].filter((text) => text !== '').map((text) => ({ type: 'say', text }) as const),
          // It tells of a call only when that has ended.
          ...this.#calls.ended(textAt(event, 'part', 'callID'), tool),
          ...(isDenied ? [{ type: 'refused', call: called.replace(/^→ /, '') } as const] : []),
        ];
      }
      // Also after the last step of a summary that it makes when a session gets too long.
      case 'step_start':
        return [{ type: 'step' }];
      case 'step_finish':
        return this.#stepped(event);
      case 'error': {
        const name = textAt(event, 'error', 'name') ?? 'an error';
        const text = textAt(event, 'error', 'data', 'message') ?? name;
        // So named when a provider has no key, or one that it cannot use, and nothing was asked.
        const status = name === 'ProviderAuthError' ? 401 : numberAt(event, 'error', 'data', 'statusCode');
        return failedFor(text, { status });
      }
      default:
        return [];
    }
  }

  /** What a step used, of which the tool keeps no sum. */
  #stepped(event: Event): readonly Heard[] {
    this.#failures = 0;
    const tokens = at(event, 'part', 'tokens');
    const cached = numberAt(tokens, 'cache', 'read');
    this.#used.inputTokens += numberAt(tokens, 'input') + cached + numberAt(tokens, 'cache', 'write');
    this.#used.cachedInputTokens += cached;
    this.#used.outputTokens += numberAt(tokens, 'output') + numberAt(tokens, 'reasoning');
    this.#used.costMicros += micros(numberAt(event, 'part', 'cost'));
    const reason = textAt(event, 'part', 'reason') ?? 'unknown';
    const final: Heard = { type: 'final', ok: reason === 'stop', text: this.#message };
    // It counts no cost for models it has no price of.
    const currency = this.#used.costMicros > 0 ? { currency: 'USD' } : {};
    return [
      { type: 'counters', scope: 'turn', counters: { ...this.#used }, ...currency },
      ...(GOES_ON.includes(reason) ? [] : [final]),
    ];
  }

  #inSession(event: Event): readonly Heard[] {
    const id = textAt(event, 'sessionID');
    if (id === undefined || id === this.#session) return [];
    this.#session = id;
    return [{ type: 'session', id }];
  }
}
