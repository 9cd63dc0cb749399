// What may be different from here on when a task is retried or requeued.

import type { RequeueBody, TaskState } from '@agentcom/schemas';
import type { Command } from 'commander';
import { usageError } from './exit.js';
import { checkText, promptFrom } from './prompt-text.js';
import type { World } from './world.js';

export interface RequeueFlags {
  readonly freshSession?: boolean;
  readonly model?: string;
  readonly promptAppend?: string;
  readonly promptAppendFile?: string;
}

export function withRequeueOptions(command: Command): Command {
  return command
    .option('--fresh-session', 'start a new session instead of continuing the last one')
    .option('--model <name>', 'use this model from now on')
    .option('--prompt-append <text>', 'append this text to the prompt')
    .option('--prompt-append-file <file>', 'append this file to the prompt; - reads standard input');
}

/** The states in which a task is requeued already; none when it is to go on with something different. */
export function inQueue(body: RequeueBody): readonly TaskState[] {
  return Object.keys(body).length === 0 ? ['queued', 'waiting'] : [];
}

export async function requeueBody(world: World, flags: RequeueFlags): Promise<RequeueBody> {
  const { freshSession, model, promptAppend, promptAppendFile } = flags;
  if (promptAppend !== undefined && promptAppendFile !== undefined)
    throw usageError('give either --prompt-append or --prompt-append-file');
  const added = promptAppendFile === undefined ? promptAppend : await promptFrom(world, promptAppendFile);
  if (added?.trim() === '') throw usageError('the text to append is empty');
  if (added !== undefined) checkText(added, 'the text to append');
  return {
    ...(freshSession === true && { freshSession }),
    ...(model !== undefined && { model }),
    ...(added !== undefined && { promptAppend: added }),
  };
}
