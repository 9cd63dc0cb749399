// The log of programs that run on: lines for people on a terminal, JSON elsewhere, always on stderr.

import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { World } from './world.js';

const STDERR = 2;

export function stderrLog(world: World, level: string): Logger {
  if (!world.stderr.isTerminal) return pino({ level }, pino.destination({ dest: STDERR, sync: true }));
  const colorize = !world.env.NO_COLOR && world.env.TERM !== 'dumb';
  return pino(
    { level },
    pretty({ colorize, destination: STDERR, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' }),
  );
}
