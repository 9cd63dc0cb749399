// `agentcom dead …`: the tasks that ended in an error, until an operator requeues or discards them.

import type { DeadLetter, DeadLetterFilter, DeathCause, FailureClass, TaskActionBody } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { DEATH_CAUSES, FAILURE_CLASSES } from '@agentcom/schemas/names';
import { FailureCode } from '@agentcom/schemas/primitives';
import { fewOf, similarTo } from '@agentcom/schemas/similar';
import { type Command, Option } from 'commander';
import { fullPage } from '../all-pages.js';
import { changedOrAlready, changedText } from '../already.js';
import type { HubClient } from '../client.js';
import { EXIT, type ExitCode, usageError } from '../exit.js';
import { shortIds, taskId } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import { type PagingFlags, pagingOf, textLike, wholeNumber, withExamples, withPaging } from '../options.js';
import { pageEnd } from '../output.js';
import { withQuery } from '../query-argument.js';
import { type RequeueFlags, requeueBody, withRequeueOptions } from '../requeue-options.js';
import { cannotAsk, requeueTask } from '../requeue-task.js';
import { actOnMatching, countOf, isConfirmed, SHOWN } from '../task-action.js';
import type { BatchVerb } from '../task-batch.js';
import { ownOrAll, type TaskFilterFlags, taskFilterOf, withAll, withTaskFilter } from '../task-filter.js';
import { ago, firstLine } from '../text.js';
import { ID } from './task-result.js';

const REQUEUE: BatchVerb = { base: 'requeue', past: 'requeued', going: 'requeueing' };
const DISCARD: BatchVerb = { base: 'discard', past: 'discarded', going: 'discarding' };

interface FilterFlags extends Omit<TaskFilterFlags, 'state'> {
  readonly cause?: DeathCause;
  readonly class?: FailureClass;
  readonly code?: string;
}

interface SelectFlags extends FilterFlags {
  readonly all?: boolean;
}

interface RequeueSelectFlags extends SelectFlags, RequeueFlags {
  readonly perMinute?: number;
}

interface DiscardFlags extends SelectFlags {
  readonly yes?: boolean;
  readonly reason?: string;
}

export function defineDead(command: Command, cli: Cli): void {
  addList(command, cli);
  addRequeue(command, cli);
  addDiscard(command, cli);
}

function withFilter(command: Command): Command {
  return withTaskFilter(
    command
      .addOption(new Option('--cause <cause>', 'only this cause of death').choices(DEATH_CAUSES))
      .addOption(new Option('--class <class>', 'only if the last error has this class').choices(FAILURE_CLASSES))
      .option('--code <code>', 'only if the last error has this code', textLike(FailureCode)),
  );
}

function filterOf(
  { cause, class: failureClass, code, ...flags }: FilterFlags,
  now: number,
  words: readonly string[] = [],
): DeadLetterFilter {
  return {
    ...(cause !== undefined && { death: cause }),
    ...(failureClass !== undefined && { class: failureClass }),
    ...(code !== undefined && { code }),
    ...taskFilterOf('dead-letters', flags, now, words),
  };
}

/** One by its id, or those that a filter selects. */
function withSelection(command: Command, verb: string): Command {
  return withFilter(command.argument('[id]', `${ID}; omit it to select tasks by options`)).option(
    '--all',
    `${verb} every dead letter`,
  );
}

/** What is selected when no id is given. */
function selectionOf({ world }: Invocation, id: string | undefined, flags: SelectFlags): DeadLetterFilter {
  const filter = filterOf(flags, world.now());
  const filtered = Object.keys(filter).length > 0;
  if (id !== undefined && (filtered || flags.all === true))
    throw usageError('give either a task or a filter, not both');
  if (filtered && flags.all === true) throw usageError('give either --all or a filter, not both');
  if (id === undefined && !filtered && flags.all !== true) throw usageError('give a task, a filter or --all');
  return filter;
}

function addList(dead: Command, cli: Cli): void {
  const list = withQuery(
    dead.command('list').description('list dead letters, newest first'),
    'dead-letters',
    'class:permanent age:>1d',
  );
  const command = withAll(withFilter(withPaging(list)));
  withExamples(command, 'agentcom dead list', 'agentcom dead list --cause attempts_used --label team=web').action(
    cli.act(
      async (
        invocation: Invocation,
        words: readonly string[],
        flags: FilterFlags & PagingFlags & { readonly all?: boolean },
      ) => {
        const { out, world } = invocation;
        const filter = filterOf(flags, world.now(), words);
        const client = await invocation.client();
        const asked = { ...ownOrAll(filter, flags.all), ...(!out.json && { count: '1' as const }) };
        const page = await fullPage(pagingOf(flags), (paging) =>
          client.call('dead.list', { query: { ...paging, ...asked } }),
        );
        const none = page.items.length === 0 && !out.json ? await nothingMatched(client, filter) : '';
        out.answer(page, () => {
          const empty = Object.keys(filter).length === 0 ? 'no dead letters' : none;
          return letterTable(invocation, page.items, empty) + pageEnd(out, page, 'dead letter');
        });
        return undefined;
      },
    ),
  );
}

function letterTable({ out, world }: Invocation, letters: readonly DeadLetter[], empty = ''): string {
  const short = shortIds(letters.map(({ id }) => id));
  return table(
    out,
    letters,
    [
      { head: 'TASK', of: (letter) => short(letter.id) },
      { head: 'DIED', of: ({ diedAt }) => ago(diedAt, world.now()) },
      { head: 'CAUSE', of: (letter) => letter.death, colour: out.colours.red, wideFrom: 120 },
      { head: 'AGENT', of: ({ agent }) => agent ?? '-', clip: 14 },
      { head: 'REPO', of: ({ repo }) => (repo === undefined ? '-' : lastPart(repo.url)), clip: 14 },
      { head: 'TITLE', of: (letter) => letter.title, clip: 40, wideFrom: 100 },
      {
        head: 'LAST ERROR',
        of: ({ error }) => (error === undefined ? '-' : `${error.class} ${error.code}: ${firstLine(error.message)}`),
        stretch: true,
      },
    ],
    empty,
  );
}

/** What a repository is called, where there is no room for its address. */
function lastPart(url: string): string {
  return /([^/:]+?)(?:\.git)?\/*$/.exec(url)?.[1] ?? url;
}

function addRequeue(dead: Command, cli: Cli): void {
  const command = withRequeueOptions(
    withSelection(
      dead.command('requeue').description('put dead letters back into the queue with fresh attempts'),
      'requeue',
    ),
  ).option(
    '--per-minute <n>',
    'so many a minute, of those that options select',
    wholeNumber(1, LIMITS.actionTasksPerMinute),
  );
  withExamples(
    command,
    'agentcom dead requeue 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b',
    'agentcom dead requeue 4e5f6a7b --fresh-session --model some-model',
    'agentcom dead requeue --class transient --since 1d',
    'agentcom dead requeue 4e5f6a7b --edit --to-lane high --confirm',
    'agentcom dead requeue --code quota.used --per-minute 10',
    'agentcom dead requeue --all',
  ).action(
    cli.act(async (invocation: Invocation, id: string | undefined, flags: RequeueSelectFlags) => {
      const filter = selectionOf(invocation, id, flags);
      if (id !== undefined) return requeueTask(invocation, 'dead.requeue', id, flags);
      if (flags.edit === true) throw usageError('--edit works with a single task only');
      const options = await requeueBody(invocation.world, flags);
      if (flags.confirm !== true && (options.lane ?? options.prompt) !== undefined)
        throw usageError('--to-lane and --prompt need a task, or --confirm', 'Name one task, or add --confirm.');
      if (flags.confirm === true && (invocation.out.json || !invocation.world.canAsk)) throw cannotAsk();
      const body: TaskActionBody = {
        action: 'requeue',
        ...filter,
        ...(Object.keys(options).length > 0 && { changes: options }),
        ...(flags.perMinute !== undefined && { perMinute: flags.perMinute }),
      };
      return actOnLetters(invocation, REQUEUE, filter, body, flags.confirm === true);
    }),
  );
}

async function actOnLetters(
  invocation: Invocation,
  verb: BatchVerb,
  filter: DeadLetterFilter,
  body: TaskActionBody,
  isAsked: boolean,
): Promise<ExitCode | undefined> {
  const { out } = invocation;
  const client = await invocation.client();
  const none = () => nothingMatched(client, filter);
  if (isAsked) {
    const count = await countOf(client, body);
    if (count === 0 && !out.json) {
      out.note(await none());
      return undefined;
    }
    const shown = async () => {
      const { items } = await client.call('dead.list', { query: { ...filter, limit: SHOWN } });
      return letterTable(invocation, items);
    };
    if (count > 0 && !(await isConfirmed(invocation, verb, count, shown))) return EXIT.failed;
  }
  return actOnMatching(invocation, client, verb, body, none);
}

/** With the codes that there are when one was given, those that it may stand for first. */
async function nothingMatched(client: HubClient, { code }: DeadLetterFilter): Promise<string> {
  if (code === undefined) return 'No dead letters match.';
  const { items } = await client.call('dead.list', { query: { limit: LIMITS.pageItems } });
  const codes = [...new Set(items.flatMap(({ error }) => error?.code ?? []))];
  if (codes.length === 0) return 'No dead letters match.';
  const similar = similarTo(code, codes);
  const inOrder = [...similar, ...codes.filter((one) => !similar.includes(one))];
  return `No dead letters match. Their codes are: ${fewOf(inOrder)}`;
}

function addDiscard(dead: Command, cli: Cli): void {
  const command = withSelection(
    dead.command('discard').description('discard dead letters for good, and cancel the tasks that wait for them'),
    'discard',
  )
    .option('-y, --yes', 'do not ask before discarding the selected tasks')
    .option('--reason <text>', 'the reason, shown in the history');
  withExamples(
    command,
    'agentcom dead discard 4e5f6a7b --reason "obsolete"',
    'agentcom dead discard --cause no_taker --until 7d --yes',
  ).action(
    cli.act(async (invocation: Invocation, id: string | undefined, flags: DiscardFlags) => {
      const { out } = invocation;
      const filter = selectionOf(invocation, id, flags);
      const body = flags.reason === undefined ? {} : { reason: flags.reason };
      if (id === undefined)
        return actOnLetters(invocation, DISCARD, filter, { action: 'discard', ...filter, ...body }, flags.yes !== true);
      const client = await invocation.client();
      const one = await taskId(client, id);
      const changed = await changedOrAlready(client, one, ['cancelled'], () =>
        client.call('dead.discard', { path: { id: one }, body }),
      );
      out.answer(changed.task, () => changedText(changed));
      return undefined;
    }),
  );
}
