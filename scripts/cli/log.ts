// The log of programs that run on: JSON, an object a line, on stdout; on stderr where a person looks or stdout has the command's answer.

import { type LogLevel, type LogOutput, LogThresholds, ThresholdLog } from '@agentcom/schemas/log';
import { type DestinationStream, type LoggerOptions, pino } from 'pino';
import { bufferedLines, destination } from './log-buffer.js';
import { printable, printableJson } from './text.js';
import type { World } from './world.js';

const STDOUT = 1;
const STDERR = 2;
/** What waits for a reader that is slow; lines beyond are left out. */
const WAITING_BYTES = 16 * 1024 ** 2;

/** Never in a log, should a part of a message or a request ever get there. */
const REDACTED = ['key', 'token', 'authorization', 'prompt', '*.key', '*.token', '*.authorization', '*.prompt'];

const OPTIONS: LoggerOptions = {
  // What counts is decided by component, and changes.
  level: 'trace',
  base: null,
  timestamp: () => `,"time":"${new Date().toISOString()}"`,
  formatters: { level: (level) => ({ level }) },
  redact: REDACTED,
};

/** `text` is for people, on stderr. */
export type LogPlace = 'stdout' | 'stderr' | 'text';

/** With `answers`, stdout is for what the command itself has to say. */
export function logPlace({ stdout, stderr }: World, { answers }: { readonly answers: boolean }): LogPlace {
  if (!stdout.isTerminal && !answers) return 'stdout';
  return stderr.isTerminal ? 'text' : 'stderr';
}

export async function processLog(world: World, level: LogLevel, place: LogPlace): Promise<LogOutput> {
  if (place !== 'text') {
    const dest = place === 'stdout' ? STDOUT : STDERR;
    // A reader that stops reading must not stop the program.
    return jsonLog(level, bufferedLines(destination({ dest, sync: false, maxLength: WAITING_BYTES })));
  }
  // Only a terminal pays for it.
  const { default: pretty } = await import('pino-pretty');
  const colorize = !world.env.NO_COLOR && world.env.TERM !== 'dumb';
  return jsonLog(level, pretty({ colorize, destination: STDERR, sync: true, translateTime: 'HH:MM:ss' }), printable);
}

/** `shown` makes of each line what a terminal can show: machines name themselves, and whoever asks for something says why. */
export function jsonLog(level: LogLevel, destination: DestinationStream, shown = printableJson): LogOutput {
  const thresholds = new LogThresholds(level);
  const log = new ThresholdLog(pino({ ...OPTIONS, hooks: { streamWrite: shown } }, destination), thresholds);
  return { log, thresholds, write: (lines, arePlain) => destination.write(arePlain ? lines : shown(lines)) };
}
