// Draws lines on a terminal: only those that are different from what is there, so that nothing flickers.

import type { Terminal } from '../world.js';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
/** Before the line: behind one that is as wide as the terminal it would erase the last character. */
const ERASE_TO_END = '\u001b[K';
const CLEAR = '\u001b[2J';

export class Screen {
  readonly #terminal: Pick<Terminal, 'write'>;
  #drawn: readonly string[] | undefined;
  #isOpen = false;

  constructor(terminal: Pick<Terminal, 'write'>) {
    this.#terminal = terminal;
  }

  /** What was there before is shown again by `close`. */
  open(): void {
    this.#isOpen = true;
    this.#terminal.write(ENTER);
  }

  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    const before = this.#drawn;
    const changed = lines.flatMap((line, i) =>
      before?.[i] === line ? [] : [`\u001b[${i + 1};1H${ERASE_TO_END}${line}`],
    );
    this.#drawn = lines;
    if (changed.length > 0) this.#terminal.write(changed.join(''));
  }

  /** Everything is drawn the next time: the terminal has another size, or something else has written on it. */
  forget(): void {
    this.#drawn = undefined;
    if (this.#isOpen) this.#terminal.write(CLEAR);
  }

  /** Again is nothing. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#terminal.write(LEAVE);
  }
}
