// Codex: `codex exec`, one process per turn, JSON lines on its output. What it uses meanwhile it says only in its own records.

import type { Dialect, Heard, KindDefinition, Launch, TurnRequest } from '../kind.js';
import { failedFor } from './account.js';
import { resetTimeIn } from './codex-reset.js';
import { CodexRollout } from './codex-rollout.js';
import { at, type Event, eventOf, listAt, numberAt, textAt } from './event.js';
import { calling, gave } from './readable.js';
import { ToolCalls } from './tool-calls.js';

/** Items that are no calls. */
const SAYINGS: readonly unknown[] = ['agent_message', 'reasoning', 'todo_list', 'error', undefined];

const KEY_VARIABLE = 'CODEX_API_KEY';
const GATEWAY = 'agentcom_gateway';

export const codex: KindDefinition = {
  kind: 'codex',
  program: 'codex',
  versionArgs: ['--version'],
  signedIn: {
    env: ['CODEX_API_KEY'],
    files: ['auth.json', 'config.toml'].map((name) => ({ variable: 'CODEX_HOME', dir: '.codex', name })),
  },
  signInHint: 'run `codex login`, or set CODEX_API_KEY',
  passEnv: ['CODEX_API_KEY', 'CODEX_HOME', 'OPENAI_API_KEY'],
  gateway: { path: '/v1/responses', tokenVariable: KEY_VARIABLE },
  accountVariable: 'CODEX_HOME',
  hasFinalEvent: true,
  launch,
  dialect: () => new CodexDialect(),
};

function launch(turn: TurnRequest): Launch {
  const [command, ...args] = turn.mcp.argv;
  const settings = {
    approval_policy: 'never',
    sandbox_mode: turn.permissionMode ?? 'workspace-write',
    // A worktree's git directory stays read-only unless it is named itself: a writable directory around it is not enough.
    'sandbox_workspace_write.writable_roots': turn.writableDirs,
    'mcp_servers.agentcom.command': command,
    'mcp_servers.agentcom.args': args,
    // It begins only when our server is there; otherwise it would go ahead, and the model know nothing of our tools.
    'mcp_servers.agentcom.required': true,
    'mcp_servers.agentcom.startup_timeout_sec': 60,
    // Where nobody can be asked, the tools of a server are refused unless they are approved beforehand.
    'mcp_servers.agentcom.default_tools_approval_mode': 'approve',
    ...Object.fromEntries(
      Object.entries(turn.mcp.env).map(([name, value]) => [`mcp_servers.agentcom.env.${name}`, value]),
    ),
    ...(turn.gateway !== null && gatewaySettings(turn.gateway)),
  };
  const options = [
    ...['--json', '--skip-git-repo-check'],
    ...(turn.model === null ? [] : ['-m', turn.model]),
    // The values are TOML, of which these pieces of JSON are a part.
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${JSON.stringify(value)}`]),
    ...turn.extraArgs,
  ];
  const { resume } = turn;
  return {
    argv: [
      turn.argv[0],
      'exec',
      ...(resume === null ? [...options, '-'] : ['resume', ...options, resume.session.id, '-']),
    ],
    env: {},
    input: turn.prompt,
    keepsInputOpen: false,
    files: {},
  };
}

function gatewaySettings(url: string): Readonly<Record<string, string>> {
  return {
    model_provider: GATEWAY,
    [`model_providers.${GATEWAY}.name`]: 'Gateway',
    [`model_providers.${GATEWAY}.base_url`]: `${url}/v1`,
    [`model_providers.${GATEWAY}.wire_api`]: 'responses',
    [`model_providers.${GATEWAY}.env_key`]: KEY_VARIABLE,
  };
}

class CodexDialect implements Dialect {
  readonly #rollout = new CodexRollout();
  readonly #calls = new ToolCalls();
  #thread = '';
  #model = '';
  /** The newest message: what it says of its work at the end. */
  #message = '';

  stdout(line: string): readonly Heard[] {
    const event = eventOf(line);
    if (event === undefined) return [{ type: 'say', text: line, stream: 'stdout' }];
    return [...this.#heard(event), ...this.#noted()];
  }

  stderr(line: string): readonly Heard[] {
    return [{ type: 'say', text: line, stream: 'stderr' }];
  }

  #heard(event: Event): readonly Heard[] {
    switch (event.type) {
      case 'thread.started':
        this.#thread = textAt(event, 'thread_id') ?? '';
        return this.#thread === '' ? [] : [{ type: 'session', id: this.#thread }];
      case 'item.started':
        return [...started(event), ...this.#calls.begun(callId(event), toolOf(event))];
      case 'item.updated':
        return planned(event);
      case 'item.completed':
        if (textAt(event, 'item', 'type') === 'agent_message') this.#message = textAt(event, 'item', 'text') ?? '';
        return [...completed(event), ...this.#calls.ended(callId(event), toolOf(event))];
      case 'turn.completed':
        return [used(event.usage), { type: 'final', ok: true, text: this.#message }];
      case 'turn.failed':
        return failed(textAt(event, 'error', 'message') ?? 'the turn failed');
      case 'error':
        return saying(textAt(event, 'message') ?? '');
      default:
        return [];
    }
  }

  #noted(): readonly Heard[] {
    if (this.#thread === '') return [];
    const { model = this.#model, usage } = this.#rollout.unread(this.#thread);
    const hasChanged = model !== this.#model;
    this.#model = model;
    return [
      ...(hasChanged ? [{ type: 'session', id: this.#thread, model } as const] : []),
      ...(usage === undefined ? [] : [used(usage)]),
    ];
  }
}

/** Undefined if the item is not a tool call. */
function callId(event: Event): string | undefined {
  return SAYINGS.includes(at(event, 'item', 'type')) ? undefined : textAt(event, 'item', 'id');
}

function toolOf(event: Event): string {
  return `${textAt(event, 'item', 'server') ?? ''}.${textAt(event, 'item', 'tool') ?? ''}`;
}

function started(event: Event): readonly Heard[] {
  switch (textAt(event, 'item', 'type')) {
    case 'command_execution':
      return [{ type: 'say', text: calling('shell', at(event, 'item')) }];
    case 'mcp_tool_call':
      return [{ type: 'say', text: calling(toolOf(event), at(event, 'item', 'arguments')) }];
    default:
      return planned(event);
  }
}

function completed(event: Event): readonly Heard[] {
  switch (textAt(event, 'item', 'type')) {
    case 'file_change':
      return listAt(event, 'item', 'changes').map((change) => ({
        type: 'say',
        text: `→ ${textAt(change, 'kind') ?? 'change'} ${textAt(change, 'path') ?? ''}`,
      }));
    case 'command_execution':
      return saying(gave(textAt(event, 'item', 'aggregated_output') ?? ''));
    case 'mcp_tool_call': {
      const texts = listAt(event, 'item', 'result', 'content').map((part) => textAt(part, 'text') ?? '');
      return saying(textAt(event, 'item', 'error', 'message') ?? gave(texts.join('\n')));
    }
    case 'todo_list':
      return planned(event);
    default:
      return saying(textAt(event, 'item', 'text') ?? textAt(event, 'item', 'message') ?? '');
  }
}

/** Its list of what is to be done is its progress. */
function planned(event: Event): readonly Heard[] {
  if (textAt(event, 'item', 'type') !== 'todo_list') return [];
  const items = listAt(event, 'item', 'items');
  const open = items.filter((item) => at(item, 'completed') !== true);
  const note = textAt(open[0], 'text');
  if (items.length === 0) return [];
  return [{ type: 'progress', fraction: 1 - open.length / items.length, ...(note !== undefined && { note }) }];
}

function failed(message: string): readonly Heard[] {
  return failedFor(message, { resetsAt: resetTimeIn(message, new Date()) });
}

function used(usage: unknown): Heard {
  const counters = {
    inputTokens: numberAt(usage, 'input_tokens'),
    cachedInputTokens: numberAt(usage, 'cached_input_tokens'),
    outputTokens: numberAt(usage, 'output_tokens'),
    costMicros: 0,
  };
  return { type: 'counters', scope: 'session', counters };
}

function saying(text: string): readonly Heard[] {
  return text === '' ? [] : [{ type: 'say', text }];
}
