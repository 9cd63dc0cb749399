// `agentcom task …`: look at tasks and steer them.

import { LANES, type Lane, LIMITS, TASK_STATES, type TaskState } from '@agentcom/schemas';
import type { Command } from 'commander';
import {
  type Cli,
  collectedOf,
  type PagingFlags,
  pagingOf,
  repeated,
  type Session,
  timestamp,
  wholeNumber,
  withExamples,
  withPaging,
} from '../cli.js';
import { usageError } from '../exit.js';
import { nextPage } from '../output.js';
import { outputTeller, tellOfHub } from '../output-text.js';
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

export function addTaskCommands(program: Command, cli: Cli): void {
  const task = program.command('task').description('look at tasks and steer them');
  addList(task, cli);
  addShow(task, cli);
  addLogs(task, cli);
  addWhy(task, cli);
  addCancel(task, cli);
  addRetry(task, cli);
  addAnswer(task, cli);
}

function addList(task: Command, cli: Cli): void {
  const command = withPaging(task.command('list').description('list tasks, newest first'))
    .option('--state <states>', `only these states: ${TASK_STATES.join(', ')}`, collectedOf(TASK_STATES))
    .option('--lane <lanes>', `only these lanes: ${LANES.join(', ')}`, collectedOf(LANES))
    .option('--agent <name>', 'only tasks with this agent')
    .option('--label <name[=value]>', 'only tasks with this label; repeat for several', repeated)
    .option('--query <text>', 'only tasks with this in the title')
    .option('--since <time>', 'only tasks submitted then or later', timestamp);
  withExamples(
    command,
    'agentcom task list --state working,blocked',
    'agentcom task list --label team=web --json',
  ).action(
    cli.act(async (session: Session, flags: ListFlags) => {
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
      const page = await (await session.client()).call('task.list', { query });
      session.out.answer(page, () => taskTable(session.out, page.items, session.world.now()) + nextPage(page));
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
    cli.act(async (session: Session, id: string) => {
      const shown = await (await session.client()).call('task.show', { path: { id } });
      session.out.answer(shown, () => taskText(session.out, shown, session.world.now()));
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
    .description('print what the agents of a task have printed')
    .argument('<id>', 'the task')
    .option('-f, --follow', 'go on as more comes, until the task has ended')
    .option('--generation <n>', 'only of this attempt', wholeNumber(1, LIMITS.sequence));
  withExamples(
    command,
    'agentcom task logs 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b -f',
    'agentcom task logs 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b --generation 2 > second-attempt.log',
  ).action(
    cli.act(async (session: Session, id: string, { follow, generation }: LogFlags) => {
      const client = await session.client();
      const { out, world } = session;
      const wanted = { id, ...(generation !== undefined && { generation }) };
      const tell = outputTeller(session);
      if (follow !== true) {
        for await (const piece of outputOf(client, wanted)) tell(piece);
        return undefined;
      }
      const { now, sleep } = world;
      const state = await followOutput(client, wanted, { now, sleep, onHub: tellOfHub(session), onPiece: tell });
      if (out.json) out.answer({ event: 'end', state }, () => '');
      else out.note(`Task ${id} is ${state}.`);
      return undefined;
    }),
  );
}

function addWhy(task: Command, cli: Cli): void {
  const command = task.command('why').description('say why a task is not running').argument('<id>', 'the task');
  withExamples(command, 'agentcom task why 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b').action(
    cli.act(async (session: Session, id: string) => {
      const why = await (await session.client()).call('task.why', { path: { id } });
      session.out.answer(why, () => whyText(session.out, why, session.world.now()));
      return undefined;
    }),
  );
}

function addCancel(task: Command, cli: Cli): void {
  const command = task
    .command('cancel')
    .description('cancel a task, wherever it is')
    .argument('<id>', 'the task')
    .option('--reason <text>', 'why, for the history');
  withExamples(command, 'agentcom task cancel 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b --reason "no longer needed"').action(
    cli.act(async (session: Session, id: string, flags: { readonly reason?: string }) => {
      const body = flags.reason === undefined ? {} : { reason: flags.reason };
      const shown = await (await session.client()).call('task.cancel', { path: { id }, body });
      session.out.answer(shown, () => `Task ${id} is ${shown.state}.`);
      return undefined;
    }),
  );
}

function addRetry(task: Command, cli: Cli): void {
  const command = task
    .command('retry')
    .description('try a dead or backing-off task again now')
    .argument('<id>', 'the task');
  withExamples(command, 'agentcom task retry 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b').action(
    cli.act(async (session: Session, id: string) => {
      const shown = await (await session.client()).call('task.retry', { path: { id }, body: {} });
      session.out.answer(shown, () => `Task ${id} is ${shown.state}.`);
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
    .description('answer what a blocked task asks')
    .argument('<id>', 'the task')
    .argument('<answer>', 'the answer; - reads it from standard input')
    .option('--question <id>', 'only if this is still the open question');
  withExamples(
    command,
    'agentcom task answer 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b "use the second one"',
    'agentcom task answer 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b - < answer.txt',
  ).action(
    cli.act(async (session: Session, id: string, given: string, flags: AnswerFlags) => {
      const answer = given === '-' ? await session.world.readStdin(LIMITS.answerBytes) : given;
      if (answer.trim() === '') throw usageError('the answer is empty');
      const body = { answer, ...(flags.question !== undefined && { questionId: flags.question }) };
      const shown = await (await session.client()).call('task.answer', { path: { id }, body });
      session.out.answer(shown, () => `Answered; task ${id} is ${shown.state}.`);
      return undefined;
    }),
  );
}
