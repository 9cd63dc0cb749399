// `agentcom dead …`: the tasks that ended in an error, until an operator requeues or discards them.

import type { BulkRequeueBody, DeadLetterFilter, DeathCause, FailureClass, Lane } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { DEATH_CAUSES, FAILURE_CLASSES, LANES } from '@agentcom/schemas/names';
import { FailureCode } from '@agentcom/schemas/primitives';
import { type Command, Option } from 'commander';
import { changedOrAlready, changedText } from '../already.js';
import type { HubClient } from '../client.js';
import { usageError } from '../exit.js';
import { shortIds, taskId } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import { appendLabel, type PagingFlags, pagingOf, textLike, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { withProgress } from '../progress.js';
import { inQueue, type RequeueFlags, requeueBody, withRequeueOptions } from '../requeue-options.js';
import { fewOf, similarTo } from '../similar.js';
import { ago, counted, firstLine } from '../text.js';
import { ID } from './task-result.js';

interface FilterFlags {
  readonly cause?: DeathCause;
  readonly class?: FailureClass;
  readonly code?: string;
  readonly lane?: Lane;
  readonly label?: readonly string[];
}

type BulkFlags = FilterFlags & RequeueFlags & { readonly all?: boolean };

/** Pages of one bulk requeue; the hub takes a bounded number at a time. */
const PAGES_MAX = 10_000;

export function defineDead(command: Command, cli: Cli): void {
  addList(command, cli);
  addRequeue(command, cli);
  addDiscard(command, cli);
}

function withFilter(command: Command): Command {
  return command
    .addOption(new Option('--cause <cause>', 'only this cause of death').choices(DEATH_CAUSES))
    .addOption(new Option('--class <class>', 'only if the last error has this class').choices(FAILURE_CLASSES))
    .option('--code <code>', 'only if the last error has this code', textLike(FailureCode))
    .addOption(new Option('--lane <lane>', 'only this lane').choices(LANES))
    .option('--label <name[=value]>', 'only tasks with this label; repeat for several', appendLabel);
}

function filterOf({ cause, class: failureClass, code, lane, label }: FilterFlags): DeadLetterFilter {
  return {
    ...(cause !== undefined && { death: cause }),
    ...(failureClass !== undefined && { class: failureClass }),
    ...(code !== undefined && { code }),
    ...(lane !== undefined && { lane }),
    ...(label !== undefined && { label }),
  };
}

function addList(dead: Command, cli: Cli): void {
  const command = withFilter(withPaging(dead.command('list').description('list dead letters, newest first')));
  withExamples(command, 'agentcom dead list', 'agentcom dead list --cause attempts_used --label team=web').action(
    cli.act(async (invocation: Invocation, flags: FilterFlags & PagingFlags) => {
      const { out, world } = invocation;
      const client = await invocation.client();
      const filter = filterOf(flags);
      const page = await client.call('dead.list', { query: { ...pagingOf(flags), ...filter } });
      const none = page.items.length === 0 && !out.json ? await nothingMatched(client, filter) : '';
      out.answer(page, () => {
        const short = shortIds(page.items.map(({ id }) => id));
        const rows = table(
          out,
          page.items,
          [
            { head: 'TASK', of: (letter) => short(letter.id) },
            { head: 'DIED', of: ({ diedAt }) => ago(diedAt, world.now()) },
            { head: 'CAUSE', of: (letter) => letter.death, colour: out.colours.red },
            { head: 'TITLE', of: (letter) => letter.title },
            {
              head: 'LAST ERROR',
              of: ({ error }) =>
                error === undefined ? '-' : `${error.class} ${error.code}: ${firstLine(error.message)}`,
              stretch: true,
            },
          ],
          Object.keys(filter).length === 0 ? 'no dead letters' : none,
        );
        return rows + nextPage(page);
      });
      return undefined;
    }),
  );
}

function addRequeue(dead: Command, cli: Cli): void {
  const command = withRequeueOptions(
    withFilter(
      dead
        .command('requeue')
        .description('put dead letters back into the queue with fresh attempts')
        .argument('[id]', `${ID}; omit it to select tasks by options`),
    ).option('--all', 'requeue every dead letter'),
  );
  withExamples(
    command,
    'agentcom dead requeue 019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b',
    'agentcom dead requeue 4e5f6a7b --fresh-session --model some-model',
    'agentcom dead requeue --class transient',
    'agentcom dead requeue --all',
  ).action(
    cli.act(async (invocation: Invocation, id: string | undefined, flags: BulkFlags) => {
      const { out } = invocation;
      const filter = filterOf(flags);
      const filtered = Object.keys(filter).length > 0;
      if (id !== undefined && (filtered || flags.all === true))
        throw usageError('give either a task or a filter, not both');
      if (id === undefined && !filtered && flags.all !== true) throw usageError('give a task, a filter or --all');
      const options = await requeueBody(invocation.world, flags);
      const client = await invocation.client();
      if (id !== undefined) {
        const path = { id: await taskId(client, id) };
        const changed = await changedOrAlready(client, path.id, inQueue(options), () =>
          client.call('dead.requeue', { path, body: options }),
        );
        out.answer(changed.task, () => changedText(changed));
        return undefined;
      }
      const requeued = await withProgress(invocation, 'requeueing', (say) =>
        requeueAll(client, { ...filter, ...options }, say),
      );
      const none = requeued === 0 && !out.json ? await nothingMatched(client, filter) : '';
      out.answer({ requeued }, () => none || `Requeued ${counted(requeued, 'task')}.`);
      return undefined;
    }),
  );
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

async function requeueAll(client: HubClient, body: BulkRequeueBody, say: (text: string) => void): Promise<number> {
  let requeued = 0;
  for (let page = 0; page < PAGES_MAX; page++) {
    const done = await client.call('dead.requeueMany', { body });
    requeued += done.requeued;
    if (done.remaining === 0 || done.requeued === 0) break;
    say(`requeued ${requeued}, ${done.remaining} to go`);
  }
  return requeued;
}

function addDiscard(dead: Command, cli: Cli): void {
  const command = dead
    .command('discard')
    .description('discard a dead letter for good, and cancel the tasks that wait for it')
    .argument('<id>', ID)
    .option('--reason <text>', 'the reason, shown in the history');
  withExamples(command, 'agentcom dead discard 4e5f6a7b --reason "obsolete"').action(
    cli.act(async (invocation: Invocation, id: string, flags: { readonly reason?: string }) => {
      const body = flags.reason === undefined ? {} : { reason: flags.reason };
      const client = await invocation.client();
      const path = { id: await taskId(client, id) };
      const changed = await changedOrAlready(client, path.id, ['cancelled'], () =>
        client.call('dead.discard', { path, body }),
      );
      invocation.out.answer(changed.task, () => changedText(changed));
      return undefined;
    }),
  );
}
