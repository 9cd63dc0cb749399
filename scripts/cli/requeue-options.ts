// What may be different from here on when a task is retried or requeued.

import type { Lane, RequeueBody, RunnerKind, TaskState } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { LANES } from '@agentcom/schemas/names';
import { type Command, Option } from 'commander';
import { usageError } from './exit.js';
import { parseCost, parseList, timeSpan, wholeNumber } from './options.js';
import { models, preferencesOf, runners } from './preferences.js';
import { checkText, promptFrom, promptOf } from './prompt-text.js';
import type { World } from './world.js';

export interface RequeueFlags {
  readonly freshSession?: boolean;
  readonly keepBudget?: boolean;
  readonly maxCost?: number;
  readonly maxTokens?: number;
  readonly toLane?: Lane;
  readonly needs?: readonly string[];
  readonly runner?: readonly RunnerKind[];
  readonly model?: readonly string[];
  readonly maxAttempts?: number;
  readonly runTimeout?: number;
  readonly prompt?: string;
  readonly promptFile?: string;
  readonly promptAppend?: string;
  readonly promptAppendFile?: string;
  readonly edit?: boolean;
  readonly confirm?: boolean;
}

export function withRequeueOptions(command: Command): Command {
  return command
    .option('--fresh-session', 'start a new session instead of continuing the last one')
    .option('--runner <kinds>', 'use this runner from now on; several in order of preference', runners)
    .option('--model <names>', 'use this model from now on; several in order of preference', models)
    .addOption(new Option('--to-lane <lane>', 'move it to this lane').choices(LANES))
    .option('--needs <capabilities>', 'capabilities the agent must have from now on; "" for none', parseNeeds)
    .option('--max-attempts <n>', 'attempts from now on', wholeNumber(1, LIMITS.maxAttempts))
    .option(
      '--run-timeout <time>',
      'time limit for one attempt, such as 90s, 10m or 2h',
      timeSpan(1, LIMITS.runTimeoutSeconds),
    )
    .option(
      '--max-cost <amount>',
      'a new budget: stop above this cost, such as 2.50; of several runners or models, use the cheapest that stays below',
      parseCost,
    )
    .option('--max-tokens <n>', 'a new budget: stop above this many tokens', wholeNumber(1, LIMITS.amount))
    .option('--keep-budget', 'what was used so far still counts against the budget')
    .option('--prompt <text>', 'replace the prompt')
    .option('--prompt-file <file>', 'replace the prompt by this file; - reads standard input')
    .option('--prompt-append <text>', 'append this text to the prompt')
    .option('--prompt-append-file <file>', 'append this file to the prompt; - reads standard input')
    .option('--edit', 'edit the prompt first, in $VISUAL or $EDITOR; nothing happens unless you change it')
    .option('--confirm', 'show what will run, and ask first');
}

function parseNeeds(text: string, before?: readonly string[]): readonly string[] {
  return text === '' ? [] : parseList(text, before);
}

/** The states in which a task is requeued already; none when it is to go on with something different. */
export function inQueue(body: RequeueBody): readonly TaskState[] {
  return Object.keys(body).length === 0 ? ['queued', 'waiting'] : [];
}

export async function requeueBody(world: World, flags: RequeueFlags): Promise<RequeueBody> {
  const { freshSession, keepBudget, maxCost, maxTokens, toLane, needs, maxAttempts, runTimeout } = flags;
  return {
    ...(freshSession === true && { freshSession }),
    ...(keepBudget === true && { keepBudget }),
    ...((maxCost !== undefined || maxTokens !== undefined) && {
      budget: {
        ...(maxCost !== undefined && { costMicros: maxCost }),
        ...(maxTokens !== undefined && { tokens: maxTokens }),
      },
    }),
    ...(toLane !== undefined && { lane: toLane }),
    ...(needs !== undefined && { needs }),
    ...preferencesOf(flags),
    ...(maxAttempts !== undefined && { maxAttempts }),
    ...(runTimeout !== undefined && { runTimeoutSeconds: runTimeout }),
    ...(await promptBody(world, flags)),
  };
}

async function promptBody(world: World, flags: RequeueFlags): Promise<Pick<RequeueBody, 'prompt' | 'promptAppend'>> {
  const { edit, prompt, promptFile, promptAppend, promptAppendFile } = flags;
  const given = [prompt, promptFile, promptAppend, promptAppendFile].filter((text) => text !== undefined);
  if (given.length > 1 || (given.length === 1 && edit === true))
    throw usageError('give one of --prompt, --prompt-file, --prompt-append, --prompt-append-file and --edit');
  if ((prompt ?? promptFile) !== undefined) return { prompt: await promptOf(world, flags) };
  const added = promptAppendFile === undefined ? promptAppend : await promptFrom(world, promptAppendFile);
  if (added === undefined) return {};
  if (added.trim() === '') throw usageError('the text to append is empty');
  checkText(added, 'the text to append');
  return { promptAppend: added };
}
