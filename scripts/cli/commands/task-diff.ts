// `agentcom task diff|comment`: look at what a task has changed, and comment on it.

import type { DiffComment } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { COMMENT_WAYS, type CommentWay, DIFF_SIDES, type DiffSide } from '@agentcom/schemas/names';
import { type Command, Option } from 'commander';
import type { HubClient } from '../client.js';
import { printDiff, printStat } from '../diff-text.js';
import { usageError } from '../exit.js';
import { taskId } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { wholeNumber, withExamples } from '../options.js';
import { fetched, git, pushedOf, startOf } from '../task-branch.js';
import { oneLine } from '../text.js';
import { ID } from './task-result.js';

const EXAMPLE = '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b';
const PLACE = /^(.+):([1-9][0-9]*)$/s;

export function defineTaskDiff(task: Command, cli: Cli): void {
  addDiff(task, cli);
  addComment(task, cli);
}

interface DiffFlags {
  readonly stat?: boolean;
  readonly attempt?: number;
  readonly full?: boolean;
}

function addDiff(task: Command, cli: Cli): void {
  const command = task
    .command('diff')
    .description('show what a task has changed, also while an agent works on it')
    .argument('<id>', ID)
    .option('--stat', 'show only which files changed, and by how much')
    .option('--attempt <n>', 'of this attempt instead of the newest', wholeNumber(1, LIMITS.sequence))
    .option('--full', 'all of it, by git from the pushed branch (run in a clone of its repository)');
  withExamples(
    command,
    `agentcom task diff ${EXAMPLE}`,
    'agentcom task diff 4e5f6a7b --stat --attempt 2',
    'agentcom task diff 4e5f6a7b --full',
  ).action(
    cli.act(async (invocation: Invocation, given: string, { stat, attempt, full }: DiffFlags) => {
      const client = await invocation.client();
      const id = await taskId(client, given);
      if (full === true) {
        if (attempt !== undefined) throw usageError('--full and --attempt do not go together');
        return fullDiff(invocation, client, id, stat === true);
      }
      const diff = await client.call('task.diff', { path: { id }, query: attempt === undefined ? {} : { attempt } });
      (stat === true ? printStat : printDiff)(invocation, diff);
      return undefined;
    }),
  );
}

async function fullDiff(invocation: Invocation, client: HubClient, id: string, stat: boolean): Promise<undefined> {
  const shown = await client.call('task.show', { path: { id } });
  const branch = pushedOf(invocation, shown);
  const { dir, commit } = await fetched(invocation, branch);
  const start = await startOf(invocation, dir, branch, commit);
  await git(invocation, dir, ['diff', ...(stat ? ['--stat'] : []), start, commit, '--']);
  if (invocation.out.json) invocation.out.answer({ task: shown.id, base: start, commit }, () => '');
  return undefined;
}

interface CommentFlags {
  readonly as?: CommentWay;
  readonly side?: DiffSide;
  readonly attempt?: number;
}

function addComment(task: Command, cli: Cli): void {
  const command = task
    .command('comment')
    .description('comment on lines that a task has changed: its agent is told, or a new task continues the work')
    .argument('<id>', ID)
    .argument('<comments...>', 'FILE:LINE and what to say about it, once or several times')
    .addOption(
      new Option(
        '--as <way>',
        'message to the agent at work, or task on the branch of a completed one (default: as the task is)',
      ).choices(COMMENT_WAYS),
    )
    .addOption(new Option('--side <side>', 'count lines in the file as it is, or as it was').choices(DIFF_SIDES))
    .option('--attempt <n>', 'on the diff of this attempt instead of the newest', wholeNumber(1, LIMITS.sequence));
  withExamples(
    command,
    'agentcom task comment 4e5f6a7b src/login.ts:12 "This can be undefined."',
    'agentcom task comment 4e5f6a7b src/a.ts:3 "Why?" src/b.ts:40 "Add a test." --as task',
  ).action(
    cli.act(async (invocation: Invocation, given: string, words: readonly string[], flags: CommentFlags) => {
      const { as, side, attempt } = flags;
      const comments = commentsIn(words, side);
      const client = await invocation.client();
      const id = await taskId(client, given);
      const body = { comments, ...(as !== undefined && { as }), ...(attempt !== undefined && { attempt }) };
      const done = await client.call('task.comment', { path: { id }, body });
      invocation.out.answer(done, () => {
        const { bold } = invocation.out.colours;
        if (done.as === 'task')
          return `Submitted task ${done.task}, which continues the work. Follow it: ${bold(invocation.hint(`task logs ${done.task} -f`))}`;
        const agent = oneLine(done.agent ?? '');
        return `Sent message ${done.messageId} to ${agent}. See what becomes of it: ${bold(invocation.hint(`message list ${agent}`))}`;
      });
      return undefined;
    }),
  );
}

function commentsIn(words: readonly string[], side: DiffSide | undefined): readonly DiffComment[] {
  const comments: DiffComment[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const [place = '', text] = words.slice(at, at + 2);
    const [, file, line] = PLACE.exec(place) ?? [];
    if (file === undefined || line === undefined)
      throw usageError(`${oneLine(place)} is not FILE:LINE`, 'Name the file and the line, such as src/login.ts:12.');
    if (text === undefined || text.trim() === '') throw usageError(`there is no comment on ${oneLine(place)}`);
    comments.push({ file, line: Number(line), ...(side !== undefined && { side }), text });
  }
  return comments;
}
