// Runs agents of every kind, and the commands that verify their work: each as a process of its own behind a shim, in a directory of its
// own. Here is decided what they are given; `run-directory.ts` begins, finds and ends them.

import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunnerKind, SidecarSettings, VerificationRun } from '@agentcom/schemas';
import { createDurably, makePrivateDirectory } from '@agentcom/schemas/host';
import type { Price } from '@agentcom/schemas/prices';
import { wordsOf } from '@agentcom/schemas/words';
import { type AttemptId, type Exit, idOf } from '../core/attempt.js';
import { BLANK_EXIT } from '../core/blank.js';
import type { Job, RunProgress } from '../core/job-model.js';
import { setupFailure } from '../core/set-up.js';
import { NOT_SIGNED_IN } from '../core/turn-verdict.js';
import { sharedFilesOf } from '../host/agent-socket-path.js';
import { killAll, type ProcessTag } from '../host/attempt-processes.js';
import { outputTail } from '../host/output-log.js';
import { removeTree } from '../host/remove-tree.js';
import type { RunContainer } from '../host/run-container.js';
import { environmentAs, type RunUser, UnusableUser } from '../host/run-user.js';
import type { UserAccess } from '../host/user-access.js';
import type { Outcome, Runner } from '../ports.js';
import { containerFor, markOf } from './attempt-container.js';
import { type Allowance, agentEnvironment, type Environment, secretsIn } from './environment.js';
import type { KindDefinition, TurnRequest } from './kind.js';
import { TAIL_BYTES } from './masked-output.js';
import { gatewaySecrets, gatewayUseOf, NoProvider, type Provider, providerFor } from './provider.js';
import { type Beginning, type Ended, RunDirectory } from './run-directory.js';
import { haltedPath, isRunDir, isSetupDir, outputDir, runPaths, setupDir, turnDir, verifyDir } from './run-files.js';
import { turnPlan } from './turn-plan.js';
import type { Signing } from './unattended.js';
import { failed, notPlain, verificationOf } from './verification-run.js';

export interface AgentRunnerSettings {
  readonly runner: SidecarSettings['runner'];
  readonly verify: Pick<SidecarSettings['verify'], 'timeoutSeconds'>;
  /** `git.agentCredentials` of the configuration. */
  readonly credentials: 'none' | 'inherit';
  /** `git.signing` of the configuration. */
  readonly signing: Signing;
  readonly kinds: ReadonlyMap<RunnerKind, KindDefinition>;
  readonly prices: readonly Price[];
  /** What models cost behind a gateway, as far as the operator says; undefined without a gateway. */
  readonly gatewayPrices?: readonly Price[];
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

export class AgentRunner implements Runner {
  readonly #settings: AgentRunnerSettings;
  /** Of turns whose shims wait for their orders, by their directories. */
  readonly #anticipated = new Map<string, RunDirectory>();

  constructor(settings: AgentRunnerSettings) {
    this.#settings = settings;
  }

  anticipate(job: Job): () => void {
    const dir = turnDir(this.#settings.dirOf(idOf(job)), job.turn.number + 1);
    const directory = this.#directory(dir);
    directory.anticipate(this.#tagOf(idOf(job)));
    this.#anticipated.set(dir, directory);
    return () => {
      this.#anticipated.delete(dir);
      directory.dismiss();
    };
  }

  async run(job: Job, onProgress: (progress: RunProgress) => void, signal: AbortSignal): Promise<Outcome<Exit>> {
    const dir = this.#turnDir(job);
    const directory = this.#anticipated.get(dir) ?? this.#directory(dir);
    this.#anticipated.delete(dir);
    try {
      return await this.#runIn(directory, job, onProgress, signal);
    } catch (error) {
      if (error instanceof NoProvider) return failed('machine', NOT_SIGNED_IN, error.message);
      throw error;
    } finally {
      directory.dismiss();
    }
  }

  async #runIn(
    directory: RunDirectory,
    job: Job,
    onProgress: (progress: RunProgress) => void,
    signal: AbortSignal,
  ): Promise<Outcome<Exit>> {
    const argv = this.#argvOf(job);
    if (argv === null) return failed('permanent', 'runner.not_configured', 'runner.argv is empty');
    if (job.runner.model === null && gatewayUseOf(job.runner.kind, this.#settings.runner)?.needsModel === true) {
      const message = `through a gateway, ${job.runner.kind} has to be told which model to use: submit the task with one`;
      return { ok: false, failure: { class: 'permanent', code: 'runner.not_configured', message, mend: 'person' } };
    }
    const user = await this.#userFor(job);
    if (!user.ok) return user;
    const begin = () => this.#turnOf(job, argv, user.value);
    const ended = await directory.follow(begin, this.#tagOf(idOf(job)), onProgress, signal);
    await removeTree(this.#sharedFilesOf(idOf(job)));
    return this.#exitOf(job, ended, argv[0]);
  }

  async endTurn(job: Job): Promise<void> {
    await this.#directory(this.#turnDir(job)).end();
  }

  async cutShort(job: Job): Promise<Exit | null> {
    const ended = await this.#directory(this.#turnDir(job)).outcome();
    if (ended === undefined) return null;
    const exit = await this.#exitOf(job, ended, '');
    return exit.ok ? exit.value : null;
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
      this.#anticipated.delete(join(dir, name));
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
    const cwd = cwdOf(job, dir);
    const isUsual = job.runner.kind === runner.kind;
    const provider = providerFor(job.runner, runner, this.#settings.env);
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
      gateway: provider.gateway,
      mcp: { argv: server, env: this.#tagOf(idOf(job)) },
    };
    const spec = {
      work: { type: 'turn', kind: job.runner.kind, turn } as const,
      cwd,
      plan: turnPlan(job, this.#settings, provider),
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
    const own = { ...this.#settings.agentEnv(job), ...provider.env, ...this.#tagOf(idOf(job)) };
    return {
      spec,
      env: this.#environment({ passEnv, withoutSecrets: false }, own, user, provider),
      secrets: this.#secrets(),
    };
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
    const allowed = { passEnv: runner.passEnv, withoutSecrets: true };
    return { spec, env: this.#environment(allowed, own, user), secrets: this.#secrets() };
  }

  #secrets(): readonly string[] {
    const { env, runner } = this.#settings;
    return [...secretsIn(env), ...gatewaySecrets(runner, env)];
  }

  #environment(
    allowed: Pick<Allowance, 'passEnv' | 'withoutSecrets'>,
    own: Readonly<Record<string, string>>,
    user: RunUser | undefined,
    { without }: Pick<Provider, 'without'> = providerFor(
      { kind: 'command' },
      this.#settings.runner,
      this.#settings.env,
    ),
  ) {
    const { env, credentials, signing, binDir, runner } = this.#settings;
    const { inheritEnv } = runner;
    const isOtherUser = user !== undefined;
    const allowance = { ...allowed, inheritEnv, credentials, signing, binDir, isOtherUser };
    const passed = Object.fromEntries(Object.entries(env).filter(([name]) => !without.includes(name)));
    return agentEnvironment(environmentAs(user, passed), allowance, own);
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

function cwdOf({ workspace }: Job, otherwise: string): string {
  return workspace?.dir ?? otherwise;
}

function isProgram(argv: readonly string[]): argv is readonly [string, ...string[]] {
  return argv.length > 0;
}
