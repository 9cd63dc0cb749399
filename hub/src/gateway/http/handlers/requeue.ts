// Requeue and retry with something changed: a fresh session, another model, other limits, another prompt or more of it.

import { BULK_CHANGES, type BulkRequeueBody, type DeadLetterFilter, LIMITS, type RequeueBody } from '@agentcom/schemas';
import { type Bodies, BodyWriter, textOf } from '../../../bodies/body-writer.js';
import type { CommandOf, RequeueOptions } from '../../../core/commands.js';
import { Refusal } from '../../../core/refusal.js';
import type { SpecChanges, StoredSpec } from '../../../core/task/events.js';
import { inOrder, inPreference, tooLargeTask } from '../../agent/commands.js';

/** What the command asks for a task of this spec. Texts are held by `texts` until the command is settled. */
export async function requeueOptions(
  {
    prompt,
    promptAppend,
    lane,
    needs,
    runner,
    model,
    maxCost,
    budget,
    maxAttempts,
    runTimeoutSeconds,
    ...rest
  }: RequeueBody,
  spec: StoredSpec,
  bodies: Bodies,
  texts: BodyWriter,
): Promise<RequeueOptions | Refusal> {
  // Who lets it cost more means that it may also be expected to.
  const mayCost = maxCost ?? (spec.maxCost === undefined ? undefined : budget?.costMicros);
  const changes: SpecChanges = {
    ...(lane !== undefined && { lane }),
    ...(needs !== undefined && { needs: inOrder(needs) }),
    ...(runner !== undefined && { runner: inPreference(runner) }),
    ...(mayCost !== undefined && { maxCost: mayCost }),
    ...(budget !== undefined && { budget }),
    ...(maxAttempts !== undefined && { maxAttempts }),
    ...(runTimeoutSeconds !== undefined && { runTimeoutMs: runTimeoutSeconds * 1000 }),
  };
  const options = {
    ...rest,
    ...(model !== undefined && { model: inPreference(model) }),
    ...(Object.keys(changes).length > 0 && { changes }),
  };
  if (prompt === undefined && promptAppend === undefined && needs === undefined) return options;
  const before = await textOf(bodies, spec.prompt);
  const begin = prompt ?? before;
  const after = promptAppend === undefined ? begin : `${begin}\n\n${promptAppend}`;
  const refusal = tooLarge({ ...spec, ...changes }, after, promptAppend === undefined ? '/prompt' : '/promptAppend');
  if (refusal !== undefined) return refusal;
  if (after === before) return options;
  // The text before is held too: released, it is erased when no task names it any more.
  if (typeof spec.prompt !== 'string') await texts.store(before);
  const to = await texts.store(after);
  if (prompt !== undefined || promptAppend === undefined) return { ...options, prompt: { to } };
  return { ...options, prompt: { from: spec.prompt, to, addedBytes: Buffer.byteLength(promptAppend) } };
}

/** Requeues or retries one of many. */
export async function requeueOne(
  bodies: Bodies,
  execute: (command: CommandOf<'task.retry' | 'dead.requeue'>) => Promise<object>,
  command: CommandOf<'task.retry'> | CommandOf<'dead.requeue'>,
  spec: StoredSpec,
  wanted: RequeueBody,
): Promise<object> {
  const texts = new BodyWriter(bodies);
  try {
    const options = await requeueOptions(wanted, spec, bodies, texts);
    return options instanceof Refusal ? options : await execute({ ...command, ...options });
  } finally {
    texts.release();
  }
}

function tooLarge({ data, ...spec }: StoredSpec, prompt: string, path: string): Refusal | undefined {
  const dataBytes = data === undefined ? 0 : typeof data === 'string' ? Buffer.byteLength(data) : data.bytes;
  return promptTooLarge(prompt, path) ?? tooLargeTask({ ...spec, prompt }, dataBytes);
}

function promptTooLarge(prompt: string, path: string): Refusal | undefined {
  const bytes = Buffer.byteLength(prompt);
  if (bytes <= LIMITS.promptBytes) return undefined;
  const message = `the prompt would have ${bytes} bytes; at most ${LIMITS.promptBytes} are allowed`;
  return new Refusal('task.too_large', message, [{ path, message }]);
}

/** What is to be different for each, and which dead letters are meant. */
export function changesAndFilter(body: BulkRequeueBody): { changes: RequeueBody; filter: DeadLetterFilter } {
  const isChange = (field: string) => (BULK_CHANGES as readonly string[]).includes(field);
  const part = (wanted: boolean) => Object.entries(body).filter(([field]) => isChange(field) === wanted);
  return { changes: Object.fromEntries(part(true)), filter: Object.fromEntries(part(false)) };
}
