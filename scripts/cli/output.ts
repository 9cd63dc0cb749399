// What a command says: a value as one line of JSON with `--json`, else aligned text; errors to stderr with what to do.

import pc from 'picocolors';
import { type CommandError, EXIT } from './exit.js';
import { clipped, oneLine, padded, printable, width } from './text.js';
import type { Terminal, World } from './world.js';

export type Colours = ReturnType<typeof pc.createColors>;

export interface Column<Row> {
  readonly head: string;
  readonly of: (row: Row) => string;
  readonly colour?: (text: string, row: Row) => string;
  /** Takes the room that is left; texts past it are cut on a terminal. */
  readonly stretch?: boolean;
}

const GAP = 2;
const STRETCH_MIN = 16;

export class Output {
  readonly colours: Colours;
  readonly #stderrColours: Colours;

  constructor(
    private readonly world: World,
    readonly json: boolean,
  ) {
    this.colours = coloursFor(world.stdout, world.env);
    this.#stderrColours = coloursFor(world.stderr, world.env);
  }

  /** The one answer of a command. `human` is called only when a person reads it. */
  answer(value: unknown, human: () => string): void {
    this.world.stdout.write(this.json ? `${JSON.stringify(value)}\n` : ensureNewline(human()));
  }

  /** A remark beside the answer: stderr, and silent with `--json`. */
  note(text: string): void {
    if (!this.json) this.world.stderr.write(ensureNewline(text));
  }

  warning(text: string): void {
    this.note(`${this.#stderrColours.yellow('warning:')} ${text}`);
  }

  error(error: CommandError): void {
    this.world.stderr.write(this.json ? `${JSON.stringify({ error: errorValue(error) })}\n` : this.#errorText(error));
  }

  /** Rows under their heads, aligned; `empty` when there are none. */
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], empty: string): string {
    if (rows.length === 0) return this.colours.dim(empty);
    const cells = rows.map((row) => columns.map((column) => oneLine(column.of(row))));
    const natural = columns.map((column, i) =>
      Math.max(width(column.head), ...cells.map((line) => width(line[i] ?? ''))),
    );
    const widths = this.#fitted(natural, columns);
    const head = columns.map((column, i) => padded(column.head, widths[i] ?? 0)).join(' '.repeat(GAP));
    const lines = cells.map((line, r) =>
      line
        .map((cell, i) => {
          const text = clipped(cell, widths[i] ?? 0);
          const fill = i === line.length - 1 ? '' : ' '.repeat((widths[i] ?? 0) - width(text));
          const colour = columns[i]?.colour;
          return (colour === undefined ? text : colour(text, rows[r] as Row)) + fill;
        })
        .join(' '.repeat(GAP))
        .trimEnd(),
    );
    return [this.colours.dim(head.trimEnd()), ...lines].join('\n');
  }

  /** Named values below each other; a value of several lines is indented under its name. Undefined ones are left out. */
  fields(pairs: readonly (readonly [string, string | undefined])[]): string {
    const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
    const column = Math.max(0, ...shown.map(([name]) => width(name))) + GAP;
    const indent = `\n${' '.repeat(column)}`;
    return shown
      .map(([name, value]) => this.colours.dim(padded(name, column)) + printableLines(value).join(indent))
      .join('\n');
  }

  #fitted(natural: readonly number[], columns: readonly Column<never>[]): readonly number[] {
    const stretch = columns.findIndex((column) => column.stretch);
    if (!this.world.stdout.isTerminal || stretch === -1) return natural;
    const total = natural.reduce((sum, one) => sum + one, GAP * (natural.length - 1));
    const over = total - this.world.stdout.columns;
    if (over <= 0) return natural;
    return natural.map((one, i) => (i === stretch ? Math.max(STRETCH_MIN, one - over) : one));
  }

  #errorText(error: CommandError): string {
    const colours = this.#stderrColours;
    const lines = [`${colours.red('error:')} ${this.#errorHead(error)}`];
    for (const detail of error.details) {
      lines.push(
        `  ${colours.bold(oneLine(detail.path === '' ? '(whole)' : detail.path))}  ${oneLine(detail.message)}`,
      );
    }
    if (error.remedy !== undefined) lines.push(printable(error.remedy));
    if (error.traceId !== undefined) lines.push(colours.dim(`trace id ${oneLine(error.traceId)}`));
    return `${lines.join('\n')}\n`;
  }

  #errorHead(error: CommandError): string {
    const message = printable(error.message);
    return error.exit === EXIT.usage ? message : `${error.code}: ${message}`;
  }
}

function errorValue(error: CommandError): Record<string, unknown> {
  return {
    code: error.code,
    message: error.message,
    exit: error.exit,
    ...(error.details.length > 0 && { details: error.details }),
    ...(error.remedy !== undefined && { remedy: error.remedy }),
    ...(error.traceId !== undefined && { traceId: error.traceId }),
  };
}

/** Colour only on a terminal, and not where the environment asks for none. */
function coloursFor(terminal: Terminal, env: World['env']): Colours {
  return pc.createColors(terminal.isTerminal && !env.NO_COLOR && env.TERM !== 'dumb');
}

/** Keeps our own colours: only texts of others go through `printable`, before they get here. */
function printableLines(value: string): readonly string[] {
  return value.split('\n');
}

function ensureNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** What to add to a list that goes on. */
export function nextPage(page: { readonly nextCursor: string | null }): string {
  return page.nextCursor === null ? '' : `\nThere is more: add --cursor ${oneLine(page.nextCursor)}`;
}
