// Every setting of the three programs, with its meaning, default and bounds.

import * as Type from 'typebox';
import { LIMITS } from './limits.js';
import { LOG_LEVELS } from './log.js';
import { MEMBER_ROLES, RUNNERS } from './names.js';
import { Capability, closed, type Data, integer, line, list, MailAddress, oneOf, Slug } from './primitives.js';

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

function httpUrl(description: string, more: { readonly default?: string; readonly secret?: true } = {}) {
  return Type.String({
    maxLength: 2048,
    pattern: `^[Hh][Tt][Tt][Pp][Ss]?://(?:\\[[0-9A-Fa-f:.]{2,45}\\]|${PLAIN_HOST}+)(?::\\d{1,5})?(?:/[^\\s\\u0000-\\u001f\\u007f@?#]*)?$`,
    mustBe: 'an http:// or https:// address without credentials (IPv6: in brackets, without a zone)',
    address: true,
    description,
    ...more,
  });
}

const LogLevelName = oneOf(LOG_LEVELS, {
  description: 'How much is logged.',
  default: 'info',
});

const Argument = Type.String({
  minLength: 1,
  maxLength: 4096,
  pattern: '^[^\\u0000]*$',
  mustBe: 'text without NUL characters',
});
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

/** One of several accounts of a runner on a machine. */
const Account = closed({
  name: Slug,
  /** Default: `runner.kind`. */
  kind: Type.Optional(oneOf(RUNNERS)),
  /** Where its tool keeps what it signed in with, and its sessions: the value of `CLAUDE_CONFIG_DIR`, `CODEX_HOME` or the like. */
  home: path('The directory of the account.'),
});

const AddressRange = Type.String({
  maxLength: 64,
  format: 'address-range',
  mustBe: 'an IP address or a range of them, such as 10.0.0.0/8',
});

export const HubSettings = closed({
  host: line(255, { description: 'Address to listen on.', default: '127.0.0.1' }),
  port: whole('Port to listen on; 0 takes a free one.', 7700, 0, 65535),
  publicUrl: Type.Optional(
    httpUrl('Address at which agents and people reach the hub, if it differs from host and port.'),
  ),
  tlsCert: Type.Optional(
    path('The file with the certificate (PEM, with the chain) to serve https:// with; read again when it changes.'),
  ),
  tlsKey: Type.Optional(path('The file with the private key of that certificate.')),
  trustProxy: list(AddressRange, 64, {
    description: 'Addresses of proxies whose X-Forwarded-For, -Proto and -Host headers are believed.',
    default: [],
  }),
  allowedHosts: list(
    Type.String({
      maxLength: 255,
      pattern: '^(?:\\*\\.)?[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?$|^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$',
      mustBe: 'a host name without a port; *.example.com means all names below it',
    }),
    64,
    { description: 'Further names by which the hub is reached, besides its own and that in `publicUrl`.', default: [] },
  ),
  notifyPrivateAddresses: list(AddressRange, 64, {
    description:
      'Private addresses that channels for notifications may call, such as a mail server in the same network.',
    default: [],
  }),
  notifyProxyNames: list(line(255), 64, {
    description:
      'Host names that channels may call through the outgoing proxy although this machine cannot resolve them, so that nothing says whether they are private; `*` is any text.',
    default: [],
  }),
  heartbeatUrl: Type.Optional(
    httpUrl(
      'Address that the leader calls every minute while all is well, as Healthchecks.io has it (`/start`, plain, `/fail`): whoever is there notices when the calls stop. Whoever knows it can make them.',
      { secret: true },
    ),
  ),
  insecure: Type.Boolean({
    description:
      'Listen beyond this machine without TLS and without a trusted proxy: keys and tasks can be read on the way.',
    default: false,
  }),
  dataDir: path('Where the hub keeps its store, keys and locks.', { default: '.agentcom' }),
  logLevel: LogLevelName,

  nats: Type.Optional(
    Type.String({
      maxLength: 2048,
      pattern: '^(?:[Nn][Aa][Tt][Ss]|[Tt][Ll][Ss])://[^\\s\\u0000-\\u001f\\u007f@]+$',
      mustBe: 'a nats:// or tls:// address without credentials',
      address: true,
      description: "A NATS server to use instead of the hub's own.",
    }),
  ),
  natsUser: Type.Optional(line(255, { description: 'User at that NATS server.' })),
  natsPassword: Type.Optional(line(1024, { description: 'Password at that NATS server.', secret: true })),
  natsServer: Type.Optional(path('The nats-server program to run instead of the installed one.')),
  natsReplicas: Type.Optional(
    Type.Integer({
      enum: [1, 3, 5],
      mustBe: '1, 3 or 5',
      description:
        'On how many servers of that NATS cluster each stream is kept. Streams that are there are changed. Without it: new ones on one, others as they are.',
    }),
  ),
  namespace: Type.String({
    pattern: '^[a-z0-9][a-z0-9-]{0,31}$',
    mustBe: 'at most 32 lower-case letters, digits and hyphens, beginning with a letter or digit',
    description: 'Separates several hubs that share one NATS server.',
    default: 'main',
  }),

  registration: oneOf(['invitation', 'open'], {
    description: 'Who may register: whoever is invited, or everybody, with an organisation of their own.',
    default: 'invitation',
  }),
  sessionSeconds: seconds('How long somebody stays signed in at most.', 7 * DAY, MINUTE, 365 * DAY),
  sessionIdleSeconds: seconds(
    'How long somebody stays signed in without doing anything.',
    12 * HOUR,
    30 * MINUTE,
    365 * DAY,
  ),

  oidcIssuer: Type.Optional(
    httpUrl('Address of an OpenID Connect provider at which people may sign in (http only on this machine).'),
  ),
  oidcClientId: Type.Optional(line(255, { description: 'What the provider calls this hub.' })),
  oidcClientSecretFile: Type.Optional(path('The file with the secret that the provider gave this hub.')),
  oidcDomains: list(line(189), 64, {
    description:
      'Domains of e-mail addresses that may sign in there. Empty: every address that the provider has verified.',
    default: [],
  }),
  oidcOrg: Type.String({ ...Slug, description: 'The organisation that they join.', default: 'default' }),
  oidcRole: Type.Optional(
    oneOf(MEMBER_ROLES, {
      description:
        'The role of new people. Without it, and without a role in `oidcRoleClaim`, only members and invited people can sign in.',
    }),
  ),
  oidcRoleClaim: Type.Optional(
    line(255, { description: "A claim that names people's roles (`owner`, `admin`, …); it counts at each sign-in." }),
  ),
  secretKeyFile: Type.Optional(
    path(
      'The file with the key that encrypts secrets of accounts (default: `secret.key` in the data directory); hubs that share a journal need the same one.',
    ),
  ),

  mailUrl: Type.Optional(
    Type.String({
      maxLength: 2048,
      pattern: `^[Ss][Mm][Tt][Pp][Ss]?://(?:[^\\s\\u0000-\\u001f\\u007f@:/?#]+@)?(?:\\[[0-9A-Fa-f:.]{2,45}\\]|${PLAIN_HOST}+)(?::\\d{1,5})?/?$`,
      mustBe: 'an smtps:// or smtp:// address without a password, such as smtps://USER@mail.example.com',
      address: true,
      description:
        'The mail server by which links for people are also mailed, with the user there (`@` in it is written `%40`): smtps://, or smtp:// with STARTTLS (on this machine without). Needs `publicUrl`.',
    }),
  ),
  mailPassword: Type.Optional(line(1024, { description: 'Password of that user.', secret: true })),
  mailFrom: Type.Optional(Type.String({ ...MailAddress, description: 'The address that mails come from.' })),

  heartbeatSeconds: seconds('How often sidecars send a heartbeat.', 15, 1, HOUR),

  archiveSeconds: seconds('How long archived tasks are kept.', 90 * DAY, HOUR, 3650 * DAY),
  archiveBytes: whole('The maximum size of the archive.', 4 * GIB, MIB, 1024 * GIB),

  outputSeconds: seconds('How long the output of agents is kept.', 14 * DAY, HOUR, 3650 * DAY),
  outputBytes: whole('The maximum size of the kept output.', 2 * GIB, MIB, 1024 * GIB),
  messageSeconds: seconds('How long messages between agents are kept.', 30 * DAY, HOUR, 3650 * DAY),
  messageBytes: whole('The maximum size of the kept messages.', 256 * MIB, MIB, 1024 * GIB),

  auditSeconds: seconds('How long the audit log is kept.', 365 * DAY, DAY, 3650 * DAY),
  auditBytes: whole('The maximum size of the audit log.', GIB, MIB, 1024 * GIB),

  snapshotEveryBatches: whole('A snapshot is taken after this many batches.', 20_000, 1, 10_000_000),
  snapshotEverySeconds: seconds('A snapshot is taken after this time if anything has changed.', 10 * MINUTE, 1, DAY),
  lowDiskBytes: whole('With less free space than this, the hub accepts no new tasks.', 512 * MIB, 0, 1024 ** 2 * GIB),

  backupDir: Type.Optional(path('Where backups go (default: `backups` in the data directory).')),
  backupEverySeconds: seconds('How often a backup is created.', DAY, MINUTE, 30 * DAY),
  backupHour: Type.Optional(
    integer(0, 23, { description: 'The hour of the day (UTC) at which a backup is created, instead of that.' }),
  ),
  backupKeep: whole('How many backups are kept.', 7, 1, 1000),
  backupKeepSeconds: Type.Optional(
    integer(HOUR, 3650 * DAY, { description: 'Backups older than this go as well, but never the newest.' }),
  ),
  backupKeyFile: Type.Optional(
    path('The file with a key of yours (32 bytes, hexadecimal or base64) with which backups are encrypted.'),
  ),
  backupDrillSeconds: seconds(
    'How often the newest backup is restored beside the hub, as a drill.',
    7 * DAY,
    HOUR,
    90 * DAY,
  ),
  backupOffSite: Type.Optional(
    line(1024, { description: 'Where each backup is copied: a directory, or `s3://BUCKET/PREFIX`.' }),
  ),
  backupS3Endpoint: Type.Optional(
    httpUrl("Address of the S3-compatible store (default: Amazon's in `backupS3Region`)."),
  ),
  backupS3Region: line(64, { description: 'Its region.', default: 'us-east-1' }),
  backupS3AccessKeyId: Type.Optional(line(128, { description: 'The id of the access key.', secret: true })),
  backupS3SecretKey: Type.Optional(line(1024, { description: 'The secret of that access key.', secret: true })),
});
export type HubSettings = Data<typeof HubSettings>;

export const SidecarSettings = closed({
  hub: httpUrl('Address of the hub.'),
  insecure: Type.Boolean({
    description: 'Connect to a hub on another machine over http://, where the key can be read on the way.',
    default: false,
  }),
  keyFile: path('The file with the key of this agent.'),
  name: Type.String({ ...Slug, description: 'Name of this agent.' }),
  capabilities: list(Capability, LIMITS.capabilities, { description: 'What this agent offers.', default: [] }),
  stateDir: path('Where the sidecar keeps its state, such as unsent reports.'),
  repoRoot: path('Where repositories are cached and worktrees are created.'),
  logLevel: LogLevelName,
  lowDiskBytes: whole(
    'With less free space than this, the agent takes no tasks, and a running task is stopped.',
    256 * MIB,
    0,
    1024 ** 2 * GIB,
  ),
  localPort: whole('Port on 127.0.0.1 for its health probe and metrics; 0 takes a free one.', 0, 0, 65535),
  runner: closed({
    kind: oneOf(RUNNERS, { description: 'The agent for tasks that do not name one.', default: 'command' }),
    also: list(oneOf(RUNNERS), RUNNERS.length, { description: 'Other agents that a task may name.', default: [] }),
    argv: list(Argument, 256, {
      description: 'For `command`: the program and its arguments. It reads the prompt from standard input.',
      default: [],
    }),
    user: Type.Optional(
      Type.String({
        pattern: '^[a-z_][a-z0-9_-]{0,31}$',
        mustBe: 'the name of a local user',
        description:
          'Another local user, as whom the agent and the set-up and verify commands run: it can reach its own worktree, and nothing else of the sidecar.',
      }),
    ),
    container: closed({
      image: Type.Optional(
        line(255, {
          description:
            'An image: the agent and the set-up and verify commands each run in a container of it, with their worktree and nothing else of the machine.',
        }),
      ),
      engine: path('The program that runs it: podman, docker, or one that takes the same arguments.', {
        default: 'podman',
      }),
      network: Type.Optional(line(128, { description: "Its network, such as `none` (default: the engine's own)." })),
      args: list(Argument, 64, { description: 'Arguments added to those of `run`.', default: [] }),
    }),
    program: Type.Optional(path("The agent's program, if it is not the one found on PATH.")),
    model: Type.Optional(
      line(128, { description: "Model for tasks that do not name one (default: the agent's own)." }),
    ),
    models: list(line(128), 64, {
      description: 'Models that a task may name; `*` matches any text. Empty: only the one above.',
      default: ['*'],
    }),
    permissionMode: Type.Optional(
      line(64, {
        description: 'What the agent may do without asking, in its own terms; the default never needs a person.',
      }),
    ),
    approvals: oneOf(['off', 'ask'], {
      description: "`ask` sends Claude Code's requests for approval to the hub as questions.",
      default: 'off',
    }),
    extraArgs: list(Argument, 64, { description: 'Arguments added after those of its kind.', default: [] }),
    passEnv: list(EnvironmentName, 128, {
      description: "Variables of the sidecar's environment that the agent gets, besides PATH, HOME and the like.",
      default: [],
    }),
    inheritEnv: Type.Boolean({
      description:
        "Give the agent the sidecar's whole environment, including its editor, pager and prompts, instead of a clean one.",
      default: false,
    }),
    accounts: list(Account, 32, {
      description:
        'Several accounts of one agent on this machine, each with its own directory; when one meets its usage limit, the next is used.',
      default: [],
    }),
    gateway: closed({
      url: Type.Optional(
        httpUrl(
          'A gateway that speaks the OpenAI and Anthropic APIs, such as LiteLLM or Ollama, through which Claude Code, Codex and OpenCode reach their models: its address without `/v1`.',
        ),
      ),
      tokenFile: Type.Optional(path('The file with the token for it; it is read before each turn.')),
      tokenVariable: Type.Optional(
        Type.String({
          ...EnvironmentName,
          description: "The variable of the sidecar's environment with that token, instead of a file.",
        }),
      ),
    }),
    pricesFile: Type.Optional(
      path(
        'A TOML file with prices of models; they override the built-in ones, and with a gateway also what the agent says.',
      ),
    ),
    budgetCostMicros: Type.Optional(
      integer(1, LIMITS.amount, {
        description: 'The most that a task without its own budget may cost, in millionths of the currency.',
      }),
    ),
    budgetTokens: Type.Optional(
      integer(1, LIMITS.amount, { description: 'The most tokens that a task without its own budget may use.' }),
    ),
    inactivitySeconds: seconds(
      'An agent that does nothing for this long (no output, no open tool call, no busy process) is stopped.',
      15 * MINUTE,
      1,
      DAY,
    ),
    finalGraceSeconds: seconds('How long an agent may take to exit after it reports that it is done.', 30, 1, HOUR),
    stopGraceSeconds: seconds('How long a program may take to exit before it is killed.', 20, 1, HOUR),
  }),
  output: closed({
    bytesPerSecond: whole('The sustained rate at which output is sent to the hub.', 64 * 1024, 1024, 64 * 1024),
    burstBytes: whole('How much output may be sent in a burst above that rate.', 1024 ** 2, 64 * 1024, 16 * 1024 ** 2),
  }),
  verify: closed({
    commands: oneOf(['task', 'repository', 'off'], {
      description:
        "Whose verify commands are run: a task's or else its repository's, its repository's alone, or none. A task that names its own where it may not is refused.",
      default: 'task',
    }),
    timeoutSeconds: seconds('Time limit for each verify command.', 20 * MINUTE, 1, DAY),
  }),
  forges: list(Forge, 32, {
    description: "Where pull requests are opened, by the host in the repository's address.",
    default: [],
  }),
  pullRequest: closed({
    draft: Type.Boolean({ description: 'Whether pull requests are opened as drafts.', default: false }),
    labels: list(line(64), 16, { description: 'Labels in addition to `agent:` and `lane:`.', default: [] }),
    reviewers: list(line(128), 16, { description: 'Who is asked for a review.', default: [] }),
    template: Type.Optional(path('A Markdown file for the body, with {{placeholders}}.')),
  }),
  git: closed({
    authorName: line(255, { description: 'Author and committer of its commits.', default: 'AgentCom agent' }),
    authorEmail: Type.String({
      pattern: '^[^\\s<>\\u0000-\\u001f\\u007f]{1,255}$',
      mustBe: 'an e-mail address without spaces',
      description: 'Email address of the author and committer.',
      default: 'agent@agentcom.invalid',
    }),
    program: path('The git program.', { default: 'git' }),
    repositories: list(line(512), 256, {
      description:
        'Repositories that tasks may use, as `HOST/PATH` without `.git`, such as `github.com/acme/*`; `*` matches any text.',
      default: ['*'],
    }),
    hosts: list(line(255), 256, {
      description: 'Hosts that they may be at, such as `github.com` or `git.example.com:8443`; `*` matches any text.',
      default: ['*'],
    }),
    localHosts: list(line(255), 64, {
      description:
        'Those of them that may be on this machine or be known to it alone: loopback, link-local and metadata addresses. `*` matches any text.',
      default: [],
    }),
    directories: list(line(4096), 64, {
      description:
        'Directories of this machine that tasks may use as repositories (`file:` addresses), such as `/srv/git/*`; `*` matches any text.',
      default: [],
    }),
    protectedBranches: list(line(255), 64, {
      description: "Branches that no agent may push to, in addition to the task's base; `*` matches any text.",
      default: ['main', 'master', 'release/*'],
    }),
    partialClone: oneOf(['auto', 'always', 'never'], {
      description: 'Whether file contents are fetched only when needed; `auto` does so for large repositories.',
      default: 'auto',
    }),
    agentCredentials: oneOf(['none', 'inherit'], {
      description: "Whether the agent's own git commands may use this machine's credentials.",
      default: 'none',
    }),
    filesDir: Type.Optional(
      path('Where the files are that repositories list as `files` (default: `<repoRoot>/files`).'),
    ),
    signing: oneOf(['off', 'configured'], {
      description:
        "Whether the agent's commits and tags are signed as git is configured here; works only without a passphrase prompt.",
      default: 'off',
    }),
    keepSeconds: seconds(
      'Cached repositories that have not been used for this long are removed.',
      30 * DAY,
      HOUR,
      3650 * DAY,
    ),
    minFreeDiskBytes: whole(
      'With less free disk space than this, the least recently used are removed too.',
      2 * GIB,
      0,
      1024 ** 2 * GIB,
    ),
    timeoutSeconds: seconds('Time limit for each git command.', 10 * MINUTE, 1, DAY),
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
 * Variables that are ours and no settings: what a task's agent finds around it, the enrolment token of `join`, the caller's key, the secrets
 * of a channel, and the directory of programs that set-up fetched.
 */
export const OTHER_VARIABLES: ReadonlySet<string> = new Set([
  'AGENTCOM_TASK_ID',
  'AGENTCOM_GENERATION',
  'AGENTCOM_SOCKET',
  'AGENTCOM_TOKEN',
  'AGENTCOM_TOKEN_FILE',
  'AGENTCOM_KEY',
  'AGENTCOM_NOTIFY_TOKEN',
  'AGENTCOM_NOTIFY_SECRET',
  'AGENTCOM_CACHE_DIR',
]);
