// `agentcom submit`: give the hub a task, and with `--wait` follow it to its end.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Lane, RunnerKind, SubmittedTask, TaskSpec, TaskView } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { LANES } from '@agentcom/schemas/names';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { HubClient } from '../client.js';
import { confirmCost } from '../estimate.js';
import { CommandError, isOutcomeUnknown, usageError } from '../exit.js';
import { isOver } from '../follow.js';
import { taskIds } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import type { ChosenRepository } from '../local-repository.js';
import { appendValue, parseCost, parseList, timeSpan, wholeNumber, withExamples } from '../options.js';
import { models, preferencesOf, runners } from '../preferences.js';
import { withProgress } from '../progress.js';
import { checkText, promptOf } from '../prompt-text.js';
import { firstLine, oneLine } from '../text.js';
import { futureTime, type PointInTime } from '../times.js';
import { exitFor, waitForTask } from '../waiting.js';

const SUBMIT_RETRY_MS = 60_000;
const KIB = LIMITS.promptBytes / 1024;

interface SubmitFlags {
  readonly prompt?: string;
  readonly promptFile?: string;
  readonly repo?: string;
  readonly base?: string;
  readonly baseFromParent?: boolean;
  readonly needs?: readonly string[];
  readonly lane?: Lane;
  readonly label?: Readonly<Record<string, string>>;
  readonly runner?: readonly RunnerKind[];
  readonly maxAttempts?: number;
  readonly runTimeout?: number;
  readonly inactivity?: number;
  readonly dependsOn?: readonly string[];
  readonly notBefore?: PointInTime;
  readonly idempotencyKey?: string;
  readonly model?: readonly string[];
  readonly verify?: readonly string[];
  readonly maxCost?: number;
  readonly maxTokens?: number;
  readonly confirmAbove?: number;
  readonly wait?: boolean;
  readonly logs?: boolean;
}

export function defineSubmit(command: Command, cli: Cli): void {
  command
    .argument('<title>', `the title, one line of at most ${LIMITS.titleChars} characters`)
    .option('--prompt-file <file>', `a file with the prompt, at most ${KIB} KiB of UTF-8; - reads standard input`)
    .option('--prompt <text>', 'the prompt')
    .option('--repo <url>', 'the git repository to work on: a URL or a local path')
    .option('--base <branch>', 'the branch to start from (the default branch)')
    .option('--needs <capabilities>', 'capabilities the agent must have, such as git,os:linux', parseList)
    .addOption(new Option('--lane <lane>', 'priority').choices(LANES))
    .option('--label <name=value>', 'a label; repeat for several', parseLabel)
    .option('--runner <kinds>', 'the runner to use; several, such as claude,codex, in order of preference', runners)
    .option('--model <names>', 'the model to use, where the runner supports it; several in order of preference', models)
    .option('--verify <command>', 'a command that must succeed before the push; repeat for several', appendValue)
    .option(
      '--max-cost <amount>',
      'stop the task above this cost, such as 2.50; of several runners or models, use the cheapest that is expected to stay below',
      parseCost,
    )
    .option('--max-tokens <n>', 'stop the task above this many tokens', wholeNumber(1, LIMITS.amount))
    .option('--confirm-above <amount>', 'estimate the cost first, and ask if it may be more than this', parseCost)
    .option('--max-attempts <n>', 'attempts before the task is dead', wholeNumber(1, LIMITS.maxAttempts))
    .option(
      '--run-timeout <time>',
      'time limit for one attempt, such as 90s, 10m or 2h',
      timeSpan(1, LIMITS.runTimeoutSeconds),
    )
    .option(
      '--inactivity <time>',
      'stop an attempt that does nothing for this long (no output, tool call or busy process)',
      timeSpan(1, LIMITS.inactivitySeconds),
    )
    .option('--depends-on <ids>', 'ids of tasks that must complete first', parseList)
    .option('--base-from-parent', 'start from the branch of the --depends-on task instead of the base')
    .option(
      '--not-before <time>',
      'do not start before this time, such as 2h, 2026-01-31 or "2026-01-31 12:00"',
      futureTime,
    )
    .option('--idempotency-key <key>', 'a repeat with the same key shows the first task instead of a new one (random)')
    .option('--wait', 'wait for it to end: exit code 0 completed, 1 dead, 2 cancelled')
    .option('--logs', 'with --wait: print the output of the agent');
  withExamples(
    command,
    'agentcom submit "Fix the login form" --prompt-file login.md --repo https://example.org/shop.git --wait',
    'echo "Update the changelog" | agentcom submit "Changelog" --prompt-file - --repo . --lane low',
    'agentcom submit "Fix the login form" --prompt-file login.md --runner claude,codex --max-cost 2.50',
    'agentcom submit "Nightly audit" --prompt "Audit the dependencies." --label kind=audit --idempotency-key audit-2026-01-31',
  ).action(
    cli.act(async (invocation: Invocation, title: string, flags: SubmitFlags) => {
      if (flags.logs === true && flags.wait !== true) throw usageError('--logs needs --wait');
      checkParents(flags);
      const repository = await repositoryOf(invocation, flags);
      const spec = await specOf(invocation, title, flags, repository);
      const client = await invocation.client();
      const parents = flags.dependsOn === undefined ? {} : { dependsOn: await taskIds(client, flags.dependsOn) };
      await warnOf(invocation, client, repository);
      if (parents.dependsOn !== undefined && repository !== undefined && flags.baseFromParent !== true) {
        const base = flags.base ?? 'the default branch';
        invocation.out.note(`The task starts from ${base}. To build on its parent's branch, use --base-from-parent.`);
      }
      if (flags.confirmAbove !== undefined) await confirmCost(invocation, client, spec, flags.confirmAbove);
      const task = await submit(invocation, client, { ...spec, ...parents }, flags.idempotencyKey ?? randomUUID());
      // With a key of its own, only its own repetition after a lost answer can have been taken before.
      const isRepeated = task.repeated === true && flags.idempotencyKey !== undefined;
      const { out } = invocation;
      if (task.overLimits !== undefined && !out.json) {
        const { overText } = await import('../show-limit.js');
        for (const over of task.overLimits) out.warning(overText(invocation, over));
      }
      if (flags.wait === true) {
        if (out.json)
          out.answer({ event: 'task.submitted', task: task.id, ...(isRepeated && { repeated: true }) }, () => '');
        else if (isRepeated) out.note(repeatedText(invocation, task));
        else out.note(`Task ${task.id} is submitted. Ctrl-C stops waiting; the task keeps running.`);
        return await waitForTask(invocation, client, task, { logs: flags.logs === true });
      }
      out.answer(task, () => (isRepeated ? repeatedText(invocation, task) : submittedText(invocation, task)));
      return isRepeated && isOver(task.state) ? exitFor(task.state) : undefined;
    }),
  );
}

function checkParents({ repo, baseFromParent, dependsOn }: SubmitFlags): void {
  if (baseFromParent !== true) return;
  if (repo === undefined) throw usageError('--base-from-parent needs --repo');
  if (dependsOn?.length !== 1) throw usageError('--base-from-parent needs --depends-on with exactly one task');
}

async function repositoryOf({ world }: Invocation, { repo, base }: SubmitFlags): Promise<ChosenRepository | undefined> {
  if (repo === undefined) {
    if (base !== undefined) throw usageError('--base needs --repo');
    return undefined;
  }
  const { chosenRepository } = await import('../local-repository.js');
  return chosenRepository(world, repo, base);
}

async function specOf(
  { world }: Invocation,
  title: string,
  flags: SubmitFlags,
  repository: ChosenRepository | undefined,
): Promise<TaskSpec> {
  checkText(title, 'the title');
  return {
    title,
    prompt: await promptOf(world, flags),
    ...(repository !== undefined && {
      repo: { url: repository.url, ...(flags.base !== undefined && { base: flags.base }) },
    }),
    ...(flags.baseFromParent === true && { baseFromParent: true }),
    ...(flags.needs !== undefined && { needs: flags.needs }),
    ...(flags.lane !== undefined && { lane: flags.lane }),
    ...(flags.label !== undefined && { labels: flags.label }),
    ...preferencesOf(flags),
    ...(flags.verify !== undefined && { verify: flags.verify }),
    ...((flags.maxCost !== undefined || flags.maxTokens !== undefined) && { budget: budgetOf(flags) }),
    ...(flags.maxAttempts !== undefined && { maxAttempts: flags.maxAttempts }),
    ...(flags.runTimeout !== undefined && { runTimeoutSeconds: flags.runTimeout }),
    ...(flags.inactivity !== undefined && { inactivitySeconds: flags.inactivity }),
    ...(flags.notBefore !== undefined && { notBefore: flags.notBefore(world.now()) }),
  };
}

/** What the agent will not see of the repository, and which agents will not see it at all. */
async function warnOf({ world, out }: Invocation, client: HubClient, repository: ChosenRepository | undefined) {
  if (repository === undefined) return;
  for (const warning of repository.warnings) out.warning(warning);
  if (!repository.isLocal || out.json || (await areAllHere(client))) return;
  const { remoteAddress } = await import('../local-repository.js');
  const elsewhere = await remoteAddress(world, repository.url);
  const remedy = elsewhere === undefined ? '' : ` To let them: --repo ${oneLine(elsewhere)}`;
  out.warning(`${repository.url} is local to this machine: agents on other machines cannot fetch it.${remedy}`);
}

/** Whether every agent is known to be on this machine. */
async function areAllHere(client: HubClient): Promise<boolean> {
  const agents = await client.call('agent.list', { query: { limit: LIMITS.pageItems } }).catch(() => undefined);
  if (agents === undefined || agents.nextCursor !== null) return false;
  const here = hostname();
  return agents.items.length > 0 && agents.items.every(({ host }) => host === here);
}

function budgetOf({ maxCost, maxTokens }: SubmitFlags): NonNullable<TaskSpec['budget']> {
  return {
    ...(maxCost !== undefined && { costMicros: maxCost }),
    ...(maxTokens !== undefined && { tokens: maxTokens }),
  };
}

function parseLabel(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const split = text.indexOf('=');
  if (split < 1) throw new InvalidArgumentError('It must be name=value.');
  const [name, value] = [text.slice(0, split), text.slice(split + 1)];
  const given = Object.hasOwn(before, name) ? before[name] : value;
  if (given !== value) throw new InvalidArgumentError(`${name} is given twice: ${given} and ${value}.`);
  return { ...before, [name]: value };
}

async function submit(
  invocation: Invocation,
  client: HubClient,
  spec: TaskSpec,
  idempotencyKey: string,
): Promise<SubmittedTask> {
  try {
    return await withProgress(invocation, 'submitting', () =>
      client.call('task.submit', { body: spec, idempotencyKey, retryForMs: SUBMIT_RETRY_MS }),
    );
  } catch (error) {
    if (!(error instanceof CommandError) || !isOutcomeUnknown(error)) throw error;
    const remedy = `Run the command again with --idempotency-key ${idempotencyKey}: the task is created only once.`;
    throw new CommandError(error.exit, error.code, error.message, { remedy, cause: error });
  }
}

function submittedText(invocation: Invocation, { id, state }: TaskView): string {
  const isHeld = state === 'assigned' || state === 'working';
  const next = isHeld
    ? `Follow it with: ${invocation.hint(`task logs -f ${id}`)}`
    : `Why it waits: ${invocation.hint(`task why ${id}`)}`;
  return `Task ${id} is ${state}.\n${next}`;
}

/** What the key made before, and what has become of it. */
function repeatedText(invocation: Invocation, task: TaskView): string {
  const { id, state } = task;
  const head = `Already submitted with this key: task ${id}, which is ${state}. Nothing new was submitted.`;
  if (state === 'dead') {
    const error = task.attempts.at(-1)?.error;
    const cause = error === undefined ? `Dead because of: ${task.death}` : `Last error: ${firstLine(error.message)}`;
    return `${head}\n${cause}\nRetry it with: ${invocation.hint(`dead requeue ${id}`)}, or submit it with another key.`;
  }
  if (state === 'cancelled') return `${head}\nTo run it after all, submit it with another key.`;
  if (state === 'completed') return `${head}\nSee its result with: ${invocation.hint(`task show ${id}`)}`;
  return `${head}\nFollow it with: ${invocation.hint(`task logs -f ${id}`)}`;
}
