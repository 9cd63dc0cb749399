// The end of a program: what was started last is stopped first, once, whoever asks and however often.

type Step = () => void | Promise<void>;

export class Shutdown {
  readonly #steps: Step[] = [];
  #running: Promise<void> | null = null;
  #settle: (reason: Error | null) => void = () => undefined;
  /** Resolves when everything is stopped: with what forced the end, or null. */
  readonly ended: Promise<Error | null>;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get begun(): boolean {
    return this.#running !== null;
  }

  /** Adds what has to be done at the end, before everything added earlier. */
  add(step: Step): void {
    this.#steps.push(step);
  }

  /** A step that fails does not keep the others from being done. */
  end(reason: Error | null): Promise<void> {
    this.#running ??= this.#run(reason);
    return this.#running;
  }

  async #run(reason: Error | null): Promise<void> {
    let failure = reason;
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        failure ??= error instanceof Error ? error : new Error(String(error));
      }
    }
    this.#settle(failure);
  }
}
