// What happened, line by line: all of it when asked for, else only the newest lines, which a broken promise is shown with.

const KEPT = 40;

interface Entry {
  readonly at: number;
  readonly who: string;
  readonly what: string;
  readonly about: readonly unknown[];
}

export class Trace {
  readonly #newest: Entry[] = [];
  #count = 0;

  /** `print` gets every line as it happens. */
  constructor(
    private readonly now: () => number,
    private readonly print: ((line: string) => void) | null,
  ) {}

  /** `about` is written out only when it is shown, so it must not be changed later. */
  note(who: string, what: string, ...about: readonly unknown[]): void {
    const entry = { at: this.now(), who, what, about };
    if (this.print !== null) this.print(lineOf(entry));
    this.#newest[this.#count++ % KEPT] = entry;
  }

  /** The newest lines, oldest first. */
  newest(): string[] {
    const start = Math.max(0, this.#count - KEPT);
    const lines: string[] = [];
    for (let i = start; i < this.#count; i++) {
      const entry = this.#newest[i % KEPT];
      if (entry !== undefined) lines.push(lineOf(entry));
    }
    return lines;
  }
}

function lineOf({ at, who, what, about }: Entry): string {
  const details = about.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' ');
  return `${(at / 1000).toFixed(3).padStart(9)}  ${who.padEnd(10)} ${what} ${details}`.trimEnd();
}
