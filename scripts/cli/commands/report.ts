// `agentcom report …`: what an agent at work on a task tells its sidecar, for agents that have no MCP.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LIMITS } from '@agentcom/schemas/limits';
import { type Command, InvalidArgumentError } from 'commander';
import { AgentApi } from '../agent-api.js';
import { codeOf, messageOf, usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { appendValue, withExamples } from '../options.js';

export function defineReport(command: Command, cli: Cli): void {
  addProgress(command, cli);
  addAsk(command, cli);
  addDone(command, cli);
}

function addProgress(report: Command, cli: Cli): void {
  const command = report
    .command('progress')
    .description('say how far the work is')
    .argument('<note>', 'in a sentence')
    .option('--fraction <f>', 'how much of it is done, from 0 to 1', fraction);
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
    .description('ask the people behind the task, then end: the task goes on with their answer')
    .argument('<question>')
    .option('--context-file <file>', 'what they need to know to answer it')
    .option('--choice <text>', 'an answer they may choose; several times', appendValue);
  withExamples(command, 'agentcom report ask "Which database?" --choice PostgreSQL --choice SQLite').action(
    cli.act(async ({ world, out }: Invocation, question: string, flags: AskFlags) => {
      const agentApi = AgentApi.of(world);
      const context = flags.contextFile && (await textOf(world.cwd, flags.contextFile, LIMITS.contextBytes));
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
  readonly summaryFile: string;
  readonly dataFile?: string;
}

function addDone(report: Command, cli: Cli): void {
  const command = report
    .command('done')
    .description('hand in the result; the task completes when the agent then ends well')
    .requiredOption('--summary-file <file>', 'what was done, for the people behind the task')
    .option('--data-file <file>', 'a JSON file that goes with the result');
  withExamples(command, 'agentcom report done --summary-file summary.md').action(
    cli.act(async ({ world, out }: Invocation, flags: DoneFlags) => {
      const agentApi = AgentApi.of(world);
      const summary = await textOf(world.cwd, flags.summaryFile, LIMITS.summaryBytes);
      const data = flags.dataFile && jsonOf(await textOf(world.cwd, flags.dataFile, LIMITS.dataBytes), flags.dataFile);
      const answer = await agentApi.call('submit_result', { summary, ...(flags.dataFile !== undefined && { data }) });
      out.answer(answer, () => answer.next);
      return undefined;
    }),
  );
}

async function textOf(cwd: string, file: string, bytesMax: number): Promise<string> {
  const bytes = await readFile(resolve(cwd, file)).catch((cause: unknown) => {
    throw usageError(`${file} cannot be read (${codeOf(cause)})`);
  });
  if (bytes.length > bytesMax) throw usageError(`${file} is larger than ${bytesMax / 1024} KiB`);
  return bytes.toString('utf8');
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
