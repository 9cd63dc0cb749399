// `agentcom task cancel`: some tasks by their ids, or all that a filter selects.

import type { TaskSummary } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import type { Command } from 'commander';
import { type Changed, changedOrAlready, changedText } from '../already.js';
import { answerOf } from '../ask.js';
import type { HubClient } from '../client.js';
import { CommandError, EXIT, type ExitCode, isOutcomeUnknown, usageError } from '../exit.js';
import { taskIds } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { withExamples } from '../options.js';
import { withProgress } from '../progress.js';
import { taskTable } from '../show-task.js';
import { type TaskFilterFlags, taskFilterOf, withTaskFilter } from '../task-filter.js';
import { counted } from '../text.js';
import { ID } from './task-result.js';

/** Shown before a person says yes. */
const SHOWN = 10;
/** As many requests at once. */
const TOGETHER = 8;

interface CancelFlags extends TaskFilterFlags {
  readonly reason?: string;
  readonly yes?: boolean;
}

type CancelBody = Pick<CancelFlags, 'reason'>;

interface NotCancelled {
  readonly task: string;
  readonly code: string;
  readonly message: string;
}

export function defineCancel(task: Command, cli: Cli): void {
  const command = withTaskFilter(
    task
      .command('cancel')
      .description('cancel tasks in any state')
      .argument('[ids...]', `${ID}; omit it to select tasks by options`),
  )
    .option('--reason <text>', 'the reason, shown in the history')
    .option('-y, --yes', 'do not ask before cancelling the selected tasks');
  withExamples(
    command,
    'agentcom task cancel 4e5f6a7b --reason "no longer needed"',
    'agentcom task cancel --label team=web --state queued,waiting --yes',
    'agentcom task cancel 7b3c4d5e 4e5f6a7b',
  ).action(
    cli.act(async (invocation: Invocation, given: readonly string[], flags: CancelFlags) => {
      const filter = taskFilterOf(flags, invocation.world.now());
      const isFiltered = Object.keys(filter).length > 0;
      if (given.length > 0 === isFiltered)
        throw usageError(isFiltered ? 'give either tasks or a filter, not both' : 'name a task or a filter');
      const body = flags.reason === undefined ? {} : { reason: flags.reason };
      const client = await invocation.client();
      if (given.length > 0) {
        const ids = await taskIds(client, given);
        const [only] = ids;
        if (ids.length > 1 || only === undefined) return cancelAll(invocation, client, ids, body);
        const changed = await cancelled(client, only, body);
        invocation.out.answer(changed.task, () => changedText(changed));
        return undefined;
      }
      const selected = await withProgress(invocation, 'selecting tasks', () => openTasks(client, filter));
      if (selected.length === 0 && !invocation.out.json) {
        invocation.out.note('No open tasks match; nothing was cancelled.');
        return undefined;
      }
      if (selected.length > 0 && flags.yes !== true && !(await isConfirmed(invocation, selected))) {
        invocation.out.note('Nothing was cancelled.');
        return EXIT.failed;
      }
      return cancelAll(
        invocation,
        client,
        selected.map(({ id }) => id),
        body,
      );
    }),
  );
}

function cancelled(client: HubClient, id: string, body: CancelBody): Promise<Changed> {
  return changedOrAlready(client, id, ['cancelled'], () => client.call('task.cancel', { path: { id }, body }));
}

/** All pages; what has completed or was cancelled cannot be cancelled. */
async function openTasks(client: HubClient, filter: ReturnType<typeof taskFilterOf>): Promise<TaskSummary[]> {
  const found: TaskSummary[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = { ...filter, limit: LIMITS.pageItems, ...(cursor !== undefined && { cursor }) };
    const page = await client.call('task.list', { query });
    found.push(...page.items.filter(({ state }) => state !== 'completed' && state !== 'cancelled'));
    cursor = page.nextCursor;
  }
  return found;
}

async function isConfirmed({ out, world }: Invocation, tasks: readonly TaskSummary[]): Promise<boolean> {
  if (out.json || !world.canAsk)
    throw usageError(
      `${counted(tasks.length, 'task')} would be cancelled`,
      'Add --yes to cancel them without being asked.',
    );
  const rest = tasks.length - SHOWN;
  out.note(taskTable(out, tasks.slice(0, SHOWN), world.now()) + (rest > 0 ? `\nand ${rest} more` : ''));
  const { confirm } = await import('@clack/prompts');
  const message = `Cancel ${counted(tasks.length, 'task')}?`;
  return (await answerOf(world, () => confirm({ message, initialValue: false }))) === true;
}

async function cancelAll(
  invocation: Invocation,
  client: HubClient,
  ids: readonly string[],
  body: CancelBody,
): Promise<ExitCode | undefined> {
  const batch = new CancelBatch(client, ids, body);
  await withProgress(invocation, `cancelling ${counted(ids.length, 'task')}`, (say) => batch.run(say));
  report(invocation, batch);
  if (batch.stoppedBy !== undefined) throw withRest(batch.stoppedBy);
  return batch.notCancelled.length === 0 ? undefined : EXIT.failed;
}

/** Goes on when one task is refused, and stops at what all the others would meet as well, such as a hub that is gone. */
class CancelBatch {
  readonly cancelled: string[] = [];
  /** Before this command. */
  readonly alreadyCancelled: string[] = [];
  readonly notCancelled: NotCancelled[] = [];
  /** The hub may have cancelled them without being able to say so. */
  readonly unknown: string[] = [];
  readonly untouched: string[] = [];
  stoppedBy: CommandError | undefined;

  constructor(
    private readonly client: HubClient,
    readonly ids: readonly string[],
    private readonly body: CancelBody,
  ) {}

  async run(say: (text: string) => void): Promise<void> {
    const left = [...this.ids];
    const work = async () => {
      while (this.stoppedBy === undefined) {
        const id = left.shift();
        if (id === undefined) return;
        await this.#cancel(id);
        say(`cancelled ${this.cancelled.length} of ${this.ids.length}`);
      }
    };
    await Promise.all(Array.from({ length: TOGETHER }, work));
    this.untouched.push(...left);
  }

  async #cancel(id: string): Promise<void> {
    try {
      const { already } = await cancelled(this.client, id, this.body);
      (already ? this.alreadyCancelled : this.cancelled).push(id);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#refused(id, error);
    }
  }

  #refused(id: string, error: CommandError): void {
    if (error.exit === EXIT.failed) {
      this.notCancelled.push({ task: id, code: error.code, message: error.message });
      return;
    }
    this.stoppedBy ??= error;
    (isOutcomeUnknown(error) ? this.unknown : this.untouched).push(id);
  }
}

function report({ out }: Invocation, batch: CancelBatch): void {
  const { cancelled, alreadyCancelled, notCancelled, unknown, untouched, ids } = batch;
  if (alreadyCancelled.length > 0)
    out.note(`Already cancelled (${alreadyCancelled.length}): ${listed(alreadyCancelled)}`);
  for (const { task, message } of notCancelled) out.warning(`Task ${task} was not cancelled: ${message}`);
  if (unknown.length > 0) out.warning(`Not confirmed by the hub (${unknown.length}): ${listed(unknown)}`);
  if (untouched.length > 0) out.warning(`Still to cancel (${untouched.length}): ${listed(untouched)}`);
  const isStopped = batch.stoppedBy !== undefined;
  out.answer(
    {
      cancelled,
      ...(alreadyCancelled.length > 0 && { alreadyCancelled }),
      notCancelled,
      ...(isStopped && { unknown, untouched }),
    },
    () =>
      isStopped
        ? `Cancelled ${cancelled.length} of ${counted(ids.length, 'task')}.`
        : `Cancelled ${counted(cancelled.length, 'task')}.`,
  );
}

function listed(ids: readonly string[]): string {
  const rest = ids.length - SHOWN;
  return ids.slice(0, SHOWN).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function withRest(error: CommandError): CommandError {
  const again = 'Then run the same command again; what is cancelled stays cancelled.';
  return error.withRemedy(error.remedy === undefined ? again : `${error.remedy}\n${again}`);
}
