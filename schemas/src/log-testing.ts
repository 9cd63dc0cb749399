// Logs for tests: one that writes nothing, and one that keeps what is written.

import { type LineLogger, type Log, LogThresholds, ThresholdLog } from './log.js';

export type WrittenLine = Readonly<Record<string, unknown>>;

/** What is written to `log`, each line with what its child loggers had attached. */
export function recordedLog(onLine: (line: WrittenLine) => void = () => undefined): {
  readonly lines: WrittenLine[];
  readonly thresholds: LogThresholds;
  readonly log: Log;
} {
  const lines: WrittenLine[] = [];
  const loggerOf = (bindings: object): LineLogger => {
    const write = (level: string) => (fields: object, msg: string) => {
      const line = { level, ...bindings, ...fields, msg };
      lines.push(line);
      onLine(line);
    };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (more) => loggerOf({ ...bindings, ...more }),
    };
  };
  const thresholds = new LogThresholds('info');
  return { lines, thresholds, log: new ThresholdLog(loggerOf({}), thresholds) };
}

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  isOn: () => false,
  child: () => silentLog,
};
