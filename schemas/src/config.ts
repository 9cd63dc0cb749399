// Every setting of the three programs, with its meaning, default and bounds.

import * as Type from 'typebox';
import { LIMITS } from './limits.js';
import { RUNNERS } from './names.js';
import { Capability, closed, type Data, integer, line, list, oneOf, Slug } from './primitives.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** A file or directory; relative ones count from where the program was started. */
function path(description: string, more: { readonly default?: string } = {}) {
  return line(4096, { description, ...more });
}

function whole(description: string, byDefault: number, minimum: number, maximum: number) {
  return integer(minimum, maximum, { description, default: byDefault });
}

function seconds(description: string, byDefault: number, minimum: number, maximum: number) {
  return whole(description, byDefault, minimum, maximum);
}

/** A character of a host that is no IPv6 address. */
const PLAIN_HOST = '[^\\s\\u0000-\\u001f\\u007f@?#:/%[\\]]';

function httpUrl(description: string, more: { readonly default?: string } = {}) {
  return Type.String({
    maxLength: 2048,
    pattern: `^https?://(?:\\[[0-9A-Fa-f:.]{2,45}\\]|${PLAIN_HOST}+)(?::\\d{1,5})?(?:/[^\\s\\u0000-\\u001f\\u007f@?#]*)?$`,
    mustBe: 'an http:// or https:// address without credentials (IPv6: in brackets, without a zone)',
    description,
    ...more,
  });
}

const LogLevel = oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace'], {
  description: 'How much is logged.',
  default: 'info',
});

const Argument = Type.String({ minLength: 1, maxLength: 4096, pattern: '^[^\\u0000]*$', mustBe: 'text without NUL' });
const EnvironmentName = Type.String({
  pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$',
  mustBe: 'the name of an environment variable',
});

/** One place that keeps repositories and takes pull requests. */
const Forge = closed({
  /** As in the addresses of its repositories, such as `github.com` or `git.example.com:8443`. */
  host: line(255),
  kind: oneOf(['github', 'gitlab', 'gitea']),
  /** Where its API is, when that does not follow from the host. */
  apiUrl: Type.Optional(httpUrl('Address of its API.')),
  tokenFile: Type.Optional(path('The file with the token for its API.')),
});

export const HubSettings = closed({
  host: line(255, { description: 'Address to listen on.', default: '127.0.0.1' }),
  port: whole('Port to listen on; 0 takes a free one.', 7700, 0, 65535),
  publicUrl: Type.Optional(
    httpUrl('Address under which agents and people reach the hub, when it is not host and port.'),
  ),
  dataDir: path('Where the hub keeps its store, keys and locks.', { default: '.agentcom' }),
  logLevel: LogLevel,

  nats: Type.Optional(
    Type.String({
      maxLength: 2048,
      pattern: '^(?:nats|tls)://[^\\s\\u0000-\\u001f\\u007f@]+$',
      mustBe: 'a nats:// or tls:// address without credentials',
      description: 'A NATS server to use instead of one of our own.',
    }),
  ),
  natsUser: Type.Optional(line(255, { description: 'User at that NATS server.' })),
  natsPassword: Type.Optional(line(1024, { description: 'Password at that NATS server.', secret: true })),
  natsServer: Type.Optional(path('The nats-server program to run, instead of the one that was set up.')),
  namespace: Type.String({
    pattern: '^[a-z0-9][a-z0-9-]{0,31}$',
    mustBe: 'at most 32 lower-case letters, digits and hyphens, beginning with a letter or digit',
    description: 'Keeps several hubs apart on one NATS.',
    default: 'main',
  }),

  heartbeatSeconds: seconds('How often sidecars send a heartbeat.', 15, 1, HOUR),

  archiveSeconds: seconds('Archived tasks are kept for this time.', 90 * DAY, HOUR, 3650 * DAY),
  archiveBytes: whole('The archive never grows past this.', 4 * GIB, MIB, 1024 * GIB),

  outputSeconds: seconds('The output of agents is kept for this time.', 14 * DAY, HOUR, 3650 * DAY),
  outputBytes: whole('The kept output never grows past this.', 2 * GIB, MIB, 1024 * GIB),
  messageSeconds: seconds('Messages between agents are kept for this time.', 30 * DAY, HOUR, 3650 * DAY),
  messageBytes: whole('The kept messages never grow past this.', 256 * MIB, MIB, 1024 * GIB),

  snapshotEveryBatches: whole('A snapshot is due after so many batches.', 20_000, 1, 10_000_000),
  snapshotEverySeconds: seconds('A snapshot is due after this time, when anything has changed.', 10 * MINUTE, 1, DAY),
  lowDiskBytes: whole('With less free space than this the hub takes no new tasks.', 512 * MIB, 0, 1024 ** 2 * GIB),

  backupDir: Type.Optional(path('Where backups go; `backups` in the data directory when not given.')),
  backupEverySeconds: seconds('How often a backup is made.', DAY, MINUTE, 30 * DAY),
  backupKeep: whole('How many backups are kept.', 7, 1, 1000),
});
export type HubSettings = Data<typeof HubSettings>;

export const SidecarSettings = closed({
  hub: httpUrl('Address of the hub.'),
  keyFile: path('The file with the key of this agent.'),
  name: Type.String({ ...Slug, description: 'Name of this agent.' }),
  capabilities: list(Capability, LIMITS.capabilities, { description: 'What this agent offers.', default: [] }),
  stateDir: path('Where the sidecar keeps its outbox and what it holds.'),
  repoRoot: path('Where repositories are cached and worktrees are made.'),
  logLevel: LogLevel,
  lowDiskBytes: whole(
    'With less free space than this the agent takes no task, and a task at work is stopped.',
    256 * MIB,
    0,
    1024 ** 2 * GIB,
  ),
  localPort: whole('Port of its own probe and metrics, on 127.0.0.1; 0 takes a free one.', 0, 0, 65535),
  runner: closed({
    kind: oneOf(RUNNERS, { description: 'Which agent works on tasks that name none.', default: 'command' }),
    also: list(oneOf(RUNNERS), RUNNERS.length, { description: 'Further agents that a task may name.', default: [] }),
    argv: list(Argument, 256, {
      description: 'For `command`: the program and its arguments; the prompt comes on its standard input.',
      default: [],
    }),
    program: Type.Optional(path('The agent’s program, when it is not the one of its name in PATH.')),
    model: Type.Optional(
      line(128, { description: 'Model for tasks that name none; the agent’s own default otherwise.' }),
    ),
    models: list(line(128), 64, {
      description: 'Models that a task may name; `*` stands for any text. Empty: none but the one above.',
      default: ['*'],
    }),
    permissionMode: Type.Optional(
      line(64, {
        description: 'What the agent may do unasked, in its own words; each kind has a default that needs nobody.',
      }),
    ),
    approvals: oneOf(['off', 'ask'], {
      description: '`ask` sends the approvals that Claude Code wants to the hub as questions.',
      default: 'off',
    }),
    extraArgs: list(Argument, 64, { description: 'Arguments put behind those of its kind.', default: [] }),
    passEnv: list(EnvironmentName, 128, {
      description: 'Variables of the sidecar’s environment that the agent gets, beside PATH, HOME and the like.',
      default: [],
    }),
    inheritEnv: Type.Boolean({
      description:
        'The agent gets the whole environment of the sidecar, with its editor, pager and prompts, instead of the clean one.',
      default: false,
    }),
    pricesFile: Type.Optional(path('A TOML file with prices of models, over those that come with the sidecar.')),
    budgetCostMicros: Type.Optional(
      integer(1, LIMITS.amount, {
        description: 'What a task without a budget of its own may cost, in millionths of the currency.',
      }),
    ),
    budgetTokens: Type.Optional(
      integer(1, LIMITS.amount, { description: 'How many tokens a task without a budget of its own may use.' }),
    ),
    inactivitySeconds: seconds(
      'An agent that does nothing for this time (no output, no open tool call, no busy process) is stopped.',
      15 * MINUTE,
      1,
      DAY,
    ),
    finalGraceSeconds: seconds('How long an agent may take to end after it has said that it is done.', 30, 1, HOUR),
    stopGraceSeconds: seconds('Between asking the program to end and ending it.', 20, 1, HOUR),
  }),
  output: closed({
    bytesPerSecond: whole('How fast output is sent to the hub, sustained.', 64 * 1024, 1024, 64 * 1024),
    burstBytes: whole('How much may be sent at once before that.', 1024 ** 2, 64 * 1024, 16 * 1024 ** 2),
  }),
  verify: closed({
    timeoutSeconds: seconds('No single verify command may take longer.', 20 * MINUTE, 1, DAY),
  }),
  forges: list(Forge, 32, {
    description: 'Where pull requests are opened, by the host of the repository’s address.',
    default: [],
  }),
  pullRequest: closed({
    draft: Type.Boolean({ description: 'Whether requests are opened as drafts.', default: false }),
    labels: list(line(64), 16, { description: 'Labels beside `agent:` and `lane:`.', default: [] }),
    reviewers: list(line(128), 16, { description: 'Who is asked for a review.', default: [] }),
    template: Type.Optional(path('A Markdown file for the body, with {{placeholders}}.')),
  }),
  git: closed({
    authorName: line(255, { description: 'Author and committer of its commits.', default: 'AgentCom agent' }),
    authorEmail: Type.String({
      pattern: '^[^\\s<>\\u0000-\\u001f\\u007f]{1,255}$',
      mustBe: 'an e-mail address without spaces',
      description: 'Their e-mail address.',
      default: 'agent@agentcom.invalid',
    }),
    program: path('The git program.', { default: 'git' }),
    protectedBranches: list(line(255), 64, {
      description: 'Branches that no agent may push to, beside the base of the task; `*` stands for any text.',
      default: ['main', 'master', 'release/*'],
    }),
    partialClone: oneOf(['auto', 'always', 'never'], {
      description: 'Whether file contents are fetched when they are needed; `auto` does so for large repositories.',
      default: 'auto',
    }),
    agentCredentials: oneOf(['none', 'inherit'], {
      description: 'Whether the agent’s own git commands may use the credentials of this machine.',
      default: 'none',
    }),
    filesDir: Type.Optional(
      path('Where the files lie that repositories name as `files`; `<repoRoot>/files` without it.'),
    ),
    signing: oneOf(['off', 'configured'], {
      description:
        'Whether the agent’s commits and tags are signed as git is set up here; only where that asks nobody for a passphrase.',
      default: 'off',
    }),
    keepSeconds: seconds(
      'Cached repositories that were not used for this time are removed.',
      30 * DAY,
      HOUR,
      3650 * DAY,
    ),
    minFreeDiskBytes: whole(
      'With less free disk, the least recently used are removed too.',
      2 * GIB,
      0,
      1024 ** 2 * GIB,
    ),
    timeoutSeconds: seconds('No single git command may take longer.', 10 * MINUTE, 1, DAY),
  }),
});
export type SidecarSettings = Data<typeof SidecarSettings>;

export const ClientSettings = closed({
  hub: httpUrl('Address of the hub.', { default: 'http://127.0.0.1:7700' }),
  keyFile: Type.Optional(path('The file with your key.')),
});
export type ClientSettings = Data<typeof ClientSettings>;

/** The programs, and what the environment variables of their settings begin with. */
export const PROGRAMS = {
  hub: { settings: HubSettings, prefix: 'AGENTCOM_' },
  sidecar: { settings: SidecarSettings, prefix: 'AGENTCOM_SIDECAR_' },
  client: { settings: ClientSettings, prefix: 'AGENTCOM_' },
} as const;
export type Program = keyof typeof PROGRAMS;

/**
 * Variables that are ours and no settings: what a task's agent finds around it, the enrolment token of `join`, the caller's key, and
 * the directory of programs that set-up fetched.
 */
export const OTHER_VARIABLES: ReadonlySet<string> = new Set([
  'AGENTCOM_TASK_ID',
  'AGENTCOM_GENERATION',
  'AGENTCOM_SOCKET',
  'AGENTCOM_TOKEN',
  'AGENTCOM_TOKEN_FILE',
  'AGENTCOM_KEY',
  'AGENTCOM_CACHE_DIR',
]);
