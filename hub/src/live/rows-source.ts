// A view of few rows: they are made anew whenever something has changed that they are about.

import { RowLog } from './row-log.js';
import type { Differs, LiveSource, Look, Topic } from './source.js';

export interface Rows {
  readonly rows: readonly { readonly id: string }[];
  readonly total: number;
}

export interface RowsOptions {
  readonly topics: readonly Topic[];
  readonly refreshMs?: number;
  readonly restMs?: number;
  /** Undefined while something is still being fetched. */
  readonly rowsOf: (look: Look) => Rows | undefined;
}

export class RowsSource implements LiveSource {
  readonly topics: ReadonlySet<Topic>;
  readonly refreshMs: number | undefined;
  readonly restMs: number;
  readonly log = new RowLog();
  isSettled = false;
  readonly showsParts = false;
  readonly needsLook = false;
  readonly #rowsOf: RowsOptions['rowsOf'];

  constructor({ topics, refreshMs, restMs = 0, rowsOf }: RowsOptions) {
    this.topics = new Set(topics);
    this.refreshMs = refreshMs;
    this.restMs = restMs;
    this.#rowsOf = rowsOf;
  }

  look(look: Look): void {
    const made = this.#rowsOf(look);
    if (made === undefined) return;
    this.log.replace(
      made.rows.map((row) => [row.id, JSON.stringify(row)] as const),
      made.total,
    );
    this.isSettled = true;
  }

  restart(): void {}

  differs(): Differs | undefined {
    return undefined;
  }
}
