// One task is retried or requeued: with what is to be different, with a prompt that a person edits, and once they have seen what will run.

import type { RequeueBody, TaskView } from '@agentcom/schemas';
import { changedOrAlready, changedText } from './already.js';
import { isAgreed } from './ask.js';
import type { HubClient } from './client.js';
import { EditedFile } from './edit-text.js';
import { CommandError, EXIT, type ExitCode, failed, usageError } from './exit.js';
import { taskId } from './ids.js';
import type { Invocation } from './invocation.js';
import { promptFrom } from './prompt-text.js';
import { inQueue, type RequeueFlags, requeueBody } from './requeue-options.js';
import { requeueText } from './show-requeue.js';
import type { World } from './world.js';

type Request = 'task.retry' | 'dead.requeue';
const BASE = { 'task.retry': 'retry', 'dead.requeue': 'requeue' } as const;
const PAST = { 'task.retry': 'retried', 'dead.requeue': 'requeued' } as const;

export async function requeueTask(
  invocation: Invocation,
  request: Request,
  given: string,
  flags: RequeueFlags,
  ask = isAgreed,
): Promise<ExitCode | undefined> {
  const { out, world } = invocation;
  const needsPerson = flags.edit === true || flags.confirm === true;
  if (needsPerson && (out.json || !world.canAsk)) throw cannotAsk();
  const asked = await requeueBody(world, flags);
  const client = await invocation.client();
  const id = await taskId(client, given);
  if (!needsPerson) return send(invocation, client, request, id, asked);
  const task = await client.call('task.show', { path: { id } });
  refuseOthers(invocation, request, task);
  const file = flags.edit === true ? await EditedFile.edit(world, task.prompt) : undefined;
  let isKept = file !== undefined;
  try {
    const prompt = file === undefined ? undefined : await textOf(world, file, task.prompt);
    if (file !== undefined && prompt === undefined) {
      isKept = false;
      out.note(`The prompt is unchanged or empty; nothing was ${PAST[request]}.`);
      return EXIT.failed;
    }
    // What was shown or edited is what is retried.
    const body = { ...asked, ...(prompt !== undefined && { prompt }), ifGeneration: task.generation };
    if (flags.confirm === true && !(await isConfirmed(invocation, request, task, body, ask))) {
      if (file !== undefined) out.note(`Your text is in ${file.path}.`);
      return EXIT.failed;
    }
    const exit = await send(invocation, client, request, id, body);
    isKept = false;
    return exit;
  } catch (error) {
    if (file === undefined || !(error instanceof CommandError)) throw error;
    throw error.withRemedy(`${error.remedy === undefined ? '' : `${error.remedy}\n`}Your text is in ${file.path}.`);
  } finally {
    if (!isKept) await file?.remove();
  }
}

/** Nobody edits a text for a task that is running again. The hub refuses the same, should it begin meanwhile. */
function refuseOthers(invocation: Invocation, request: Request, { id, state, reason }: TaskView): void {
  const isWaiting = state === 'scheduled' && reason !== 'notBefore';
  if (state === 'dead' || (request === 'task.retry' && isWaiting)) return;
  const remedy = `See what it is doing with: ${invocation.hint(`task why ${id}`)}`;
  throw failed(request === 'task.retry' ? 'task.not_retryable' : 'task.not_dead', `the task is ${state}`, remedy);
}

/** Undefined when it says nothing new. The line end behind it is the editor's. */
async function textOf(world: World, file: EditedFile, before: string): Promise<string | undefined> {
  const text = (await promptFrom(world, file.path)).replace(/^\uFEFF/, '');
  const ended = before.endsWith('\n') ? text : text.replace(/\r?\n$/, '');
  return ended.trim() === '' || ended === before ? undefined : ended;
}

async function isConfirmed(
  invocation: Invocation,
  request: Request,
  task: TaskView,
  body: RequeueBody,
  ask: typeof isAgreed,
) {
  invocation.out.note(requeueText(invocation.out, task, body));
  const verb = BASE[request];
  if (await ask(invocation.world, `${verb.charAt(0).toUpperCase()}${verb.slice(1)} it?`)) return true;
  invocation.out.note(`Nothing was ${PAST[request]}.`);
  return false;
}

async function send(
  { out }: Invocation,
  client: HubClient,
  request: Request,
  id: string,
  body: RequeueBody,
): Promise<undefined> {
  const changed = await changedOrAlready(client, id, inQueue(body), () => client.call(request, { path: { id }, body }));
  out.answer(changed.task, () => changedText(changed));
  return undefined;
}

export function cannotAsk(): CommandError {
  return usageError('--edit and --confirm need a terminal', 'Leave them out; --prompt-file gives a whole new prompt.');
}
