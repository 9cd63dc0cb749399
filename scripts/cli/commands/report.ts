// `agentcom report …`: what an agent at work on a task tells its sidecar, for agents that have no MCP.

import { resolve } from 'node:path';
import { readBounded } from '@agentcom/schemas/host/bounded-file';
import { LIMITS } from '@agentcom/schemas/limits';
import { type Command, InvalidArgumentError } from 'commander';
import { AgentApi } from '../agent-api.js';
import { codeOf, messageOf, usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { appendValue, withExamples } from '../options.js';
import { messagesText } from '../show-messages.js';

export function defineReport(command: Command, cli: Cli): void {
  addProgress(command, cli);
  addAsk(command, cli);
  addDone(command, cli);
  addMessages(command, cli);
}

function addProgress(report: Command, cli: Cli): void {
  const command = report
    .command('progress')
    .description('report progress')
    .argument('<note>', 'one sentence')
    .option('--fraction <f>', 'how much is done, from 0 to 1', fraction);
  withExamples(command, 'agentcom report progress "the tests run" --fraction 0.5').action(
    cli.act(async ({ world, out }: Invocation, note: string, flags: { readonly fraction?: number }) => {
      const answer = await AgentApi.of(world).call('report_progress', {
        note,
        ...(flags.fraction === undefined ? {} : { fraction: flags.fraction }),
      });
      out.answer(answer, () => 'Reported.');
      return undefined;
    }),
  );
}

interface AskFlags {
  readonly contextFile?: string;
  readonly choice?: readonly string[];
}

function addAsk(report: Command, cli: Cli): void {
  const command = report
    .command('ask')
    .description('ask a person, then exit; the task continues with the answer')
    .argument('<question>')
    .option('--context-file <file>', 'a file with the background to the question')
    .option('--choice <text>', 'a possible answer; repeat for several', appendValue);
  withExamples(command, 'agentcom report ask "Which database?" --choice PostgreSQL --choice SQLite').action(
    cli.act(async ({ world, out }: Invocation, question: string, flags: AskFlags) => {
      const agentApi = AgentApi.of(world);
      const context = flags.contextFile && textOf(world.cwd, flags.contextFile, LIMITS.contextBytes);
      const answer = await agentApi.call('ask', {
        question,
        ...(context && { context }),
        ...(flags.choice !== undefined && { choices: flags.choice }),
      });
      out.answer(answer, () => answer.next);
      return undefined;
    }),
  );
}

interface DoneFlags {
  readonly summaryFile?: string;
  readonly dataFile?: string;
  readonly unchanged?: string;
}

function addDone(report: Command, cli: Cli): void {
  const command = report
    .command('done')
    .description('submit the result; the task completes once the agent exits successfully')
    .option('--summary-file <file>', 'a file that says what was done')
    .option('--data-file <file>', 'a JSON file with machine-readable results')
    .option('--unchanged <reason>', 'say why nothing in the repository has to change');
  withExamples(
    command,
    'agentcom report done --summary-file summary.md',
    'agentcom report done --unchanged "the fix is on main already"',
  ).action(
    cli.act(async ({ world, out }: Invocation, flags: DoneFlags) => {
      const agentApi = AgentApi.of(world);
      const { summaryFile, unchanged } = flags;
      const summary = summaryFile === undefined ? unchanged : textOf(world.cwd, summaryFile, LIMITS.summaryBytes);
      if (summary === undefined) throw usageError('give --summary-file, or --unchanged if nothing has to change');
      const data = flags.dataFile && jsonOf(textOf(world.cwd, flags.dataFile, LIMITS.dataBytes), flags.dataFile);
      const answer = await agentApi.call('submit_result', {
        summary,
        ...(flags.dataFile !== undefined && { data }),
        ...(unchanged !== undefined && { noChange: unchanged }),
      });
      out.answer(answer, () => answer.next);
      return undefined;
    }),
  );
}

function addMessages(report: Command, cli: Cli): void {
  const command = report.command('messages').description('print the messages that have come since the last look');
  withExamples(command, 'agentcom report messages').action(
    cli.act(async ({ world, out }: Invocation) => {
      const answer = await AgentApi.of(world).call('read_messages', {});
      out.answer(answer, () => messagesText(out, answer.messages, world.now()));
      return undefined;
    }),
  );
}

function textOf(cwd: string, file: string, bytesMax: number): string {
  try {
    return readBounded(resolve(cwd, file), bytesMax).toString('utf8');
  } catch (cause) {
    if (codeOf(cause) === 'EFBIG') throw usageError(`${file} is larger than ${bytesMax / 1024} KiB`);
    throw usageError(`${file} cannot be read (${codeOf(cause)})`);
  }
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw usageError(`${file} is not JSON: ${messageOf(cause)}`);
  }
}

function fraction(text: string): number {
  const value = /^(?:0?\.\d{1,6}|0|1(?:\.0{1,6})?)$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}
