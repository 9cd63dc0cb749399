// The prompt of a task, from the command line, a file or standard input: text in UTF-8 within the limit.

import { isUtf8 } from 'node:buffer';
import { resolve } from 'node:path';
import { readBounded } from '@agentcom/schemas/host/bounded-file';
import { LIMITS } from '@agentcom/schemas/limits';
import { type CommandError, codeOf, failed, usageError } from './exit.js';
import type { World } from './world.js';

const BYTE_ORDER_MARK_BYTES = 3;

export interface PromptFlags {
  readonly prompt?: string;
  readonly promptFile?: string;
}

export async function promptOf(world: World, { prompt, promptFile }: PromptFlags): Promise<string> {
  if ((prompt === undefined) === (promptFile === undefined)) {
    throw usageError('give either --prompt-file or --prompt', '--prompt-file - reads standard input.');
  }
  const text = (prompt ?? (await promptFrom(world, promptFile ?? ''))).replace(/^\uFEFF/, '');
  if (text.trim() === '') throw usageError('the prompt is empty');
  checkText(text, prompt === undefined ? `the prompt file ${promptFile}` : '--prompt');
  if (Buffer.byteLength(text) > LIMITS.promptBytes) throw tooLarge();
  return text;
}

function tooLarge(): CommandError {
  return failed(
    'task.too_large',
    `the prompt is larger than ${LIMITS.promptBytes / 1024} KiB`,
    'Put large material into the repository instead.',
  );
}

/** What a shell hands over that is not UTF-8 arrives with replacement characters in it. */
export function checkText(text: string, what: string): void {
  if (text.includes('\0') || text.includes('\uFFFD')) throw usageError(`${what} is not text in UTF-8`);
}

/** A text for a prompt; - stands for standard input. */
export async function promptFrom(world: World, file: string): Promise<string> {
  if (file === '-') return world.readStdin(LIMITS.promptBytes);
  let bytes: Buffer;
  try {
    bytes = readBounded(resolve(world.cwd, file), LIMITS.promptBytes + BYTE_ORDER_MARK_BYTES);
  } catch (cause) {
    if (codeOf(cause) === 'EFBIG') throw tooLarge();
    throw usageError(`the prompt file ${file} cannot be read (${codeOf(cause)})`);
  }
  if (!isUtf8(bytes)) {
    throw usageError(
      `the prompt file ${file} is not text in UTF-8`,
      'Convert it, for example with: iconv -f ISO-8859-1 -t UTF-8',
    );
  }
  return bytes.toString('utf8');
}
