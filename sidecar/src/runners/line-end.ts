// The end of a line that is too long to be kept, in the pieces it came in: an event may stand there, after what a program printed without
// ending its line.

export class LineEnd {
  readonly #charsMax: number;
  #pieces: string[] = [];
  #chars = 0;

  constructor(charsMax: number) {
    this.#charsMax = charsMax;
  }

  add(piece: string): void {
    this.#pieces.push(piece);
    this.#chars += piece.length;
    while (this.#chars - (this.#pieces[0]?.length ?? 0) >= this.#charsMax) {
      this.#chars -= this.#pieces.shift()?.length ?? 0;
    }
  }

  /** At least so many of the newest characters, or all. Then it is empty. */
  take(): string {
    const text = this.#pieces.join('');
    this.#pieces = [];
    this.#chars = 0;
    return text;
  }
}
