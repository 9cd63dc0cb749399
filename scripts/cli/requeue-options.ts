// What may be different from here on when a task is retried or requeued.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { RequeueBody } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import type { Command } from 'commander';
import { codeOf, usageError } from './exit.js';
import type { World } from './world.js';

export interface RequeueFlags {
  readonly freshSession?: boolean;
  readonly model?: string;
  readonly promptAppend?: string;
  readonly promptAppendFile?: string;
}

export function withRequeueOptions(command: Command): Command {
  return command
    .option('--fresh-session', 'begin a new session instead of going on with the last one')
    .option('--model <name>', 'use this model from now on')
    .option('--prompt-append <text>', 'add this to the prompt')
    .option('--prompt-append-file <file>', 'add what is in this file to the prompt; - reads standard input');
}

export async function requeueBody(world: World, flags: RequeueFlags): Promise<RequeueBody> {
  const { freshSession, model, promptAppend, promptAppendFile } = flags;
  if (promptAppend !== undefined && promptAppendFile !== undefined)
    throw usageError('give either --prompt-append or --prompt-append-file');
  const added = promptAppendFile === undefined ? promptAppend : await promptFrom(world, promptAppendFile);
  if (added?.trim() === '') throw usageError('the text to add to the prompt is empty');
  return {
    ...(freshSession === true && { freshSession }),
    ...(model !== undefined && { model }),
    ...(added !== undefined && { promptAppend: added }),
  };
}

/** A text for a prompt; - stands for standard input. */
export async function promptFrom(world: World, file: string): Promise<string> {
  if (file === '-') return world.readStdin(LIMITS.promptBytes);
  try {
    return await readFile(resolve(world.cwd, file), 'utf8');
  } catch (cause) {
    throw usageError(`the prompt file ${file} cannot be read (${codeOf(cause)})`);
  }
}
