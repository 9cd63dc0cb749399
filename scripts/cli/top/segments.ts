// Lines of a terminal: what fits on one is cut by columns before it is coloured, so that no cut ends in the middle of a colour.

import { clipped, columnsOf } from '../columns.js';
import { oneLine } from '../text.js';

type Colour = (text: string) => string;
/** A text in one line, and its colour. */
export type Segment = string | readonly [string, Colour];

/** In at most so many columns. */
export function painted(segments: readonly Segment[], columns: number): string {
  let left = columns;
  let line = '';
  for (const segment of segments) {
    const [text, colour] = typeof segment === 'string' ? [segment, undefined] : segment;
    const shown = clipped(text, left);
    left -= columnsOf(shown);
    line += colour === undefined || shown === '' ? shown : colour(shown);
    if (left <= 0) break;
  }
  return line;
}

/** `right` stands at the end of the line, and is whole as long as it fits at all. */
export function between(left: readonly Segment[], right: readonly Segment[], columns: number): string {
  const width = Math.min(columns, widthOf(right));
  const room = Math.max(0, columns - width - 1);
  const first = painted(left, room);
  const gap = ' '.repeat(Math.max(0, columns - Math.min(room, widthOf(left)) - width));
  return first + gap + painted(right, width);
}

function widthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + columnsOf(typeof segment === 'string' ? segment : segment[0]), 0);
}

export interface Cell {
  readonly text: string;
  /** Columns; the one cell without takes what is left. */
  readonly width?: number;
  readonly colour?: Colour | undefined;
}

const GAP = 2;

/** One row of a table. Texts of others come in as they are. */
export function cells(row: readonly Cell[], columns: number): Segment[] {
  const fixed = row.reduce((sum, { width = 0 }) => sum + width, GAP * (row.length - 1));
  return row.flatMap(({ text, width = Math.max(0, columns - fixed), colour }, i): Segment[] => {
    const shown = clipped(oneLine(text), width);
    const fill = ' '.repeat(Math.max(0, width - columnsOf(shown)) + (i === row.length - 1 ? 0 : GAP));
    return [colour === undefined ? shown : [shown, colour], fill];
  });
}

/** The text in lines of at most so many columns, broken between words where that is possible; what is beyond `lines` is cut. */
export function wrapped(text: string, columns: number, lines: number): string[] {
  const words = oneLine(text).split(' ');
  const made: string[] = [];
  let line = '';
  for (const [i, word] of words.entries()) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (columnsOf(longer) <= columns) {
      line = longer;
      continue;
    }
    if (made.length === lines - 1) {
      line = [line, ...words.slice(i)].filter((one) => one !== '').join(' ');
      break;
    }
    if (line !== '') made.push(line);
    line = word;
  }
  return [...made, clipped(line, columns)].slice(0, lines).map((one) => clipped(one, columns));
}
