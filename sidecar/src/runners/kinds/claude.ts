// Claude Code: one process per turn, JSON lines both ways.

import type { Dialect, Heard, KindDefinition, Launch, TurnRequest } from '../kind.js';
import { failedFor } from './account.js';
import { ClaudeApprovals } from './claude-approval.js';
import { ClaudeUse } from './claude-use.js';
import { at, type Event, eventOf, listAt, numberAt, textAt } from './event.js';
import { calling, gave } from './readable.js';
import { ToolCalls } from './tool-calls.js';

const MCP_FILE = 'mcp.json';
/** On a machine that is busy, Node alone may take some seconds to start. */
const MCP_START_MS = '60000';
/** Edits within the worktree go through by themselves, and these do; anything else is refused where nobody can be asked. */
const UNASKED = ['Bash', 'WebFetch', 'WebSearch'];
/** With somebody to ask: only what every task needs. */
const UNASKED_WHEN_ASKING = ['add', 'commit', 'diff', 'log', 'show', 'status'].map((verb) => `Bash(git ${verb}:*)`);
/** They wait for somebody at a terminal, outlive the turn, or leave the worktree. */
const NOT_HERE = ['AskUserQuestion', 'CronCreate', 'EnterWorktree', 'ScheduleWakeup'];

export const claude: KindDefinition = {
  kind: 'claude',
  program: 'claude',
  versionArgs: ['--version'],
  signedIn: {
    env: [
      'ANTHROPIC_API_KEY',
      'ANTHROPIC_AUTH_TOKEN',
      'CLAUDE_CODE_OAUTH_TOKEN',
      'CLAUDE_CODE_USE_BEDROCK',
      'CLAUDE_CODE_USE_VERTEX',
    ],
    files: [{ variable: 'CLAUDE_CONFIG_DIR', dir: '.claude', name: '.credentials.json' }],
  },
  signInHint:
    'run `claude` once and sign in, or set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN (`claude setup-token`)',
  passEnv: [
    'ANTHROPIC_API_KEY',
    'ANTHROPIC_AUTH_TOKEN',
    'ANTHROPIC_BASE_URL',
    'CLAUDE_CODE_OAUTH_TOKEN',
    'CLAUDE_CODE_USE_BEDROCK',
    'CLAUDE_CODE_USE_VERTEX',
    'CLAUDE_CONFIG_DIR',
  ],
  gateway: { path: '/v1/messages', tokenVariable: 'ANTHROPIC_AUTH_TOKEN' },
  accountVariable: 'CLAUDE_CONFIG_DIR',
  hasFinalEvent: true,
  endsAtInterrupt: true,
  said,
  launch,
  dialect: (turn) => new ClaudeDialect(turn),
};

function said(text: string): string {
  return `${JSON.stringify({ type: 'user', message: { role: 'user', content: [{ type: 'text', text }] } })}\n`;
}

function launch(turn: TurnRequest): Launch {
  const { resume, model, mcp } = turn;
  const [program, ...args] = mcp.argv;
  const servers = { mcpServers: { agentcom: { type: 'stdio', command: program, args, env: mcp.env } } };
  const isSkippingChecks = turn.permissionMode === 'bypassPermissions';
  return {
    argv: [
      turn.argv[0],
      ...['-p', '--output-format', 'stream-json', '--input-format', 'stream-json', '--verbose'],
      ...(resume === null ? ['--session-id', turn.newSessionId] : ['--resume', resume.session.id]),
      ...(model === null ? [] : ['--model', model]),
      ...['--mcp-config', `${turn.dir}/${MCP_FILE}`, '--strict-mcp-config'],
      ...permissions(turn),
      ...turn.extraArgs,
    ],
    env: {
      DISABLE_AUTOUPDATER: '1',
      ...(turn.gateway !== null && { ANTHROPIC_BASE_URL: turn.gateway }),
      // It begins only when our server is there; the older ones would go ahead and tell the model of it later.
      MCP_CONNECTION_NONBLOCKING: '0',
      MCP_TIMEOUT: MCP_START_MS,
      MCP_CONNECT_TIMEOUT_MS: MCP_START_MS,
      // Claude Code refuses that mode to root unless it is told that the machine is there for this.
      ...(isSkippingChecks && process.getuid?.() === 0 && { IS_SANDBOX: '1' }),
    },
    input: said(turn.prompt),
    keepsInputOpen: true,
    files: { [MCP_FILE]: JSON.stringify(servers) },
  };
}

function permissions({ permissionMode, approvals }: TurnRequest): readonly string[] {
  const unasked = approvals === 'ask' ? UNASKED_WHEN_ASKING : permissionMode === null ? UNASKED : [];
  return [
    ...['--permission-mode', permissionMode ?? 'acceptEdits'],
    ...['--allowedTools', ['mcp__agentcom', ...unasked].join(',')],
    ...['--disallowedTools', NOT_HERE.join(',')],
    ...(approvals === 'ask' ? ['--permission-prompt-tool', 'stdio'] : []),
  ];
}

class ClaudeDialect implements Dialect {
  readonly #use: ClaudeUse;
  readonly #approvals: ClaudeApprovals;
  #resetsAt: string | null = null;
  readonly #calls = new ToolCalls();

  constructor(turn: TurnRequest) {
    this.#use = new ClaudeUse(turn.resume?.counters ?? null);
    this.#approvals = new ClaudeApprovals(turn.answers);
  }

  stdout(line: string): readonly Heard[] {
    const event = eventOf(line);
    if (event === undefined) return [{ type: 'say', text: line, stream: 'stdout' }];
    switch (event.type) {
      case 'system':
        if (event.subtype === 'api_retry') return retrying(event);
        if (event.subtype !== 'init') return [];
        this.#use.began(event);
        return began(event);
      case 'assistant':
        return [...listAt(event, 'message', 'content').flatMap((part) => this.#said(part)), ...this.#use.said(event)];
      case 'user':
        return listAt(event, 'message', 'content').flatMap((part) => this.#answered(part));
      case 'rate_limit_event': {
        const at = numberAt(event, 'rate_limit_info', 'resetsAt');
        const isMet = textAt(event, 'rate_limit_info', 'status') === 'rejected';
        if (isMet) this.#resetsAt = at > 0 ? new Date(at * 1000).toISOString() : null;
        return [];
      }
      case 'control_request':
        return this.#approvals.requested(event);
      case 'result':
        return [this.#use.ended(event), ...this.#refused(event), ...this.#concluded(event)];
      default:
        return [];
    }
  }

  stderr(line: string): readonly Heard[] {
    return [{ type: 'say', text: line, stream: 'stderr' }];
  }

  #said(part: unknown): readonly Heard[] {
    const text = textAt(part, 'text');
    if (text !== undefined) return [{ type: 'say', text }];
    const tool = textAt(part, 'name');
    if (tool === undefined) return [];
    return [{ type: 'say', text: calling(tool, at(part, 'input')) }, ...this.#calls.begun(textAt(part, 'id'), tool)];
  }

  #answered(part: unknown): readonly Heard[] {
    const content = at(part, 'content');
    const texts =
      typeof content === 'string' ? [content] : listAt(part, 'content').map((one) => textAt(one, 'text') ?? '');
    const text = gave(texts.join('\n'));
    return [
      ...(text === '' ? [] : [{ type: 'say', text } as const]),
      ...this.#calls.ended(textAt(part, 'tool_use_id')),
    ];
  }

  /** A call that a person is asked about is not refused yet. */
  #refused(event: Event): readonly Heard[] {
    if (this.#approvals.hasAsked) return [];
    return listAt(event, 'permission_denials').map((denial) => {
      const call = calling(textAt(denial, 'tool_name') ?? 'a tool', at(denial, 'tool_input'));
      return { type: 'refused', call: call.replace(/^→ /, '') };
    });
  }

  /** Each of the two has been seen beside a contrary other one; only both together are success. */
  #concluded(event: Event): readonly Heard[] {
    const said = textAt(event, 'result') ?? listAt(event, 'errors').join('\n');
    const text = said === '' ? String(event.subtype) : said;
    if (event.is_error !== true && event.subtype === 'success') return [{ type: 'final', ok: true, text }];
    // Otherwise the model may have said it.
    const isOfProvider = event.is_error === true && event.api_error_status !== undefined;
    const answered = { status: numberAt(event, 'api_error_status'), resetsAt: this.#resetsAt };
    return isOfProvider ? failedFor(text, answered) : [{ type: 'final', ok: false, text }];
  }
}

function began(event: Event): readonly Heard[] {
  const id = textAt(event, 'session_id');
  // `…[1m]` names the same model with a larger context.
  const model = textAt(event, 'model')?.replace(/\[.*\]$/, '');
  return id === undefined ? [] : [{ type: 'session', id, ...(model !== undefined && { model }) }];
}

function retrying(event: Event): readonly Heard[] {
  const seconds = Math.round(numberAt(event, 'retry_delay_ms') / 1000);
  const error = textAt(event, 'error') ?? 'unknown';
  const what = `the request failed (${String(event.error_status ?? error)})`;
  return [{ type: 'say', text: `${what}; attempt ${numberAt(event, 'attempt') + 1} in ${seconds} s` }];
}
