// Work on much text goes on a part at a time, and of all that goes on, one part in each turn of the event loop: however many read logs at once,
// others wait for no more than that.

/** How long a part is: so much text, in so many messages at most. */
const PART_CHARS = 128 * 1024;
const PART_MESSAGES = 64;

export class LoopShare {
  readonly #waiting: (() => void)[] = [];
  #isDue = false;

  /** For one piece of work. */
  begin(): (chars: number) => Promise<void> | undefined {
    let [chars, messages] = [0, 0];
    return (more) => {
      chars += more;
      messages += 1;
      if (chars < PART_CHARS && messages < PART_MESSAGES) return undefined;
      [chars, messages] = [0, 0];
      return this.#next();
    };
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#later();
    });
  }

  #later(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#later();
    });
  }
}
