// What is remembered of backups beside the files themselves: when one was last proven, drilled with and copied off-site.

import { readFile } from 'node:fs/promises';
import { codeOf, writeDurably } from '@agentcom/schemas/host';

/** Wall clock, ms. */
export interface BackupTimes {
  readonly provedAt?: number;
  readonly drilledAt?: number;
  readonly offSiteAt?: number;
}

export class BackupRecord {
  private constructor(
    private readonly file: string,
    private known: BackupTimes,
  ) {}

  /** A file that cannot be understood is as good as none: a proof is due then. */
  static async open(file: string): Promise<BackupRecord> {
    try {
      return new BackupRecord(file, JSON.parse(await readFile(file, 'utf8')) as BackupTimes);
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return new BackupRecord(file, {});
      throw error;
    }
  }

  get times(): BackupTimes {
    return this.known;
  }

  /** On disk once this resolves. */
  note(times: BackupTimes): Promise<void> {
    this.known = { ...this.known, ...times };
    return writeDurably(this.file, `${JSON.stringify(this.known)}\n`);
  }
}
