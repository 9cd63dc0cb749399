// That somebody wants the program to end. It may be said before there is one.

export type StopReason = 'asked' | null;

export class StopRequest {
  #reason: StopReason | undefined;
  #listener: ((reason: StopReason) => void) | undefined;

  /** Said again, it changes nothing: the first reason counts. */
  request(reason: StopReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#listener?.(reason);
  }

  get isRequested(): boolean {
    return this.#reason !== undefined;
  }

  /** Calls it at once when it was said before. */
  listen(listener: (reason: StopReason) => void): void {
    this.#listener = listener;
    if (this.#reason !== undefined) listener(this.#reason);
  }
}
