// `agentcom task …`: look at tasks and steer them.

import type { Lane, TaskState } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { LANES, TASK_STATES } from '@agentcom/schemas/names';
import { type Command, Option } from 'commander';
import { usageError } from '../exit.js';
import { taskId } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import {
  appendValue,
  type PagingFlags,
  pagingOf,
  parseListOf,
  wholeNumber,
  withExamples,
  withPaging,
} from '../options.js';
import { pageEnd } from '../output.js';
import { printOutput } from '../output-text.js';
import { type RequeueFlags, requeueBody, withRequeueOptions } from '../requeue-options.js';
import { SORT_KEYS, type SortKey, sortedTasks, taskTable, taskText } from '../show-task.js';
import { whyText } from '../show-why.js';
import { type PointInTime, pastTime } from '../times.js';
import { defineTaskResults, ID } from './task-result.js';

interface ListFlags extends PagingFlags {
  readonly state?: readonly TaskState[];
  readonly lane?: readonly Lane[];
  readonly agent?: string;
  readonly label?: readonly string[];
  readonly query?: string;
  readonly since?: PointInTime;
  readonly until?: PointInTime;
  readonly repo?: string;
  readonly mine?: boolean;
  readonly sort?: SortKey;
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
  defineTaskResults(command, cli);
}

function addList(task: Command, cli: Cli): void {
  const command = withPaging(task.command('list').description('list tasks, newest first'))
    .option('--state <states>', `only these states: ${TASK_STATES.join(', ')}`, parseListOf(TASK_STATES))
    .option('--lane <lanes>', `only these lanes: ${LANES.join(', ')}`, parseListOf(LANES))
    .option('--agent <name>', 'only tasks of this agent')
    .option('--label <name[=value]>', 'only tasks with this label; repeat for several', appendValue)
    .option('--query <text>', 'only tasks with this text in the title')
    .option('--repo <text>', 'only tasks with this text in their repository URL')
    .option('--mine', 'only tasks submitted with your key')
    .option('--since <time>', 'only tasks submitted since this time, such as 2h or 2026-01-31', pastTime)
    .option('--until <time>', 'only tasks submitted before this time', pastTime)
    .addOption(new Option('--sort <column>', 'sort this page by a column').choices(SORT_KEYS));
  withExamples(
    command,
    'agentcom task list --state working,blocked',
    'agentcom task list --mine --since 1d --sort state',
    'agentcom task list --label team=web --json',
  ).action(
    cli.act(async (invocation: Invocation, flags: ListFlags) => {
      const { out, world } = invocation;
      const { state, lane, agent, label, query: q, since, until, repo, mine, sort } = flags;
      const now = world.now();
      const query = {
        ...pagingOf(flags),
        ...(!out.json && { count: '1' as const }),
        ...(state !== undefined && { state }),
        ...(lane !== undefined && { lane }),
        ...(agent !== undefined && { agent }),
        ...(label !== undefined && { label }),
        ...(q !== undefined && { q }),
        ...(since !== undefined && { since: since(now) }),
        ...(until !== undefined && { until: until(now) }),
        ...(repo !== undefined && { repo }),
        ...(mine === true && { mine: '1' as const }),
      };
      const page = await (await invocation.client()).call('task.list', { query });
      const items = sort === undefined ? page.items : sortedTasks(page.items, sort);
      out.answer({ ...page, items }, () => taskTable(out, items, now) + pageEnd(out, page, 'task'));
      return undefined;
    }),
  );
}

function addShow(task: Command, cli: Cli): void {
  const command = task.command('show').description('show a task, its attempts and its history').argument('<id>', ID);
  withExamples(
    command,
    'agentcom task show 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b',
    'agentcom task show 4e5f6a7b',
  ).action(
    cli.act(async (invocation: Invocation, id: string) => {
      const client = await invocation.client();
      const shown = await client.call('task.show', { path: { id: await taskId(client, id) } });
      invocation.out.answer(shown, () => taskText(invocation, shown));
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
    .argument('<id>', ID)
    .option('-f, --follow', 'keep printing until the task ends')
    .option('--generation <n>', 'only the output of this attempt', wholeNumber(1, LIMITS.sequence));
  withExamples(
    command,
    'agentcom task logs 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b -f',
    'agentcom task logs 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b --generation 2 > second-attempt.log',
  ).action(
    cli.act(async (invocation: Invocation, id: string, { follow, generation }: LogFlags) => {
      const client = await invocation.client();
      const wanted = { id: await taskId(client, id), ...(generation !== undefined && { generation }) };
      await printOutput(invocation, client, wanted, follow === true);
      return undefined;
    }),
  );
}

function addWhy(task: Command, cli: Cli): void {
  const command = task
    .command('why')
    .description('explain why a task is waiting, or how it ended')
    .argument('<id>', ID);
  withExamples(command, 'agentcom task why 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b').action(
    cli.act(async (invocation: Invocation, id: string) => {
      const client = await invocation.client();
      const why = await client.call('task.why', { path: { id: await taskId(client, id) } });
      invocation.out.answer(why, () => whyText(invocation, why));
      return undefined;
    }),
  );
}

function addCancel(task: Command, cli: Cli): void {
  const command = task
    .command('cancel')
    .description('cancel a task in any state')
    .argument('<id>', ID)
    .option('--reason <text>', 'the reason, shown in the history');
  withExamples(command, 'agentcom task cancel 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b --reason "no longer needed"').action(
    cli.act(async (invocation: Invocation, id: string, flags: { readonly reason?: string }) => {
      const body = flags.reason === undefined ? {} : { reason: flags.reason };
      const client = await invocation.client();
      const shown = await client.call('task.cancel', { path: { id: await taskId(client, id) }, body });
      invocation.out.answer(shown, () => `Task ${shown.id} is ${shown.state}.`);
      return undefined;
    }),
  );
}

function addRetry(task: Command, cli: Cli): void {
  const command = withRequeueOptions(
    task.command('retry').description('retry a dead task, or one that is backing off, now').argument('<id>', ID),
  );
  withExamples(
    command,
    'agentcom task retry 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b',
    'agentcom task retry 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b --fresh-session --prompt-append "Leave the tests alone."',
  ).action(
    cli.act(async (invocation: Invocation, id: string, flags: RequeueFlags) => {
      const body = await requeueBody(invocation.world, flags);
      const client = await invocation.client();
      const shown = await client.call('task.retry', { path: { id: await taskId(client, id) }, body });
      invocation.out.answer(shown, () => `Task ${shown.id} is ${shown.state}.`);
      return undefined;
    }),
  );
}

function addPush(task: Command, cli: Cli): void {
  const command = task
    .command('push')
    .description('push the work of a dead task even though it failed its checks, without running its agent again')
    .argument('<id>', 'the task');
  withExamples(command, 'agentcom task push 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b').action(
    cli.act(async (invocation: Invocation, id: string) => {
      const shown = await (await invocation.client()).call('task.push', { path: { id }, body: {} });
      invocation.out.answer(shown, () => `Task ${id} is ${shown.state}. Its work is pushed as it is.`);
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
    .argument('<id>', ID)
    .argument('<answer>', 'the answer; - reads it from standard input')
    .option('--question <id>', 'answer only if this question is still open');
  withExamples(
    command,
    'agentcom task answer 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b "use the second one"',
    'agentcom task answer 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b - < answer.txt',
  ).action(
    cli.act(async (invocation: Invocation, id: string, given: string, flags: AnswerFlags) => {
      const answer = given === '-' ? await invocation.world.readStdin(LIMITS.answerBytes) : given;
      if (answer.trim() === '') throw usageError('the answer is empty');
      const body = { answer, ...(flags.question !== undefined && { questionId: flags.question }) };
      const client = await invocation.client();
      const shown = await client.call('task.answer', { path: { id: await taskId(client, id) }, body });
      invocation.out.answer(shown, () => `Answered: task ${shown.id} is ${shown.state}.`);
      return undefined;
    }),
  );
}
