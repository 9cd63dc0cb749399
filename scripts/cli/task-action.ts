// The same change of all tasks that a filter matches, which the hub carries out in the background: counted, confirmed, followed to its end. A signal
// stops it.

import type { Operation, TaskActionBody } from '@agentcom/schemas';
import { answerOf, isAgreed } from './ask.js';
import type { HubClient } from './client.js';
import { EXIT, type ExitCode, usageError } from './exit.js';
import type { Invocation } from './invocation.js';
import { endOf, failureOf } from './operations.js';
import { type BatchVerb, capital } from './task-batch.js';
import { counted, validFor } from './text.js';

/** Shown before a person says yes. */
export const SHOWN = 10;
/** From more than this on, the number must be typed. */
const TYPED_FROM = 100;

export async function countOf(client: HubClient, body: TaskActionBody): Promise<number> {
  const { total = 0 } = await client.call('task.act', { body: { ...body, dryRun: true } });
  return total;
}

/** Whether the person agrees to the change of so many; `shown` has the first of them. Refused where nobody can be asked. */
export async function isConfirmed(
  { out, world }: Invocation,
  verb: BatchVerb,
  count: number,
  shown: () => Promise<string>,
): Promise<boolean> {
  if (out.json || !world.canAsk)
    throw usageError(
      `${counted(count, 'task')} would be ${verb.past}`,
      `Add --yes to ${verb.base} ${count === 1 ? 'it' : 'them'} without being asked.`,
    );
  const rest = count - SHOWN;
  out.note((await shown()) + (rest > 0 ? `\nand ${rest} more` : ''));
  const question = `${capital(verb.base)} ${counted(count, 'task')}?`;
  if (await (count > TYPED_FROM ? isTyped(world, question, count) : isAgreed(world, question))) return true;
  out.note(`Nothing was ${verb.past}.`);
  return false;
}

async function isTyped(world: Invocation['world'], question: string, count: number): Promise<boolean> {
  const { text } = await import('@clack/prompts');
  const message = `${question} Type ${count} to confirm.`;
  return (await answerOf(world, () => text({ message })))?.trim() === String(count);
}

export function actOnMatching(
  invocation: Invocation,
  client: HubClient,
  verb: BatchVerb,
  body: TaskActionBody,
  none: () => Promise<string>,
): Promise<ExitCode | undefined> {
  return followAction(invocation, client, verb, () => client.call('task.act', { body }), none);
}

/** To its end. `none` is what is said when there was no task. */
export async function followAction(
  invocation: Invocation,
  client: HubClient,
  verb: BatchVerb,
  begin: () => Promise<Operation>,
  none: () => Promise<string>,
): Promise<ExitCode | undefined> {
  const { out, world } = invocation;
  let begun: string | undefined;
  const release = world.onStopSignal(() => {
    if (begun !== undefined)
      void client.call('operation.stop', { path: { id: begun }, body: {} }).catch(() => undefined);
  });
  try {
    const ended = await endOf(invocation, client, `${verb.going} tasks`, async () => {
      const operation = await begin();
      begun = operation.id;
      return operation;
    });
    report(invocation, verb, ended, ended.total === 0 && !out.json ? await none() : '');
    if (ended.state !== 'done') throw await failureOf('operation.failed', ended);
    return (ended.tasks?.refused ?? 0) > 0 ? EXIT.failed : undefined;
  } finally {
    release();
  }
}

function report(invocation: Invocation, { past }: BatchVerb, operation: Operation, none: string): void {
  const { out, world } = invocation;
  const { id, state, total = 0, tasks, undo } = operation;
  const { changed = 0, refused = 0, refusals = [] } = tasks ?? {};
  for (const { task, message } of refusals) out.warning(`Task ${task} was not ${past}: ${message}`);
  if (refused > refusals.length) out.warning(`${refused - refusals.length} more were not ${past}.`);
  out.answer(operation, () =>
    state === 'done'
      ? none || `${capital(past)} ${counted(changed, 'task')}.`
      : `${capital(past)} ${changed} of ${counted(total, 'task')}.`,
  );
  if (undo === undefined) return;
  const some = undo.tasks < changed ? ` for ${undo.tasks} of ${counted(changed, 'task')}` : '';
  const within = validFor(undo.until, world.now());
  out.note(`To undo it${some} within ${within}, run \`${invocation.hint(`task undo ${id}`)}\`.`);
}
