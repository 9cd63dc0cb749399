// A runner with everything real but the agent, which is a script: for tests.

import { once } from 'node:events';
import { existsSync, readFileSync, watch } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunnerKind } from '@agentcom/schemas';
import type { ProcessIdentity } from '@agentcom/schemas/host';
import { ATTEMPT, jobIn, task } from '../core/fixture.js';
import type { Job, RunProgress } from '../core/job-model.js';
import { OUTPUT_START, readOutput } from '../host/output-log.js';
import { AgentRunner, type AgentRunnerSettings } from './agent-runner.js';
import { KINDS } from './kinds/index.js';
import { placeShim } from './place-shim.js';
import { outputDir, readRun, runPaths, turnDir } from './run-files.js';
import { placeUnattended } from './unattended.js';

/** The program text of the shim as it is in the sources, which the test run has built. */
export function shimText(): string {
  return readFileSync(String(process.env.TEST_SHIM_FILE), 'utf8');
}

export interface Limits {
  readonly inactivitySeconds: number;
  readonly finalGraceSeconds: number;
  readonly stopGraceSeconds: number;
  readonly verifySeconds: number;
}

const LIMITS: Limits = { inactivitySeconds: 60, finalGraceSeconds: 60, stopGraceSeconds: 10, verifySeconds: 60 };

const TOOL_PARTS = `
import { createInterface } from 'node:readline';
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const readLine = async () => (await lines.next()).value;
const print = (event) => console.log(JSON.stringify(event));
`;

export class RunnerBench {
  readonly #aborts: AbortController[] = [];

  private constructor(
    /** Of the attempt. */
    readonly dir: string,
    /** Where the agent works. */
    readonly work: string,
    /** How a shim is started. */
    readonly shimArgv: readonly [string, ...string[]],
  ) {}

  static async open(): Promise<RunnerBench> {
    const dir = await mkdtemp(join(tmpdir(), 'agentcom-run-'));
    await mkdir(join(dir, 'work'));
    await placeUnattended(join(dir, 'bin'));
    return new RunnerBench(dir, join(dir, 'work'), await placeShim(join(dir, 'bin'), shimText()));
  }

  async close(): Promise<void> {
    for (const abort of this.#aborts.splice(0)) abort.abort(new Error('the test is over'));
    await this.runner('true', { limits: { stopGraceSeconds: 0 } }).halt(ATTEMPT);
    await rm(this.dir, { recursive: true, force: true });
  }

  job(more: Partial<Job> = {}, prompt = 'the prompt'): Job {
    const turn = { number: 1, prompt, resume: null };
    return jobIn('running', { task: task({ prompt }), workspace: { kind: 'scratch', dir: this.work }, turn, ...more });
  }

  /** For a script of the shell, or for a `program` that plays the tool of its kind. */
  runner(
    script: string,
    {
      limits,
      kind = 'command',
      program,
      argv = ['/bin/sh', '-c', script],
      extraArgs = [],
      passEnv = [],
      inheritEnv = false,
      container = { engine: 'podman', args: [] },
      accounts = [],
      gateway = {},
      ...more
    }: Partial<AgentRunnerSettings> & {
      readonly limits?: Partial<Limits>;
      readonly kind?: RunnerKind;
      readonly program?: string;
      readonly argv?: readonly string[];
      readonly extraArgs?: readonly string[];
      readonly passEnv?: readonly string[];
      readonly inheritEnv?: boolean;
      readonly container?: AgentRunnerSettings['runner']['container'];
      readonly accounts?: AgentRunnerSettings['runner']['accounts'];
      readonly gateway?: AgentRunnerSettings['runner']['gateway'];
    } = {},
  ): AgentRunner {
    const { inactivitySeconds, finalGraceSeconds, stopGraceSeconds, verifySeconds } = { ...LIMITS, ...limits };
    return new AgentRunner({
      runner: {
        kind,
        also: [],
        argv,
        ...(program !== undefined && { program }),
        models: ['*'],
        container,
        accounts,
        gateway,
        approvals: 'off',
        extraArgs,
        passEnv,
        inheritEnv,
        inactivitySeconds,
        finalGraceSeconds,
        stopGraceSeconds,
      },
      verify: { timeoutSeconds: verifySeconds },
      credentials: 'none',
      signing: 'off',
      kinds: KINDS,
      prices: [],
      shim: this.shimArgv,
      dirOf: () => this.dir,
      socketOf: () => join(this.dir, 'agent.sock'),
      binDir: join(this.dir, 'bin'),
      command: [],
      confined: true,
      repoRoot: this.dir,
      commandDirs: [],
      env: { PATH: process.env.PATH, HOME: this.dir },
      agentEnv: () => ({}),
      ...more,
    });
  }

  /** A program of Node, which gets `readLine()` and `print(event)`. */
  async tool(script: string): Promise<string> {
    const path = join(this.dir, 'tool.mjs');
    await writeFile(path, `#!${process.execPath}\n${TOOL_PARTS}\n${script}\n`, { mode: 0o700 });
    return path;
  }

  begin(
    runner: AgentRunner,
    { told = [], job = this.job() }: { readonly told?: RunProgress[]; readonly job?: Job } = {},
  ) {
    const abort = this.#abort();
    const ended = runner.run(job, (progress) => told.push(progress), abort.signal);
    // A test may end without waiting for it.
    ended.catch(() => undefined);
    return { ended, leave: () => abort.abort(new Error('the sidecar is stopping')) };
  }

  verify(runner: AgentRunner, commands: readonly string[], job: Partial<Job> = {}) {
    const abort = this.#abort();
    const ended = runner.verify(this.job(job), commands, abort.signal);
    ended.catch(() => undefined);
    return { ended, leave: () => abort.abort(new Error('the sidecar is stopping')) };
  }

  async shim(dir = turnDir(this.dir, 1)): Promise<ProcessIdentity> {
    const run = await readRun(runPaths(dir));
    if (run === undefined || !('shim' in run)) throw new Error('nothing runs');
    return run.shim;
  }

  /** Waits until the agent has made a file in its directory, and returns what is in it. */
  async made(name: string): Promise<string> {
    const path = join(this.work, name);
    const watching = watch(this.work);
    try {
      while (!existsSync(path) || readFileSync(path, 'utf8') === '') await once(watching, 'change');
    } finally {
      watching.close();
    }
    return readFileSync(path, 'utf8');
  }

  async output(): Promise<string> {
    const { records } = await readOutput(outputDir(this.dir), OUTPUT_START, 64 * 1024 * 1024);
    return records.map(({ stream, data }) => (stream === 'agent' ? `[agent] ${data}` : data)).join('');
  }

  #abort(): AbortController {
    const abort = new AbortController();
    this.#aborts.push(abort);
    return abort;
  }
}
