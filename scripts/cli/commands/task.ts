// `agentcom task …`: look at tasks and steer them.

import type { SavedView, TaskListQuery, TaskPage } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { type Command, Option } from 'commander';
import { allPages, fullPage } from '../all-pages.js';
import type { HubClient } from '../client.js';
import { usageError } from '../exit.js';
import { taskId } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import { type PagingFlags, pagingOf, wholeNumber, withExamples, withPaging } from '../options.js';
import { pageEnd } from '../output.js';
import { type LineRange, lineRange, printLines } from '../output-lines.js';
import { printOutput } from '../output-text.js';
import { withProgress } from '../progress.js';
import { queryText, withQuery } from '../query-argument.js';
import { type RequeueFlags, withRequeueOptions } from '../requeue-options.js';
import { requeueTask } from '../requeue-task.js';
import { savedViewNamed, savedViews } from '../saved-view.js';
import { lastError } from '../show-error.js';
import { asksText, sortedTasks, TASK_ORDERS, taskTable, taskText } from '../show-task.js';
import { whyText } from '../show-why.js';
import {
  ownOrAll,
  type TaskFilterFlags,
  taskFilterOf,
  withAll,
  withStateFilter,
  withTaskFilter,
} from '../task-filter.js';
import { defineCancel } from './task-cancel.js';
import { defineTaskDiff } from './task-diff.js';
import { defineMove } from './task-move.js';
import { defineTaskResults, ID } from './task-result.js';
import { defineUndo } from './task-undo.js';

interface ListFlags extends PagingFlags, TaskFilterFlags {
  readonly all?: boolean;
  readonly sort?: string;
  readonly view?: string;
}

export function defineTask(command: Command, cli: Cli): void {
  addList(command, cli);
  addViews(command, cli);
  addShow(command, cli);
  addLogs(command, cli);
  addWhy(command, cli);
  defineCancel(command, cli);
  addRetry(command, cli);
  defineMove(command, cli);
  defineUndo(command, cli);
  addPush(command, cli);
  addAnswer(command, cli);
  defineTaskResults(command, cli);
  defineTaskDiff(command, cli);
}

function addList(task: Command, cli: Cli): void {
  const list = withQuery(task.command('list').description('list tasks, newest first'), 'tasks', 'state:queued age:>1h');
  const command = withAll(withTaskFilter(withStateFilter(withPaging(list))))
    .addOption(
      new Option('--sort <column>', 'sort all that match by a column, and show the first of them').choices(TASK_ORDERS),
    )
    .option('--view <name>', 'what a view shows that you or somebody for all has saved, narrowed down by the rest');
  withExamples(
    command,
    "agentcom task list 'state:blocked,queued repo:api cost:>2'",
    "agentcom task list 'state:blocked repo:api'",
    'agentcom task list --state working,blocked',
    'agentcom task list --mine --since 1d --sort state',
    'agentcom task list --all --state queued',
    'agentcom task list --label team=web --json',
    'agentcom task list --view Blocked',
  ).action(
    cli.act(async (invocation: Invocation, words: readonly string[], flags: ListFlags) => {
      const { out, world } = invocation;
      if (flags.sort !== undefined && flags.cursor !== undefined)
        throw usageError('--sort and --cursor do not go together', 'Raise --limit to see more of a sorted list.');
      const now = world.now();
      const asked = ownOrAll(taskFilterOf('tasks', flags, now, words), flags.all);
      const client = await invocation.client();
      const view = flags.view === undefined ? undefined : await savedViewNamed(client, flags.view);
      const filter = view === undefined ? asked : viewed(view, asked, now);
      const page =
        flags.sort === undefined
          ? await fullPage(pagingOf(flags), (paging) =>
              client.call('task.list', {
                // The total is taken from the first answer.
                query: {
                  ...paging,
                  ...filter,
                  ...(!out.json && paging.cursor === flags.cursor && { count: '1' as const }),
                },
              }),
            )
          : await sortedPage(invocation, client, filter, flags.sort, flags.limit);
      out.answer(page, () => {
        const asked = asksText(invocation, page.items);
        const listed = taskTable(out, page.items, now) + (asked === undefined ? '' : `\n\n${asked}\n`);
        return listed + pageEnd(out, page, 'task');
      });
      return undefined;
    }),
  );
}

/** What the view shows, and the other conditions with it; its order unless another is asked for. */
function viewed({ q, sort }: SavedView, filter: TaskListQuery, now: number): TaskListQuery {
  const all = queryText('tasks', now, q, filter.q);
  return { ...(sort !== undefined && { sort }), ...filter, ...(all !== undefined && { q: all }) };
}

/** The hub lists by age alone, so the first in any other order are known only when all that match have been read. */
async function sortedPage(
  invocation: Invocation,
  client: HubClient,
  filter: TaskListQuery,
  by: string,
  limit: number,
): Promise<TaskPage> {
  let others: number | undefined;
  const all = await withProgress(invocation, 'sorting tasks', () =>
    allPages(async (page) => {
      const isCounted = !invocation.out.json && page.cursor === undefined;
      const query = { ...filter, ...page, ...(isCounted && { count: '1' as const }) };
      const answer = await client.call('task.list', { query });
      others ??= answer.others;
      return answer;
    }),
  );
  const items = sortedTasks(all, by).slice(0, limit);
  return { items, nextCursor: null, total: all.length, ...(others !== undefined && { others }) };
}

function addViews(task: Command, cli: Cli): void {
  const command = task
    .command('views')
    .description('list the saved views of tasks: your own, and those that are shared');
  withExamples(command, 'agentcom task views').action(
    cli.act(async (invocation: Invocation) => {
      const { out } = invocation;
      const views = await savedViews(await invocation.client());
      out.answer({ items: views }, () =>
        table(
          out,
          views,
          [
            { head: 'NAME', of: ({ name }) => name, clip: 30 },
            { head: 'SEEN BY', of: ({ shared }) => (shared ? 'everybody' : 'you') },
            { head: 'QUERY', of: ({ q }) => q ?? '-', stretch: true },
          ],
          'no saved views; save one on the page /tasks',
        ),
      );
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
      const error = await lastError(invocation, shown);
      invocation.out.answer(shown, () => taskText(invocation, shown, error));
      return undefined;
    }),
  );
}

interface LogFlags {
  readonly follow?: boolean;
  readonly generation?: number;
  readonly lines?: LineRange;
  readonly grep?: string;
}

function addLogs(task: Command, cli: Cli): void {
  const command = task
    .command('logs')
    .description('print the output of the agents that worked on a task')
    .argument('<id>', ID)
    .option('-f, --follow', 'keep printing until the task ends')
    .option('--generation <n>', 'only the output of this attempt', wholeNumber(1, LIMITS.sequence))
    .option(
      '--lines <range>',
      'only these lines of one attempt, the newest by default: 120, 120..180, 120.. or ..180',
      lineRange,
    )
    .option('--grep <text>', 'only the lines of one attempt with this text, in any case, with their numbers');
  withExamples(
    command,
    'agentcom task logs 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b -f',
    'agentcom task logs 4e5f6a7b --generation 2 > second-attempt.log',
    'agentcom task logs 4e5f6a7b --lines 120',
    'agentcom task logs 4e5f6a7b --grep "error:" --lines 1000..',
  ).action(
    cli.act(async (invocation: Invocation, id: string, { follow, generation, lines: range, grep }: LogFlags) => {
      const isPart = range !== undefined || grep !== undefined;
      if (isPart && follow === true) throw usageError('--follow does not go with --lines or --grep');
      const client = await invocation.client();
      const wanted = { id: await taskId(client, id), ...(generation !== undefined && { generation }) };
      if (isPart) await printLines(invocation, client, { ...wanted, range, grep });
      else await printOutput(invocation, client, wanted, follow === true);
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
      const text = await whyText(invocation, why);
      invocation.out.answer(why, () => text);
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
    'agentcom task retry 4e5f6a7b --fresh-session --prompt-append "Leave the tests alone."',
    'agentcom task retry 4e5f6a7b --edit --max-cost 2.50 --keep-budget --confirm',
  ).action(
    cli.act((invocation: Invocation, id: string, flags: RequeueFlags) =>
      requeueTask(invocation, 'task.retry', id, flags),
    ),
  );
}

function addPush(task: Command, cli: Cli): void {
  const command = task
    .command('push')
    .description('push the work of a dead task even though it failed its checks, without running its agent again')
    .argument('<id>', ID);
  withExamples(command, 'agentcom task push 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b').action(
    cli.act(async (invocation: Invocation, id: string) => {
      const client = await invocation.client();
      const shown = await client.call('task.push', { path: { id: await taskId(client, id) }, body: {} });
      invocation.out.answer(shown, () => `Task ${shown.id} is ${shown.state}. Its work is pushed as it is.`);
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
    'agentcom task answer 4e5f6a7b "use the second one"',
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
