// Runs agents of every kind, and the commands that verify their work: each as a process of its own behind a shim, in a directory of its
// own. Here is decided what they are given; `run-directory.ts` begins, finds and ends them.

import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunnerKind, SidecarSettings, VerificationRun } from '@agentcom/schemas';
import { createDurably, makePrivateDirectory } from '@agentcom/schemas/host';
import { wordsOf } from '@agentcom/schemas/words';
import { type AttemptId, type Exit, type Failure, idOf } from '../core/attempt.js';
import { BLANK_EXIT } from '../core/blank.js';
import { budgetLeft, runTimeLeftMs } from '../core/budget.js';
import type { Price } from '../core/budget-watch.js';
import type { Job, RunProgress } from '../core/job-model.js';
import type { RunPlan } from '../core/run-model.js';
import { setupFailure } from '../core/set-up.js';
import { sharedFilesOf } from '../host/agent-socket-path.js';
import { killAll, type ProcessTag } from '../host/attempt-processes.js';
import { outputTail } from '../host/output-log.js';
import { removeTree } from '../host/remove-tree.js';
import type { RunContainer } from '../host/run-container.js';
import { environmentAs, type RunUser, UnusableUser } from '../host/run-user.js';
import type { UserAccess } from '../host/user-access.js';
import type { Outcome, Runner } from '../ports.js';
import { containerFor, markOf } from './attempt-container.js';
import { agentEnvironment, type Environment, secretsIn } from './environment.js';
import type { KindDefinition, TurnRequest } from './kind.js';
import { TAIL_BYTES } from './masked-output.js';
import { type Beginning, type Ended, RunDirectory } from './run-directory.js';
import { haltedPath, isRunDir, isSetupDir, outputDir, runPaths, setupDir, turnDir, verifyDir } from './run-files.js';
import type { Signing } from './unattended.js';

export interface AgentRunnerSettings {
  readonly runner: SidecarSettings['runner'];
  readonly verify: Pick<SidecarSettings['verify'], 'timeoutSeconds'>;
  /** `git.agentCredentials` of the configuration. */
  readonly credentials: 'none' | 'inherit';
  /** `git.signing` of the configuration. */
  readonly signing: Signing;
  readonly kinds: ReadonlyMap<RunnerKind, KindDefinition>;
  readonly prices: readonly Price[];
  /** How the shim is started, without the directory that it gets as last argument. */
  readonly shim: readonly [string, ...string[]];
  /** The directory of an attempt, which is there while it is held. */
  readonly dirOf: (attempt: AttemptId) => string;
  /** The socket by which the agent of an attempt reaches this sidecar. */
  readonly socketOf: (attempt: AttemptId) => string;
  /** Where the command `agentcom` is, for the agent. */
  readonly binDir: string;
  /** What that command runs as. */
  readonly command: readonly string[];
  /** Whether processes are kept together by control groups, where these can be had. */
  readonly confined: boolean;
  /** The environment of the sidecar, of which the agent gets a part. */
  readonly env: Environment;
  /** The directory that holds all worktrees. */
  readonly repoRoot: string;
  /** What the user may reach as whom agents run, when that is another one. */
  readonly access?: UserAccess;
  /** Paths of the command `agentcom` and its files, for containers. */
  readonly commandDirs: readonly string[];
  /** What the agent gets beside: who it is to git, and what git may do. */
  readonly agentEnv: (job: Job) => Readonly<Record<string, string>>;
}

const GONE_WITHIN_MS = 5_000;

/** Signals by which a person, the system or a lack of memory ends a program: they say nothing about it. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);

export class AgentRunner implements Runner {
  readonly #settings: AgentRunnerSettings;

  constructor(settings: AgentRunnerSettings) {
    this.#settings = settings;
  }

  async run(job: Job, onProgress: (progress: RunProgress) => void, signal: AbortSignal): Promise<Outcome<Exit>> {
    const argv = this.#argvOf(job);
    if (argv === null) return failed('permanent', 'runner.not_configured', 'runner.argv is empty');
    const directory = this.#directory(this.#turnDir(job));
    const user = await this.#userFor(job);
    if (!user.ok) return user;
    const ended = await directory.follow(
      () => this.#turnOf(job, argv, user.value),
      this.#tagOf(idOf(job)),
      onProgress,
      signal,
    );
    await removeTree(this.#sharedFilesOf(idOf(job)));
    return this.#exitOf(job, ended, argv[0]);
  }

  async endTurn(job: Job): Promise<void> {
    await this.#directory(this.#turnDir(job)).end();
  }

  async reset(attempt: AttemptId): Promise<void> {
    const { dirOf, runner } = this.#settings;
    const dir = dirOf(attempt);
    const left = (await readdir(dir).catch(() => [])).filter(isSetupDir);
    for (const name of left) {
      await this.#directory(join(dir, name)).halt(this.#tagOf(attempt), runner.stopGraceSeconds * 1000);
      await removeTree(join(dir, name));
    }
  }

  async setUp(job: Job, commands: readonly string[], signal: AbortSignal): Promise<Outcome<null>> {
    const ran = await this.#commands(
      job,
      commands,
      (index) => setupDir(this.#settings.dirOf(idOf(job)), index),
      signal,
    );
    if (!ran.ok) return ran;
    const failure = setupFailure(ran.value);
    return failure === null ? { ok: true, value: null } : { ok: false, failure };
  }

  verify(job: Job, commands: readonly string[], signal: AbortSignal): Promise<Outcome<readonly VerificationRun[]>> {
    const dir = this.#settings.dirOf(idOf(job));
    return this.#commands(job, commands, (index) => verifyDir(dir, job.turn.number, job.tries, index), signal);
  }

  async #commands(
    job: Job,
    commands: readonly string[],
    dirOf: (index: number) => string,
    signal: AbortSignal,
  ): Promise<Outcome<readonly VerificationRun[]>> {
    const lines = commands.map((line) => ({ line, words: wordsOf(line) }));
    for (const { line, words } of lines) if (!words.ok) return notPlain(line, words.problem);
    const user = await this.#userFor(job);
    if (!user.ok) return user;
    const runs: VerificationRun[] = [];
    for (const [index, { line, words }] of lines.entries()) {
      if (!words.ok) break;
      const directory = this.#directory(dirOf(index + 1));
      const begin = () => this.#commandOf(job, line, words.words, user.value);
      const ended = await directory.follow(begin, this.#tagOf(idOf(job)), () => undefined, signal);
      const run = verificationOf(line, words.words[0], ended);
      if (!run.ok) return run;
      runs.push(run.value);
      if (run.value.exitCode !== 0) break;
    }
    return { ok: true, value: runs };
  }

  async halt(attempt: AttemptId): Promise<void> {
    const { dirOf, runner } = this.#settings;
    const dir = dirOf(attempt);
    const tag = this.#tagOf(attempt);
    await makePrivateDirectory(dir);
    // On a full disk nothing new can be forbidden. What runs, and may be what fills it, is ended all the same, at every try.
    const problems: unknown[] = [];
    const tryTo = (action: Promise<unknown>) => action.catch((error: unknown) => problems.push(error));
    await tryTo(createDurably(haltedPath(dir), ''));
    for (const name of (await readdir(dir)).filter(isRunDir)) {
      await tryTo(this.#directory(join(dir, name)).halt(tag, runner.stopGraceSeconds * 1000));
    }
    const user = await this.#settings.access?.user().catch(() => undefined);
    const container = this.#isContained ? markOf(attempt, this.#settings) : undefined;
    await killAll({ group: null, tag, user, container }, GONE_WITHIN_MS);
    await tryTo(removeTree(this.#sharedFilesOf(attempt)));
    if (problems.length > 0) throw problems[0];
  }

  /** Of the attempt, whose directories it can then reach. Undefined: the sidecar's own. */
  async #userFor({ workspace }: Job): Promise<Outcome<RunUser | undefined>> {
    const { access, repoRoot } = this.#settings;
    if (access === undefined) return { ok: true, value: undefined };
    try {
      const user = await access.user();
      if (workspace !== null) await access.open(repoRoot, workspace);
      return { ok: true, value: user };
    } catch (error) {
      if (error instanceof UnusableUser) return failed('machine', 'machine.user_unusable', error.message);
      throw error;
    }
  }

  get #isContained(): boolean {
    return this.#settings.runner.container.image !== undefined;
  }

  #containerOf(job: Job): { readonly container?: RunContainer } {
    const container = containerFor(job, this.#settings);
    return container === undefined ? {} : { container };
  }

  #sharedFilesOf(attempt: AttemptId): string {
    return sharedFilesOf(this.#settings.socketOf(attempt));
  }

  #directory(dir: string): RunDirectory {
    return new RunDirectory(dir, this.#settings.shim);
  }

  #turnDir(job: Job): string {
    return turnDir(this.#settings.dirOf(idOf(job)), job.turn.number);
  }

  /** Null when nothing is configured. What is configured of the program counts for the usual kind only. */
  #argvOf({ runner: { kind } }: Job): readonly [string, ...string[]] | null {
    const { runner, kinds } = this.#settings;
    if (kind === 'command') return isProgram(runner.argv) ? runner.argv : null;
    const program = (kind === runner.kind ? runner.program : undefined) ?? kinds.get(kind)?.program;
    return program === undefined || program === null ? null : [program];
  }

  #turnOf(job: Job, argv: readonly [string, ...string[]], user: RunUser | undefined): Beginning {
    const { runner, kinds } = this.#settings;
    const dir = this.#turnDir(job);
    const own = { ...this.#settings.agentEnv(job), ...this.#tagOf(idOf(job)) };
    const cwd = cwdOf(job, dir);
    const isUsual = job.runner.kind === runner.kind;
    const server = [join(this.#settings.binDir, 'agentcom'), 'mcp'] as const;
    const turn: TurnRequest = {
      task: { id: job.task.id, title: job.task.title },
      prompt: job.turn.prompt,
      cwd,
      // A commit is written there.
      writableDirs: job.workspace?.kind === 'git' ? [job.workspace.gitDir] : [],
      dir: user === undefined && !this.#isContained ? runPaths(dir).files : this.#sharedFilesOf(idOf(job)),
      model: job.runner.model,
      resume: job.turn.resume,
      newSessionId: randomUUID(),
      permissionMode: isUsual ? (runner.permissionMode ?? null) : null,
      approvals: runner.approvals,
      answers: job.answers,
      argv,
      extraArgs: isUsual ? runner.extraArgs : [],
      mcp: { argv: server, env: this.#tagOf(idOf(job)) },
    };
    const spec = {
      work: { type: 'turn', kind: job.runner.kind, turn } as const,
      cwd,
      plan: this.#planOf(job),
      stopGraceMs: runner.stopGraceSeconds * 1000,
      tag: this.#tagOf(idOf(job)),
      // A shell at first, by the first line of the file.
      ours: [
        ['/bin/sh', ...server],
        [...this.#settings.command, 'mcp'],
      ],
      confined: this.#settings.confined,
      ...(user !== undefined && { user }),
      ...this.#containerOf(job),
    };
    const passEnv = [...(kinds.get(job.runner.kind)?.passEnv ?? []), ...runner.passEnv];
    return { spec, env: this.#environment(passEnv, false, own, user), secrets: secretsIn(this.#settings.env) };
  }

  #commandOf(job: Job, line: string, argv: readonly [string, ...string[]], user: RunUser | undefined): Beginning {
    const { runner, verify } = this.#settings;
    const tag = this.#tagOf(idOf(job));
    const spec = {
      work: { type: 'command', line, argv } as const,
      cwd: cwdOf(job, this.#settings.dirOf(idOf(job))),
      plan: {
        runner: 'command',
        model: null,
        resume: null,
        inactivityMs: null,
        timeoutMs: verify.timeoutSeconds * 1000,
        finalGraceMs: 0,
        budget: {},
        prices: [],
        hasFinalEvent: false,
        signInHint: '',
      },
      stopGraceMs: runner.stopGraceSeconds * 1000,
      tag,
      ours: [],
      confined: this.#settings.confined,
      ...(user !== undefined && { user }),
      ...this.#containerOf(job),
    };
    const own = { ...this.#settings.agentEnv(job), ...tag };
    return { spec, env: this.#environment(runner.passEnv, true, own, user), secrets: secretsIn(this.#settings.env) };
  }

  #planOf(job: Job): RunPlan {
    const { runner, kinds, prices } = this.#settings;
    const { hasFinalEvent = false, signInHint = '' } = kinds.get(job.runner.kind) ?? {};
    return {
      runner: job.runner.kind,
      model: job.runner.model,
      resume: job.turn.resume,
      inactivityMs: (job.task.inactivitySeconds ?? ownInactivity(job) ?? runner.inactivitySeconds) * 1000,
      timeoutMs: runTimeLeftMs(job),
      finalGraceMs: runner.finalGraceSeconds * 1000,
      budget: budgetLeft(job),
      prices,
      hasFinalEvent,
      signInHint,
    };
  }

  #environment(
    passEnv: readonly string[],
    withoutSecrets: boolean,
    own: Readonly<Record<string, string>>,
    user: RunUser | undefined,
  ) {
    const { env, credentials, signing, binDir, runner } = this.#settings;
    const { inheritEnv } = runner;
    const isOtherUser = user !== undefined;
    const allowance = { passEnv, inheritEnv, credentials, signing, withoutSecrets, binDir, isOtherUser };
    return agentEnvironment(environmentAs(user, env), allowance, own);
  }

  #tagOf(attempt: AttemptId): ProcessTag {
    return {
      AGENTCOM_TASK_ID: attempt.task,
      AGENTCOM_GENERATION: String(attempt.generation),
      AGENTCOM_SOCKET: this.#settings.socketOf(attempt),
    };
  }

  async #exitOf(job: Job, ended: Ended, program: string): Promise<Outcome<Exit>> {
    if (ended.how === 'not begun') return failed('machine', 'runner.not_started', ended.why);
    if (ended.how === 'exited') {
      const { startError, exit } = ended.record;
      // Its shim may be of a version of before.
      if (startError === null) return { ok: true, value: { ...BLANK_EXIT, ...exit } };
      // The system says the same of a program that is gone and of a directory that the agent has removed.
      if (!existsSync(cwdOf(job, this.#turnDir(job)))) {
        return failed('transient', 'runner.not_started', 'the worktree is gone: the agent removed it');
      }
      return failed('machine', 'runner.not_started', `${program} cannot be started: ${startError}`);
    }
    const tail = await outputTail(outputDir(this.#settings.dirOf(idOf(job))), TAIL_BYTES);
    const usage = ended.last?.progress.usage ?? {};
    const session = ended.last?.session ?? null;
    const final = ended.last?.final ?? null;
    return { ok: true, value: { ...BLANK_EXIT, tail, usage, session, final } };
  }
}

function verificationOf(command: string, program: string, ended: Ended): Outcome<VerificationRun> {
  if (ended.how === 'not begun') return failed('machine', 'runner.not_started', ended.why);
  if (ended.how === 'vanished') {
    return failed('transient', 'runner.lost', `the process of \`${command}\` disappeared without an exit code`);
  }
  const { startError, exit } = ended.record;
  if (startError !== null) {
    const said = `${program} cannot be started: ${startError}`;
    // A file of the repository is the agent's to mend, with the code that a shell gives it; a program of the machine is not.
    if (program.includes('/')) return { ok: true, value: { command, exitCode: 127, seconds: 0, output: `${said}\n` } };
    const message = `the command \`${command}\` did not run: ${said}; install it on the agent's machine, or correct the command`;
    return { ok: false, failure: { class: 'permanent', code: 'command.not_started', message, mend: 'person' } };
  }
  const { code, signal, cut, seconds, tail } = exit;
  if (cut === 'timeout') {
    return { ok: true, value: { command, seconds, output: `${tail}[stopped: it exceeded its time limit]\n` } };
  }
  if (code !== null) return { ok: true, value: { command, exitCode: code, seconds, output: tail } };
  if (signal !== null && !FROM_OUTSIDE.has(signal)) {
    return { ok: true, value: { command, seconds, output: `${tail}[crashed: ${signal}]\n` } };
  }
  return failed('transient', 'runner.killed', `\`${command}\` was killed${signal === null ? '' : ` by ${signal}`}`);
}

function notPlain(line: string, problem: string): Outcome<never> {
  const message = `the command \`${line}\` needs a shell: ${problem}. Commands are not run through a shell: put it in a script`;
  return { ok: false, failure: { class: 'permanent', code: 'verify.not_plain', message, mend: 'person' } };
}

function failed(kind: Failure['class'], code: string, message: string): Outcome<never> {
  return { ok: false, failure: { class: kind, code, message } };
}

/** What the repository says of itself. */
function ownInactivity({ workspace }: Job): number | undefined {
  return workspace?.kind === 'git' ? workspace.settings.inactivitySeconds : undefined;
}

function cwdOf({ workspace }: Job, otherwise: string): string {
  return workspace?.dir ?? otherwise;
}

function isProgram(argv: readonly string[]): argv is readonly [string, ...string[]] {
  return argv.length > 0;
}
