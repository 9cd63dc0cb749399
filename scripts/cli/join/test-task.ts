// The test task: one small piece of work through the whole path, from the hub to this machine's agent and back, in a repository made
// for it. The sidecar is the agent's own: should the hub give it other work first, that goes on when the sidecar is started.

import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Question, RunnerKind, SidecarSettings, TaskSpec } from '@agentcom/schemas';
import { makeDirectories } from '@agentcom/schemas/host';
import type { Job } from '@agentcom/sidecar/core/job-model';
import type { Sidecar } from '@agentcom/sidecar/main';
import { ownCommand } from '../commands/sidecar.js';
import { git } from '../demo/project.js';
import { CommandError, EXIT, failed, Interrupted, messageOf } from '../exit.js';
import type { Invocation } from '../invocation.js';
import { jsonLog } from '../log.js';
import { readKey } from '../settings.js';
import { listenForStop } from '../stop-signal.js';
import { duration } from '../text.js';
import type { World } from '../world.js';
import { askPerson, converse, type Dialogue } from './test-dialogue.js';
import { LastProblem, printedText, taskFailure } from './test-failure.js';

const TASK_MS_MAX = 180_000;
const LINK_MS_MAX = 20_000;
/** For the agent of a cancelled test task to end. */
const STOP_MS_MAX = 30_000;
/** Hard stops: whatever the agent makes of the test, it is not dear. */
const TOKENS_MAX = 200_000;
const COST_MICROS_MAX = 1_000_000;
const BASE = 'main';
const FILE = 'hello.txt';
/** Below the agent's directory. */
export const TEST_DIR = 'test';

export type Tested =
  | { readonly task: string; readonly elapsedMs: number; readonly costMicros?: number }
  /** The agent was given other work first, and comes to the test task after it. */
  | { readonly task: string; readonly busyWith: string };

/** Runs it, and throws what went wrong; then nothing is left of the task. `dir` is the agent's own directory. */
export async function runTestTask(
  invocation: Invocation,
  settings: SidecarSettings,
  dir: string,
  say: (text: string) => void,
): Promise<Tested> {
  const { world } = invocation;
  const place = join(dir, TEST_DIR);
  await rm(place, { recursive: true, force: true });
  await makeDirectories(place, 0o700);
  const problem = new LastProblem();
  const stopping = listenForStop(world);
  let tested: Tested | undefined;
  try {
    const spec = await testSpec(world, settings, place);
    const key = { key: await readKey(settings.keyFile), from: settings.keyFile };
    const client = await invocation.clientFor(settings.hub.replace(/\/+$/, ''), key);
    const dialogue = { client, say, ask: (question: Question) => askPerson(world, question) };
    tested = await withSidecar(withTestOrigin(settings, place), ownCommand(world), problem, (sidecar, ended) =>
      runTask(sidecar, ended, spec, dialogue, stopping.signal, problem),
    );
    return tested;
  } catch (error) {
    throw explained(error, settings.name);
  } finally {
    stopping.release();
    // Else the repository is still needed.
    if (tested === undefined || 'elapsedMs' in tested) await rm(place, { recursive: true, force: true });
  }
}

/** The repository of the test is made here, so the agent may use it, whatever is allowed to tasks. */
function withTestOrigin(settings: SidecarSettings, place: string): SidecarSettings {
  const { git } = settings;
  return { ...settings, git: { ...git, directories: [...git.directories, join(place, '*')] } };
}

type Ended = (task: string) => Promise<Job>;

async function withSidecar<T>(
  settings: SidecarSettings,
  command: readonly [string, ...string[]],
  problem: LastProblem,
  work: (sidecar: Sidecar, ended: Ended) => Promise<T>,
): Promise<T> {
  const { startSidecar } = await import('@agentcom/sidecar/main');
  const { SHIM_TEXT: shim } = await import('../shim-text.js');
  const over = new Map<string, Job>();
  const waiting = new Map<string, (job: Job) => void>();
  const sidecar = await startSidecar(settings, {
    logger: jsonLog('warn', problem).log,
    shim,
    command,
    ended: (job) => {
      over.set(job.task.id, job);
      waiting.get(job.task.id)?.(job);
    },
  });
  const ended: Ended = (task) =>
    new Promise((resolve) => {
      const job = over.get(task);
      if (job === undefined) waiting.set(task, resolve);
      else resolve(job);
    });
  const gone = sidecar.stopped.then((reason) => {
    throw reason ?? new Error('the sidecar exited before the test task ended');
  });
  try {
    return await Promise.race([work(sidecar, ended), gone]);
  } finally {
    gone.catch(() => undefined);
    await sidecar.stop();
  }
}

async function runTask(
  sidecar: Sidecar,
  ended: Ended,
  spec: TaskSpec,
  dialogue: Dialogue,
  stop: AbortSignal,
  problem: LastProblem,
): Promise<Tested> {
  await within(sidecar.linked, 'the sidecar did not reach the hub', problem);
  const startedAt = performance.now();
  const { task } = await within(sidecar.submit(spec, randomUUID()), 'the hub did not accept the test task', problem);
  // What the hub had for this agent at its hello came before the answer to the submission.
  const held = sidecar.holding()?.task;
  if (held !== undefined && held !== task) return { task, busyWith: held };
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  const job = await Promise.race([
    ended(task),
    converse(sidecar, task, dialogue, TASK_MS_MAX, signal).catch(async (error: unknown) => {
      if (over.signal.aborted) throw error;
      const printed = printedText((await cancelTask(dialogue, task, ended(task)))?.exit?.tail);
      if (stop.aborted && !(error instanceof Interrupted))
        throw new CommandError(EXIT.cancelled, 'cancelled', 'the test task was cancelled');
      throw error instanceof CommandError && error.remedy === undefined && printed !== undefined
        ? error.withRemedy(printed)
        : error;
    }),
  ]).finally(() => over.abort());
  if (job.failure !== null) {
    await cancelTask(dialogue, task, Promise.resolve(job));
    throw taskFailure(job);
  }
  const { usage } = job;
  const elapsedMs = Math.round(performance.now() - startedAt);
  return { task, elapsedMs, ...(usage.costMicros !== undefined && { costMicros: usage.costMicros }) };
}

/** So that no task is left to wait for somebody, and no agent at work. The reason why comes first, whatever becomes of this. */
async function cancelTask({ client, say }: Dialogue, task: string, ended: Promise<Job>): Promise<Job | undefined> {
  say('cancelling the test task');
  const reason = 'its join was cancelled or failed';
  const cancelled = client.call('task.cancel', { path: { id: task }, body: { reason } });
  return cancelled
    .then(() => Promise.race([ended, sleep(STOP_MS_MAX, undefined, { ref: false })]))
    .catch(() => undefined);
}

/** A tool of a known kind changes a file and commits it; of any other program only its exit code is asked. */
async function testSpec(world: World, { name, runner }: SidecarSettings, place: string): Promise<TaskSpec> {
  const common = {
    title: `Test of agent ${name}`,
    lane: 'urgent',
    needs: [`agent:${name}`],
    maxAttempts: 1,
    runTimeoutSeconds: TASK_MS_MAX / 1000,
    labels: { test: 'join' },
  } as const;
  if (runner.kind === 'command')
    return { ...common, prompt: 'This is a test by AgentCom. Do nothing, and exit successfully.\n' };
  return {
    ...common,
    prompt: `This is a test by AgentCom. Create the file ${FILE} with the one line "hello", commit it with git, and exit. Do nothing else.\n`,
    repo: { url: pathToFileURL(await testOrigin(world, place)).href, base: BASE },
    ...(countsUse(runner.kind) && { budget: { tokens: TOKENS_MAX, costMicros: COST_MICROS_MAX } }),
  };
}

function countsUse(kind: RunnerKind): boolean {
  return kind !== 'command' && kind !== 'aider';
}

async function testOrigin({ env }: World, place: string): Promise<string> {
  const work = join(place, 'work');
  const bare = join(place, 'origin.git');
  await git(env, ['init', '--quiet', `--initial-branch=${BASE}`, work]);
  await writeFile(join(work, 'README.md'), 'A repository for one test task.\n');
  // Not of the task: the agent's settings may refuse those.
  await writeFile(join(work, '.agentcom.toml'), `verify = ["git cat-file -e HEAD:${FILE}"]\n`);
  await git(env, ['-C', work, 'add', '--all']);
  await git(env, ['-C', work, 'commit', '--quiet', '--message', 'Begin']);
  await git(env, ['clone', '--quiet', '--bare', work, bare]);
  return bare;
}

function explained(error: unknown, agent: string): CommandError {
  const remedy = [
    ...(error instanceof CommandError && error.remedy !== undefined ? [error.remedy] : []),
    `Agent ${agent} has joined; no service was created. Fix the cause and run the same command again. To skip the test, add --no-test; to undo the join, run \`agentcom leave\`.`,
  ].join('\n');
  const code = error instanceof CommandError ? error.code : 'join.test_failed';
  const exit = error instanceof CommandError && error.code === 'cancelled' ? error.exit : EXIT.failed;
  return new CommandError(exit, code, messageOf(error), { remedy, cause: error });
}

async function within<T>(work: Promise<T>, otherwise: string, problem: LastProblem): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = () => {
      const why = problem.text === undefined ? '' : `: ${problem.text}`;
      reject(failed('join.test_failed', `${otherwise} within ${duration(LINK_MS_MAX)}${why}`));
    };
    timer = setTimeout(fail, LINK_MS_MAX);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
