// What was found out about commits, which never change. The oldest are forgotten.

const REMEMBERED_MAX = 1_000;

export class ByCommit<T> {
  readonly #known = new Map<string, T>();

  get(commit: string): T | undefined {
    return this.#known.get(commit);
  }

  set(commit: string, value: T): T {
    this.#known.set(commit, value);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED_MAX && oldest !== undefined) this.#known.delete(oldest);
    return value;
  }
}
