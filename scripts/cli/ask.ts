// A question to the person at the terminal, which a signal ends as well as Ctrl-C does.

import { Interrupted } from './exit.js';
import type { World } from './world.js';

/**
 * The answer; undefined when the person cancels. Throws `Interrupted` at a signal, once the prompt has given the terminal back: the process
 * would else leave it without echo and cursor.
 */
export async function answerOf<T>(world: World, prompt: () => Promise<T | symbol>): Promise<T | undefined> {
  let received: NodeJS.Signals | undefined;
  const release = world.onStopSignal((signal) => {
    received ??= signal;
    world.cancelPrompt();
  });
  try {
    const answer = await prompt();
    if (received !== undefined) throw new Interrupted(received);
    return typeof answer === 'symbol' ? undefined : answer;
  } finally {
    release();
  }
}

/** Whether the person says yes; just Enter is a no. */
export async function isAgreed(world: World, message: string): Promise<boolean> {
  const { confirm } = await import('@clack/prompts');
  return (await answerOf(world, () => confirm({ message, initialValue: false }))) === true;
}
