// Programs of the benchmark that run in processes of their own, and the messages by which they are told what to do.

import type { Child } from '../support/child.js';
import type { Sandbox } from '../support/sandbox.js';
import { within } from '../support/wait.js';

interface Order {
  readonly order: number;
  readonly name: string;
  readonly input: unknown;
}

interface Report {
  readonly order: number;
  readonly output?: unknown;
  readonly error?: string;
}

/** The orders a program takes: by name, from what they get to what they give. */
export type Orders = Readonly<Record<string, (input: never) => Promise<unknown>>>;

type InputOf<O extends Orders, Name extends keyof O> = Parameters<O[Name]>[0];
type OutputOf<O extends Orders, Name extends keyof O> = Awaited<ReturnType<O[Name]>>;

/** One such program, seen from the benchmark. */
export class Agents<O extends Orders> {
  readonly #child: Child;
  readonly #open = new Map<number, (report: Report) => void>();
  #next = 1;

  /** `module` is the URL of the built program. */
  constructor(sandbox: Sandbox, module: URL) {
    this.#child = sandbox.run(process.execPath, [module.pathname], { ipc: true });
    this.#child.process.on('message', (report: Report) => this.#open.get(report.order)?.(report));
  }

  /** Gives an order and waits until it is done. */
  async do<Name extends keyof O & string>(
    name: Name,
    input: InputOf<O, Name>,
    timeoutMs: number,
  ): Promise<OutputOf<O, Name>> {
    const order = this.#next++;
    const done = new Promise<Report>((resolve, reject) => {
      this.#open.set(order, resolve);
      void this.#child.ended.then(() =>
        reject(new Error(`the program for "${name}" ended early:\n${this.#child.tail}`)),
      );
    });
    const message: Order = { order, name, input };
    this.#child.process.send(message);
    try {
      const { output, error } = await within(done, timeoutMs, `"${name}"`);
      if (error !== undefined) throw new Error(error);
      return output as OutputOf<O, Name>;
    } finally {
      this.#open.delete(order);
    }
  }

  end(): Promise<void> {
    return this.#child.kill9();
  }
}

/** Called by such a program: takes orders until the benchmark is gone. */
export function takeOrders(orders: Orders): void {
  const send = (report: Report): void => void process.send?.(report);
  process.on('message', ({ order, name, input }: Order) => {
    const work = orders[name] as ((input: unknown) => Promise<unknown>) | undefined;
    if (work === undefined) return send({ order, error: `no order "${name}"` });
    work(input).then(
      (output) => send({ order, output }),
      (error: unknown) =>
        send({ order, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
