// `agentcom submit`: give the hub a task, and with `--wait` follow it to its end.

import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Lane, SubmittedTask, TaskSpec, TaskState, TaskView } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { LANES } from '@agentcom/schemas/names';
import cliTruncate from 'cli-truncate';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { HubClient } from '../client.js';
import { CommandError, EXIT, type ExitCode, failed, messageOf, usageError } from '../exit.js';
import { followTask, isOver } from '../follow.js';
import type { Cli, Invocation } from '../invocation.js';
import { fields } from '../layout.js';
import { appendValue, parseList, timeSpan, timestamp, wholeNumber, withExamples } from '../options.js';
import { outputPrinter, reportOutages } from '../output-text.js';
import { withProgress } from '../progress.js';
import { promptFrom } from '../requeue-options.js';
import { stateColour } from '../show-task.js';
import { followOutput } from '../task-output.js';
import { duration, firstLine, oneLine, printable } from '../text.js';
import { usageText } from '../usage-text.js';
import type { World } from '../world.js';

const SUBMIT_RETRY_MS = 60_000;
const SUMMARY_COLUMNS = 400;
/** How long after a task's end the rest of its output is waited for. */
const LOGS_WITHIN_MS = 15_000;

interface SubmitFlags {
  readonly prompt?: string;
  readonly promptFile?: string;
  readonly repo?: string;
  readonly base?: string;
  readonly needs?: readonly string[];
  readonly lane?: Lane;
  readonly label?: Readonly<Record<string, string>>;
  readonly runner?: string;
  readonly maxAttempts?: number;
  readonly runTimeout?: number;
  readonly dependsOn?: readonly string[];
  readonly notBefore?: string;
  readonly idempotencyKey?: string;
  readonly model?: string;
  readonly verify?: readonly string[];
  readonly maxCost?: number;
  readonly maxTokens?: number;
  readonly wait?: boolean;
  readonly logs?: boolean;
}

export function defineSubmit(command: Command, cli: Cli): void {
  command
    .argument('<title>', 'its title, in one line')
    .option('--prompt-file <file>', 'a file with the prompt; - reads standard input')
    .option('--prompt <text>', 'the prompt')
    .option('--repo <url>', 'the git repository to work on; a local path becomes file://…')
    .option('--base <branch>', 'the branch to start from (the default branch)')
    .option('--needs <capabilities>', 'capabilities the agent must have, such as git,os:linux', parseList)
    .addOption(new Option('--lane <lane>', 'priority').choices(LANES))
    .option('--label <name=value>', 'a label; repeat for several', parseLabel)
    .option('--runner <name>', 'the kind of runner to use')
    .option('--model <name>', 'the model to use, where the runner supports it')
    .option('--verify <command>', 'must succeed before anything is pushed; repeat for several', appendValue)
    .option('--max-cost <amount>', 'the most it may cost, such as 2.50', parseCost)
    .option('--max-tokens <n>', 'the most tokens it may use', wholeNumber(1, LIMITS.amount))
    .option('--max-attempts <n>', 'attempts before the task is dead', wholeNumber(1, LIMITS.maxAttempts))
    .option(
      '--run-timeout <time>',
      'time limit for one attempt, such as 90s, 10m or 2h',
      timeSpan(1, LIMITS.runTimeoutSeconds),
    )
    .option('--depends-on <ids>', 'ids of tasks that must complete first', parseList)
    .option('--not-before <time>', 'do not start before this time, such as 2026-01-31T12:00:00Z', timestamp)
    .option('--idempotency-key <key>', 'submitting again with the same key shows the task it made before (random)')
    .option('--wait', 'wait until it ends: exit 0 completed, 1 dead, 2 cancelled')
    .option('--logs', 'with --wait: print the output of the agent');
  withExamples(
    command,
    'agentcom submit "Fix the login form" --prompt-file login.md --repo https://example.org/shop.git --wait',
    'echo "Update the changelog" | agentcom submit "Changelog" --prompt-file - --repo . --lane low',
    'agentcom submit "Nightly audit" --prompt "Audit the dependencies." --label kind=audit --idempotency-key audit-2026-01-31',
  ).action(
    cli.act(async (invocation: Invocation, title: string, flags: SubmitFlags) => {
      if (flags.logs === true && flags.wait !== true) throw usageError('--logs needs --wait');
      const spec = await specOf(invocation.world, title, flags);
      const client = await invocation.client();
      const task = await submit(invocation, client, spec, flags.idempotencyKey ?? randomUUID());
      // With a key of its own, only its own repetition after a lost answer can have been taken before.
      const isRepeated = task.repeated === true && flags.idempotencyKey !== undefined;
      if (flags.wait === true) return await waitFor(invocation, client, task, isRepeated, flags.logs === true);
      invocation.out.answer(task, () => (isRepeated ? repeatedText(task) : submittedText(task)));
      return isRepeated && isOver(task.state) ? exitFor(task.state) : undefined;
    }),
  );
}

async function specOf(world: World, title: string, flags: SubmitFlags): Promise<TaskSpec> {
  if (flags.base !== undefined && flags.repo === undefined) throw usageError('--base needs --repo');
  return {
    title,
    prompt: await promptOf(world, flags),
    ...(flags.repo !== undefined && {
      repo: { url: await repoUrl(world, flags.repo), ...(flags.base !== undefined && { base: flags.base }) },
    }),
    ...(flags.needs !== undefined && { needs: flags.needs }),
    ...(flags.lane !== undefined && { lane: flags.lane }),
    ...(flags.label !== undefined && { labels: flags.label }),
    ...(flags.runner !== undefined && { runner: flags.runner }),
    ...(flags.model !== undefined && { model: flags.model }),
    ...(flags.verify !== undefined && { verify: flags.verify }),
    ...((flags.maxCost !== undefined || flags.maxTokens !== undefined) && { budget: budgetOf(flags) }),
    ...(flags.maxAttempts !== undefined && { maxAttempts: flags.maxAttempts }),
    ...(flags.runTimeout !== undefined && { runTimeoutSeconds: flags.runTimeout }),
    ...(flags.dependsOn !== undefined && { dependsOn: flags.dependsOn }),
    ...(flags.notBefore !== undefined && { notBefore: flags.notBefore }),
  };
}

async function promptOf(world: World, { prompt, promptFile }: SubmitFlags): Promise<string> {
  if ((prompt === undefined) === (promptFile === undefined)) {
    throw usageError('give either --prompt-file or --prompt', '--prompt-file - reads standard input.');
  }
  const text = prompt ?? (await promptFrom(world, promptFile ?? ''));
  if (text.trim() === '') throw usageError('the prompt is empty');
  if (Buffer.byteLength(text) > LIMITS.promptBytes) {
    throw failed(
      'task.too_large',
      `the prompt is larger than ${LIMITS.promptBytes / 1024} KiB`,
      'Put large material into the repository instead.',
    );
  }
  return text;
}

/** An address as it is; what looks like a path becomes an address that agents on this machine can fetch. */
async function repoUrl(world: World, given: string): Promise<string> {
  if (!/^[./]/.test(given)) return given;
  const path = resolve(world.cwd, given);
  if (!(await stat(path).catch(() => null))?.isDirectory()) throw usageError(`--repo: there is no directory ${given}`);
  return pathToFileURL(path).href;
}

function budgetOf({ maxCost, maxTokens }: SubmitFlags): NonNullable<TaskSpec['budget']> {
  return {
    ...(maxCost !== undefined && { costMicros: maxCost }),
    ...(maxTokens !== undefined && { tokens: maxTokens }),
  };
}

/** A sum of money in millionths. */
function parseCost(text: string): number {
  const micros = /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Math.round(Number(text) * 1_000_000) : 0;
  if (micros >= 1 && micros <= LIMITS.amount) return micros;
  throw new InvalidArgumentError('It must be an amount such as 2.50.');
}

function parseLabel(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const split = text.indexOf('=');
  if (split < 1) throw new InvalidArgumentError('It must be name=value.');
  return { ...before, [text.slice(0, split)]: text.slice(split + 1) };
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

/** Whether the hub may have taken the task although it did not say so. */
function isOutcomeUnknown(error: CommandError): boolean {
  return error.mayHaveTakenEffect || error.code === 'hub.outcome_unknown';
}

function submittedText(task: TaskView): string {
  return `Task ${task.id} is ${task.state}.\n${followText(task.id)}`;
}

/** What the key made before, and what has become of it. */
function repeatedText(task: TaskView): string {
  const { id, state } = task;
  const head = `Already submitted with this key: task ${id}, which is ${state}. Nothing new was submitted.`;
  if (state === 'dead') {
    const error = task.attempts.at(-1)?.error;
    const cause = error === undefined ? `Cause of death: ${task.death}` : `Last error: ${firstLine(error.message)}`;
    return `${head}\n${cause}\nTry it again with: agentcom dead requeue ${id}, or submit with another key.`;
  }
  if (state === 'cancelled') return `${head}\nTo run it after all, submit with another key.`;
  const next = state === 'completed' ? `See its result with: agentcom task show ${id}` : followText(id);
  return `${head}\n${next}`;
}

function followText(id: string): string {
  return `Follow it with: agentcom task logs -f ${id}`;
}

async function waitFor(
  invocation: Invocation,
  client: HubClient,
  submitted: SubmittedTask,
  isRepeated: boolean,
  logs: boolean,
): Promise<ExitCode> {
  const { out, world } = invocation;
  const startedAt = world.now();
  const { id, repeated } = submitted;
  if (out.json) out.answer({ event: 'task.submitted', task: id, ...(repeated && { repeated }) }, () => '');
  else if (isRepeated) out.note(repeatedText(submitted));
  else out.note(`Task ${id} is submitted. Ctrl-C stops waiting; the task keeps running.`);
  const follow = (say: (text: string) => void): Promise<TaskView> =>
    followTask(client, submitted.id, {
      now: world.now,
      sleep: world.sleep,
      onChange: (task) => {
        say(task.agent === undefined ? task.state : `${task.state}, ${task.agent}`);
        printChange(invocation, task);
      },
      onHub: reportOutages(invocation),
    });
  const ended = logs
    ? await withLogs(
        invocation,
        client,
        submitted.id,
        follow(() => undefined),
      )
    : await withProgress(invocation, submitted.state, follow);
  out.answer({ event: `task.${ended.state}`, task: ended }, () => endText(invocation, ended, world.now() - startedAt));
  return exitFor(ended.state);
}

/** Prints the output beside what `following` tells; the hub ends it once the task has ended and all was sent. */
async function withLogs<T>(invocation: Invocation, client: HubClient, id: string, following: Promise<T>): Promise<T> {
  const stopped = new AbortController();
  const { now, sleep } = invocation.world;
  const options = { now, sleep, onHub: () => undefined, onPiece: outputPrinter(invocation), signal: stopped.signal };
  const logs = followOutput(client, { id }, options).catch((error: unknown) =>
    invocation.out.warning(`cannot follow the output: ${messageOf(error)}`),
  );
  try {
    const ended = await following;
    const late = setTimeout(() => stopped.abort(), LOGS_WITHIN_MS);
    await logs;
    clearTimeout(late);
    return ended;
  } finally {
    stopped.abort();
  }
}

function printChange({ out }: Invocation, task: TaskView): void {
  const { state, generation, agent, question } = task;
  if (out.json) {
    const line = { event: 'task.state', task: task.id, state, generation, ...(agent !== undefined && { agent }) };
    out.answer(line, () => '');
    return;
  }
  const who = agent === undefined ? '' : `  ${agent}`;
  out.note(`${stateColour(out.colours, state)(state.padEnd(9))}${who}`.trimEnd());
  if (question !== undefined) {
    out.note(`It asks: ${printable(question.question)}\nAnswer with: agentcom task answer ${task.id} "…"`);
  }
}

function endText({ out }: Invocation, task: TaskView, elapsedMs: number): string {
  const last = task.attempts.at(-1)?.error;
  const summary = cliTruncate(oneLine(task.result?.summary ?? ''), SUMMARY_COLUMNS);
  return fields(out, [
    ['task', task.id],
    ['state', stateColour(out.colours, task.state)(task.state)],
    ['agent', task.agent ?? task.attempts.at(-1)?.agent],
    ['branch', task.result?.branch],
    ['commit', task.result?.commit],
    ['pull request', task.result?.pullRequest === undefined ? undefined : oneLine(task.result.pullRequest)],
    ['used', usageText(task.usage)],
    ['summary', summary === '' ? undefined : summary],
    [
      'error',
      task.state === 'dead' && last !== undefined
        ? `${last.class} ${last.code}: ${firstLine(last.message)}`
        : undefined,
    ],
    ['time', duration(elapsedMs)],
  ]);
}

function exitFor(state: TaskState): ExitCode {
  if (state === 'completed') return EXIT.done;
  return state === 'cancelled' ? EXIT.cancelled : EXIT.failed;
}
