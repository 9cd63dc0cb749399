// Something moving on stderr while a person waits longer than two seconds; nothing anywhere else.

import type { Invocation } from './invocation.js';
import { duration, oneLine } from './text.js';

const QUIET_MS = 2000;
const FRAME_MS = 120;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const ERASE_LINE = '\r\u001b[2K';

/** Runs `work`, which may change the line that is shown. */
export async function withProgress<T>(
  { world, out }: Invocation,
  what: string,
  work: (say: (text: string) => void) => Promise<T>,
): Promise<T> {
  if (out.json || !world.stderr.isTerminal) return work(() => undefined);
  const startedAt = world.now();
  let line = what;
  let frame = 0;
  let drawn = false;
  const timer = setInterval(() => {
    const elapsedMs = world.now() - startedAt;
    if (elapsedMs < QUIET_MS || line === '') return;
    drawn = true;
    frame += 1;
    world.stderr.write(`${ERASE_LINE}${FRAMES[frame % FRAMES.length]} ${line} (${duration(elapsedMs)})`);
  }, FRAME_MS);
  try {
    return await work((text) => {
      line = oneLine(text);
      // A question to the person takes the terminal.
      if (line === '' && drawn) world.stderr.write(ERASE_LINE);
    });
  } finally {
    clearInterval(timer);
    if (drawn) world.stderr.write(ERASE_LINE);
  }
}
