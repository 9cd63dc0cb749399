// The enrolment token, from a file, the environment or a person; never from the command line, where every user of the machine
// could read it.

import { resolve } from 'node:path';
import { readBounded } from '@agentcom/schemas/host';
import { answerOf } from '../ask.js';
import { CommandError, codeOf, EXIT, failed, usageError } from '../exit.js';
import type { World } from '../world.js';

/** Undefined when none was given; a person is not asked. */
export function readToken(world: World, file: string | undefined): string | undefined {
  const { AGENTCOM_TOKEN: given, AGENTCOM_TOKEN_FILE: fileInEnv } = world.env;
  const named = file ?? (given ? undefined : fileInEnv || undefined);
  if (named === undefined) return given?.trim() || undefined;
  const path = resolve(world.cwd, named);
  let token: string;
  try {
    token = readBounded(path).toString('utf8').trim();
  } catch (cause) {
    throw usageError(`the token file ${path} cannot be read (${codeOf(cause)})`);
  }
  if (token === '') throw usageError(`the token file ${path} is empty`);
  return token;
}

export async function promptForToken(world: World): Promise<string> {
  if (!world.canAsk)
    throw usageError('no token was given', 'Give --token-file or AGENTCOM_TOKEN. `agentcom agent invite` creates one.');
  const { password } = await import('@clack/prompts');
  const typed = await answerOf(world, () => password({ message: 'Token from `agentcom agent invite`' }));
  if (typed === undefined) throw new CommandError(EXIT.cancelled, 'cancelled', 'cancelled; nothing was changed');
  if (typed.trim() === '') throw failed('enrolment.invalid', 'the token is empty');
  return typed.trim();
}
