// The direct alerts that people were told of, in a file: a hub that starts again tells nobody a second time, and says when they are over.

import { readFile } from 'node:fs/promises';
import { codeOf, writeDurably } from '@agentcom/schemas/host';
import { type Alert, alertKey } from '../core/alert/alert.js';

export class DirectAlertRecord {
  private constructor(
    private readonly file: string,
    /** By `alertKey`. */
    readonly known: ReadonlyMap<string, Alert>,
  ) {}

  /** A file that cannot be understood is as good as none. */
  static async open(file: string): Promise<DirectAlertRecord> {
    try {
      const alerts = JSON.parse(await readFile(file, 'utf8')) as readonly Alert[];
      return new DirectAlertRecord(file, new Map(alerts.map((alert) => [alertKey(alert), alert])));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && !(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
      return new DirectAlertRecord(file, new Map());
    }
  }

  /** On disk once this resolves. */
  note(alerts: Iterable<Alert>): Promise<void> {
    const told = [...alerts].filter((alert) => alert.told !== undefined);
    return writeDurably(this.file, `${JSON.stringify(told)}\n`);
  }
}
