// Requeue and retry with something changed: a fresh session, another model, more of a prompt.

import { LIMITS, type RequeueBody } from '@agentcom/schemas';
import { type Bodies, type BodyWriter, textOf } from '../../../bodies/body-writer.js';
import type { RequeueOptions } from '../../../core/commands.js';
import { Refusal } from '../../../core/decision.js';
import type { StoredSpec } from '../../../core/task/events.js';
import { tooLargeTask } from '../../agent/commands.js';

/** What the command asks for a task of this spec. Texts are held by `texts` until the command is settled. */
export async function requeueOptions(
  { promptAppend, ...rest }: RequeueBody,
  { prompt: from, data, ...spec }: StoredSpec,
  bodies: Bodies,
  texts: BodyWriter,
): Promise<RequeueOptions | Refusal> {
  if (promptAppend === undefined) return rest;
  const before = await textOf(bodies, from);
  const prompt = `${before}\n\n${promptAppend}`;
  const dataBytes = data === undefined ? 0 : typeof data === 'string' ? Buffer.byteLength(data) : data.bytes;
  const refusal = promptTooLarge(prompt) ?? tooLargeTask({ ...spec, prompt }, dataBytes);
  if (refusal !== undefined) return refusal;
  // The text before is held too: released, it is erased when no task names it any more.
  if (typeof from !== 'string') await texts.store(before);
  const to = await texts.store(prompt);
  return { ...rest, prompt: { from, to, addedBytes: Buffer.byteLength(promptAppend) } };
}

function promptTooLarge(prompt: string): Refusal | undefined {
  const bytes = Buffer.byteLength(prompt);
  if (bytes <= LIMITS.promptBytes) return undefined;
  const message = `the prompt would have ${bytes} bytes; at most ${LIMITS.promptBytes} are allowed`;
  return new Refusal('task.too_large', message, [{ path: '/promptAppend', message }]);
}
