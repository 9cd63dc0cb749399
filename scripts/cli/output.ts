// What a command says: a value as one line of JSON with `--json`, else aligned text; errors to stderr with what to do.

import { LIMITS } from '@agentcom/schemas/limits';
import pc from 'picocolors';
import { type CommandError, EXIT } from './exit.js';
import { counted, jsonLine, oneLine, printable } from './text.js';
import type { Terminal, World } from './world.js';

export type Colours = ReturnType<typeof pc.createColors>;

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
    this.world.stdout.write(this.json ? jsonLine(value) : ensureNewline(human()));
  }

  /** A remark beside the answer: stderr, and silent with `--json`. */
  note(text: string): void {
    if (!this.json) this.world.stderr.write(ensureNewline(text));
  }

  warning(text: string): void {
    this.note(`${this.#stderrColours.yellow('warning:')} ${text}`);
  }

  get terminal(): Terminal {
    return this.world.stdout;
  }

  error(error: CommandError): void {
    this.world.stderr.write(this.json ? jsonLine({ error: errorValue(error) }) : this.#errorText(error));
  }

  #errorText(error: CommandError): string {
    const colours = this.#stderrColours;
    const lines = [`${colours.red('error:')} ${this.#errorHead(error)}`];
    for (const detail of error.details) {
      lines.push(`  ${colours.bold(oneLine(detail.path === '' ? '(all)' : detail.path))}  ${oneLine(detail.message)}`);
    }
    if (error.remedy !== undefined) lines.push(printable(error.remedy));
    if (error.traceId !== undefined) lines.push(colours.dim(`trace id ${oneLine(error.traceId)}`));
    return `${lines.join('\n')}\n`;
  }

  #errorHead(error: CommandError): string {
    const message = printable(error.message);
    return error.exit === EXIT.usage ? message : `${oneLine(error.code)}: ${message}`;
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

function ensureNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** What a list of tasks or the like ends with: how many there are, what is left out, and how to go on. */
export function pageEnd(
  { colours }: Output,
  page: {
    readonly items: readonly unknown[];
    readonly nextCursor: string | null;
    readonly total?: number;
    readonly others?: number;
  },
  noun: string,
): string {
  const { items, total, others = 0 } = page;
  const leftOut = others === 0 ? '' : `--all shows ${many(others)} more`;
  if (items.length === 0) return leftOut === '' ? '' : `\n${colours.dim(`yours only; ${leftOut}`)}`;
  const all =
    total === undefined || total === items.length
      ? counted(items.length, noun)
      : `${items.length} of ${many(total)} ${noun}s`;
  return `\n${colours.dim(leftOut === '' ? all : `${all} of yours; ${leftOut}`)}${nextPage(page)}`;
}

function many(total: number): string {
  const text = total.toLocaleString('en');
  return total >= LIMITS.countedTasks ? `${text} or more` : text;
}

/** What to add to a list that goes on. */
export function nextPage(page: { readonly nextCursor: string | null }): string {
  return page.nextCursor === null ? '' : `\nMore: add --cursor ${oneLine(page.nextCursor)}`;
}
