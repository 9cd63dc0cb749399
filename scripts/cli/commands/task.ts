// `agentcom task …`: look at tasks and steer them.

import type { Lane, TaskState } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { LANES, TASK_STATES } from '@agentcom/schemas/names';
import type { Command } from 'commander';
import { usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import {
  appendValue,
  type PagingFlags,
  pagingOf,
  parseListOf,
  timestamp,
  wholeNumber,
  withExamples,
  withPaging,
} from '../options.js';
import { nextPage } from '../output.js';
import { outputPrinter, reportOutages } from '../output-text.js';
import { type RequeueFlags, requeueBody, withRequeueOptions } from '../requeue-options.js';
import { taskTable, taskText, whyText } from '../show-task.js';
import { followOutput, outputOf } from '../task-output.js';

interface ListFlags extends PagingFlags {
  readonly state?: readonly TaskState[];
  readonly lane?: readonly Lane[];
  readonly agent?: string;
  readonly label?: readonly string[];
  readonly query?: string;
  readonly since?: string;
}

export function defineTask(command: Command, cli: Cli): void {
  addList(command, cli);
  addShow(command, cli);
  addLogs(command, cli);
  addWhy(command, cli);
  addCancel(command, cli);
  addRetry(command, cli);
  addPush(command, cli);
  addAnswer(command, cli);
}

function addList(task: Command, cli: Cli): void {
  const command = withPaging(task.command('list').description('list tasks, newest first'))
    .option('--state <states>', `only these states: ${TASK_STATES.join(', ')}`, parseListOf(TASK_STATES))
    .option('--lane <lanes>', `only these lanes: ${LANES.join(', ')}`, parseListOf(LANES))
    .option('--agent <name>', 'only tasks of this agent')
    .option('--label <name[=value]>', 'only tasks with this label; repeat for several', appendValue)
    .option('--query <text>', 'only tasks with this text in the title')
    .option('--since <time>', 'only tasks submitted at or after this time', timestamp);
  withExamples(
    command,
    'agentcom task list --state working,blocked',
    'agentcom task list --label team=web --json',
  ).action(
    cli.act(async (invocation: Invocation, flags: ListFlags) => {
      const { state, lane, agent, label, query: q, since } = flags;
      const query = {
        ...pagingOf(flags),
        ...(state !== undefined && { state }),
        ...(lane !== undefined && { lane }),
        ...(agent !== undefined && { agent }),
        ...(label !== undefined && { label }),
        ...(q !== undefined && { q }),
        ...(since !== undefined && { since }),
      };
      const page = await (await invocation.client()).call('task.list', { query });
      invocation.out.answer(page, () => taskTable(invocation.out, page.items, invocation.world.now()) + nextPage(page));
      return undefined;
    }),
  );
}

function addShow(task: Command, cli: Cli): void {
  const command = task
    .command('show')
    .description('show a task with its attempts and history')
    .argument('<id>', 'the task');
  withExamples(command, 'agentcom task show 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b').action(
    cli.act(async (invocation: Invocation, id: string) => {
      const shown = await (await invocation.client()).call('task.show', { path: { id } });
      invocation.out.answer(shown, () => taskText(invocation.out, shown, invocation.world.now()));
      return undefined;
    }),
  );
}

interface LogFlags {
  readonly follow?: boolean;
  readonly generation?: number;
}

function addLogs(task: Command, cli: Cli): void {
  const command = task
    .command('logs')
    .description('print the output of the agents that worked on a task')
    .argument('<id>', 'the task')
    .option('-f, --follow', 'keep printing until the task ends')
    .option('--generation <n>', 'only the output of this attempt', wholeNumber(1, LIMITS.sequence));
  withExamples(
    command,
    'agentcom task logs 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b -f',
    'agentcom task logs 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b --generation 2 > second-attempt.log',
  ).action(
    cli.act(async (invocation: Invocation, id: string, { follow, generation }: LogFlags) => {
      const client = await invocation.client();
      const { out, world } = invocation;
      const wanted = { id, ...(generation !== undefined && { generation }) };
      const tell = outputPrinter(invocation);
      if (follow !== true) {
        for await (const piece of outputOf(client, wanted)) tell(piece);
        return undefined;
      }
      const { now, sleep } = world;
      const state = await followOutput(client, wanted, { now, sleep, onHub: reportOutages(invocation), onPiece: tell });
      if (out.json) out.answer({ event: 'end', state }, () => '');
      else out.note(`Task ${id} is ${state}.`);
      return undefined;
    }),
  );
}

function addWhy(task: Command, cli: Cli): void {
  const command = task.command('why').description('explain why a task is not running').argument('<id>', 'the task');
  withExamples(command, 'agentcom task why 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b').action(
    cli.act(async (invocation: Invocation, id: string) => {
      const why = await (await invocation.client()).call('task.why', { path: { id } });
      invocation.out.answer(why, () => whyText(invocation.out, why, invocation.world.now()));
      return undefined;
    }),
  );
}

function addCancel(task: Command, cli: Cli): void {
  const command = task
    .command('cancel')
    .description('cancel a task in any state')
    .argument('<id>', 'the task')
    .option('--reason <text>', 'why, for the history');
  withExamples(command, 'agentcom task cancel 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b --reason "no longer needed"').action(
    cli.act(async (invocation: Invocation, id: string, flags: { readonly reason?: string }) => {
      const body = flags.reason === undefined ? {} : { reason: flags.reason };
      const shown = await (await invocation.client()).call('task.cancel', { path: { id }, body });
      invocation.out.answer(shown, () => `Task ${id} is ${shown.state}.`);
      return undefined;
    }),
  );
}

function addRetry(task: Command, cli: Cli): void {
  const command = withRequeueOptions(
    task
      .command('retry')
      .description('retry a dead task, or one that is backing off, now')
      .argument('<id>', 'the task'),
  );
  withExamples(
    command,
    'agentcom task retry 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b',
    'agentcom task retry 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b --fresh-session --prompt-append "Leave the tests alone."',
  ).action(
    cli.act(async (invocation: Invocation, id: string, flags: RequeueFlags) => {
      const body = await requeueBody(invocation.world, flags);
      const shown = await (await invocation.client()).call('task.retry', { path: { id }, body });
      invocation.out.answer(shown, () => `Task ${id} is ${shown.state}.`);
      return undefined;
    }),
  );
}

function addPush(task: Command, cli: Cli): void {
  const command = task
    .command('push')
    .description('push the work that a dead task has left, whatever its checks said; its agent is not run again')
    .argument('<id>', 'the task');
  withExamples(command, 'agentcom task push 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b').action(
    cli.act(async (invocation: Invocation, id: string) => {
      const shown = await (await invocation.client()).call('task.push', { path: { id }, body: {} });
      invocation.out.answer(shown, () => `Task ${id} is ${shown.state}. Its work is pushed as it was left.`);
      return undefined;
    }),
  );
}

interface AnswerFlags {
  readonly question?: string;
}

function addAnswer(task: Command, cli: Cli): void {
  const command = task
    .command('answer')
    .description('answer the question of a blocked task')
    .argument('<id>', 'the task')
    .argument('<answer>', 'the answer; - reads it from standard input')
    .option('--question <id>', 'only if this question is still open');
  withExamples(
    command,
    'agentcom task answer 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b "use the second one"',
    'agentcom task answer 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b - < answer.txt',
  ).action(
    cli.act(async (invocation: Invocation, id: string, given: string, flags: AnswerFlags) => {
      const answer = given === '-' ? await invocation.world.readStdin(LIMITS.answerBytes) : given;
      if (answer.trim() === '') throw usageError('the answer is empty');
      const body = { answer, ...(flags.question !== undefined && { questionId: flags.question }) };
      const shown = await (await invocation.client()).call('task.answer', { path: { id }, body });
      invocation.out.answer(shown, () => `Answered: task ${id} is ${shown.state}.`);
      return undefined;
    }),
  );
}
