// Tables and lists of named values for people, aligned by the columns that texts take on a terminal.

import { clipped, columnsOf } from './columns.js';
import type { Output } from './output.js';
import { oneLine } from './text.js';
import type { Terminal } from './world.js';

export interface Column<Row> {
  readonly head: string;
  readonly of: (row: Row) => string;
  readonly colour?: (text: string, row: Row) => string;
  /** Takes the room that is left; texts past it are cut on a terminal. */
  readonly stretch?: boolean;
  /** No wider than so many columns, on a terminal. */
  readonly clip?: number;
  /** Left out on a terminal that is narrower. */
  readonly wideFrom?: number;
}

const GAP = 2;
const STRETCH_MIN = 16;

/** Rows under their heads, aligned; `empty` when there are none. */
export function table<Row>(
  { colours, terminal }: Output,
  rows: readonly Row[],
  all: readonly Column<Row>[],
  empty: string,
): string {
  if (rows.length === 0) return colours.dim(empty);
  const columns = all.filter(({ wideFrom = 0 }) => !terminal.isTerminal || terminal.columns >= wideFrom);
  const cells = rows.map((row) => columns.map((column) => oneLine(column.of(row))));
  const natural = columns.map((column, i) => {
    const width = Math.max(columnsOf(column.head), ...cells.map((line) => columnsOf(line[i] ?? '')));
    return terminal.isTerminal && column.clip !== undefined ? Math.min(width, column.clip) : width;
  });
  const widths = fitted(natural, columns, terminal);
  const head = columns.map((column, i) => padded(column.head, widths[i] ?? 0)).join(' '.repeat(GAP));
  const lines = cells.map((line, r) =>
    line
      .map((cell, i) => {
        const text = clipped(cell, widths[i] ?? 0);
        const fill = ' '.repeat(Math.max(0, (widths[i] ?? 0) - columnsOf(text)));
        const colour = columns[i]?.colour;
        return (colour === undefined ? text : colour(text, rows[r] as Row)) + fill;
      })
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
  return [colours.dim(head.trimEnd()), ...lines].join('\n');
}

/** Named values below each other; a value of several lines is indented under its name. Undefined ones are left out. */
export function fields({ colours }: Output, pairs: readonly (readonly [string, string | undefined])[]): string {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  const column = Math.max(0, ...shown.map(([name]) => name.length)) + GAP;
  const indent = `\n${' '.repeat(column)}`;
  return shown.map(([name, value]) => colours.dim(name.padEnd(column)) + value.split('\n').join(indent)).join('\n');
}

function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

function fitted(natural: readonly number[], columns: readonly Column<never>[], terminal: Terminal): readonly number[] {
  const stretch = columns.findIndex((column) => column.stretch);
  if (!terminal.isTerminal || stretch === -1) return natural;
  const total = natural.reduce((sum, one) => sum + one, GAP * (natural.length - 1));
  const over = total - terminal.columns;
  if (over <= 0) return natural;
  return natural.map((one, i) => (i === stretch ? Math.max(STRETCH_MIN, one - over) : one));
}
