// Every setting of the sidecar, with its meaning, default and bounds.

import * as Type from 'typebox';
import { LIMITS } from './limits.js';
import { RUNNERS } from './names.js';
import { Capability, closed, type Data, integer, line, list, oneOf, Slug } from './primitives.js';
import { DAY, GIB, HOUR, httpUrl, LogLevelName, MIB, MINUTE, path, seconds, whole } from './setting-parts.js';

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
