// `agentcom join`: make this machine an agent of a hub.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { arch, hostname, platform, release, type } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { isCancel, password } from '@clack/prompts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Cli, collected, type Session, withExamples } from '../cli.js';
import { enrol, isSlug, type Joined } from '../enrol.js';
import { CommandError, codeOf, EXIT, failed, usageError } from '../exit.js';
import { withProgress } from '../progress.js';
import { clientSettings, defaultDataDir, isLoopback } from '../settings.js';
import { shellWord } from '../text.js';
import type { World } from '../world.js';

interface JoinFlags {
  readonly tokenFile?: string;
  readonly name?: string;
  readonly capability?: readonly string[];
  readonly runner: string;
  readonly repoRoot?: string;
  readonly dir?: string;
}

const GIT_TIMEOUT_MS = 10_000;

export function addJoinCommand(program: Command, cli: Cli): void {
  const command = program
    .command('join')
    .description('make this machine an agent of a hub')
    .argument('<hub>', 'the address of the hub')
    .argument('<command...>', 'after --: the program that is the agent; it gets each prompt on its standard input')
    .option('--token-file <file>', 'the token of `agentcom agent invite`; else AGENTCOM_TOKEN, else it is asked for')
    .option('--name <name>', 'the name of the agent; the hub makes one up when not given', slug)
    .option('--capability <names>', 'what it offers beside what is found here', collected)
    .addOption(new Option('--runner <kind>', 'how the agent is started').choices(['command']).default('command'))
    .option('--repo-root <dir>', 'where repositories are cached and worktrees made')
    .option('--dir <dir>', 'where key, configuration and state are kept');
  withExamples(
    command,
    'agentcom join https://hub.example.org --token-file token -- my-agent --its-flags',
    'AGENTCOM_TOKEN=… agentcom join http://127.0.0.1:7700 --name builder --capability gpu -- ./agent.sh',
  ).action(
    cli.act(async (session: Session, hub: string, argv: readonly string[], flags: JoinFlags) => {
      const { out, world } = session;
      const settings = await clientSettings(world, { hub });
      if (!isLoopback(settings.hub) && settings.hub.startsWith('http://')) {
        out.warning(`${settings.hub} is not encrypted: whoever sees the traffic sees the token and the agent's key.`);
      }
      const token = await tokenFrom(world, flags.tokenFile);
      const own = flags.dir === undefined ? undefined : resolve(world.cwd, flags.dir);
      const place = own === undefined ? { agentsDir: join(defaultDataDir(world), 'agents') } : { dir: own };
      const machine = await describeMachine();
      const joined = await withProgress(session, 'joining', () =>
        enrol(session.clientFor(settings.hub), {
          token,
          ...(flags.name !== undefined && { name: flags.name }),
          capabilities: unique([...machine.capabilities, ...(flags.capability ?? [])]),
          host: machine.host,
          os: machine.os,
          argv: runnable(world, argv),
          ...(flags.repoRoot !== undefined && { repoRoot: resolve(world.cwd, flags.repoRoot) }),
          place,
        }),
      );
      out.answer(joined, () => joinedText(session, settings.hub, joined));
      return undefined;
    }),
  );
}

/** What every machine offers by itself, and what it is called. */
export async function describeMachine(): Promise<{ capabilities: string[]; host: string; os: string }> {
  const capabilities = [`os:${platform()}`, `arch:${arch()}`, 'node', ...((await hasGit()) ? ['git'] : [])];
  return { capabilities, host: hostname().slice(0, 255) || 'unknown', os: `${type()} ${release()}`.slice(0, 128) };
}

async function hasGit(): Promise<boolean> {
  try {
    await promisify(execFile)('git', ['--version'], { timeout: GIT_TIMEOUT_MS });
    return true;
  } catch {
    return false;
  }
}

/** Never from the command line, where every user of the machine could read it. */
async function tokenFrom(world: World, file: string | undefined): Promise<string> {
  const named = file ?? (world.env.AGENTCOM_TOKEN ? undefined : world.env.AGENTCOM_TOKEN_FILE || undefined);
  if (named !== undefined) {
    const path = resolve(world.cwd, named);
    return readFile(path, 'utf8').then(
      (text) => text.trim(),
      (cause: unknown) => {
        throw usageError(`the token file ${path} cannot be read (${codeOf(cause)})`);
      },
    );
  }
  const given = world.env.AGENTCOM_TOKEN;
  if (given) return given.trim();
  if (!world.canAsk)
    throw usageError('no token was given', 'Give --token-file or AGENTCOM_TOKEN; `agentcom agent invite` makes one.');
  const typed = await password({ message: 'Token of `agentcom agent invite`' });
  if (isCancel(typed)) throw new CommandError(EXIT.cancelled, 'cancelled', 'nothing was done');
  if (typed.trim() === '') throw failed('enrolment.invalid', 'the token is empty');
  return typed.trim();
}

function slug(text: string): string {
  if (isSlug(text)) return text;
  throw new InvalidArgumentError('It must be at most 64 lower-case letters, digits and inner hyphens.');
}

/** The agent is started in other directories: a program given by a relative path is named in full. */
function runnable(world: World, argv: readonly string[]): readonly string[] {
  const [program = '', ...args] = argv;
  return [/^\.{1,2}\//.test(program) ? resolve(world.cwd, program) : program, ...args];
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}

function joinedText({ out }: Session, hub: string, joined: Joined): string {
  return [
    out.fields([
      ['agent', out.colours.bold(joined.agent)],
      ['hub', hub],
      ['config', joined.config],
      ['key', joined.keyFile],
    ]),
    '',
    'Start it with:',
    `  agentcom sidecar --config ${shellWord(joined.config)}`,
  ].join('\n');
}
