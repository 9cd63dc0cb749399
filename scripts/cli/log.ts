// The log of programs that run on: lines for people on a terminal, JSON elsewhere, always on stderr.

import { type Logger, pino } from 'pino';
import type { World } from './world.js';

const STDERR = 2;

export async function stderrLog(world: World, level: string): Promise<Logger> {
  if (!world.stderr.isTerminal) return pino({ level }, pino.destination({ dest: STDERR, sync: true }));
  // Only a terminal pays for it.
  const { default: pretty } = await import('pino-pretty');
  const colorize = !world.env.NO_COLOR && world.env.TERM !== 'dumb';
  return pino(
    { level },
    pretty({ colorize, destination: STDERR, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' }),
  );
}
