// What runs beside the coordinator for as long as the hub does: started once, stopped once, and told whether this hub leads.

export abstract class Lifecycle {
  /** Settles when it has ended: undefined after `stop`, else why it could not go on. */
  readonly stopped: Promise<Error | undefined>;
  #settle: (reason: Error | undefined) => void = () => undefined;
  #stopping: Promise<void> | undefined;

  constructor() {
    this.stopped = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Called once. Resolves when it is of use. */
  start(): Promise<void> | void {}

  /** Resolves when nothing of it runs any more. Further calls wait for the same end. */
  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  /** This hub has begun to lead, in `epoch`. */
  onLeading(_epoch: number): void {}

  /** This hub does not lead: not yet, or no longer. */
  onFollowing(): void {}

  protected get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  protected abstract end(): Promise<void> | void;

  /** It cannot go on: whoever owns it is told. */
  protected fail(error: unknown): void {
    this.#settle(error instanceof Error ? error : new Error(String(error)));
  }

  async #end(): Promise<void> {
    try {
      await this.end();
    } finally {
      this.#settle(undefined);
    }
  }
}

/** As `work`, unless the signal fires first: then it rejects with its reason, and what `work` still comes to goes to `late`. */
export async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  late: (value: T) => void = () => undefined,
): Promise<T> {
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } catch (error) {
    work.then(late, () => undefined);
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
