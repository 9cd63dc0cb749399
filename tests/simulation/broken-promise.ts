/** What the simulation found broken. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';

  /** `promise` is its number in the design, or a word for what follows from several. */
  constructor(
    readonly promise: string,
    message: string,
  ) {
    super(message);
  }
}
