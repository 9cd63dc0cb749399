// Hands what the state has pending to the outbox, and tells the state once that is durable there. A new leader hands over again whatever its
// predecessor did not come to say; the outbox knows it by its id.

import type { Cancel, Scheduler } from '@agentcom/schemas';
import type { CommandOf } from '../core/commands.js';
import { Refusal } from '../core/refusal.js';
import type { State } from '../core/state.js';
import { Lifecycle } from '../lifecycle.js';
import { deliveriesOf } from './deliveries.js';
import type { Deliveries, Delivery } from './ports.js';

/** Handed over together. */
const PAGE = 100;
const RETRY_MS = 1_000;

export interface DispatcherParts {
  /** As decided so far, perhaps not durable yet. */
  readonly state: () => State;
  /** What `look` sees is durable. */
  readonly read: <T>(look: (state: State) => T) => Promise<{ readonly value: T } | Refusal>;
  readonly execute: (command: CommandOf<'notification.queue'>) => Promise<unknown>;
  readonly feed: {
    subscribe(
      options: Record<never, never>,
      subscriber: { readonly changes: () => void; readonly resync: () => void },
    ): () => void;
  };
  readonly scheduler: Pick<Scheduler, 'after'>;
  readonly deliver: Deliveries['deliver'];
  /** The outbox did not take it; it is tried again. */
  readonly onFailed: (error: unknown) => void;
}

interface Page {
  readonly ids: readonly string[];
  readonly deliveries: readonly Delivery[];
}

export class Dispatcher extends Lifecycle {
  readonly #parts: DispatcherParts;
  #leads = false;
  #isRunning = false;
  #running: Promise<void> = Promise.resolve();
  #cancel: Cancel = () => undefined;
  #unsubscribe: () => void = () => undefined;

  constructor(parts: DispatcherParts) {
    super();
    this.#parts = parts;
  }

  override start(): void {
    const wake = () => this.#wake();
    this.#unsubscribe = this.#parts.feed.subscribe({}, { changes: wake, resync: wake });
  }

  override onLeading(): void {
    this.#leads = true;
    this.#wake();
  }

  override onFollowing(): void {
    this.#leads = false;
  }

  /** Waits for the page under way: one that is cut off is handed over again. */
  protected override async end(): Promise<void> {
    this.#unsubscribe();
    this.#cancel();
    await this.#running;
  }

  /** Called with every batch, so that it costs next to nothing while there is nothing to hand over. */
  #wake(): void {
    if (this.#isRunning || !this.#leads || this.isStopping || !this.#hasPending) return;
    this.#isRunning = true;
    this.#cancel();
    this.#running = this.#run();
  }

  get #hasPending(): boolean {
    return this.#parts.state().notify.pending.size > 0;
  }

  async #run(): Promise<void> {
    let isTaken = true;
    try {
      while (isTaken && this.#leads && !this.isStopping && this.#hasPending) isTaken = await this.#handOver();
    } catch (error) {
      this.#parts.onFailed(error);
      isTaken = false;
    }
    this.#isRunning = false;
    if (!isTaken && !this.isStopping) this.#cancel = this.#parts.scheduler.after(RETRY_MS, () => this.#wake());
  }

  /** Whether the state knows that the outbox has them. */
  async #handOver(): Promise<boolean> {
    const { read, deliver, execute } = this.#parts;
    const seen = await read(pageOf);
    if (seen instanceof Refusal) return false;
    const { ids, deliveries } = seen.value;
    if (deliveries.length > 0) await deliver(deliveries);
    return !((await execute({ type: 'notification.queue', ids })) instanceof Refusal);
  }
}

/** The oldest first: what is newest of a group is handed over last. */
function pageOf(state: State): Page {
  const page = [...state.notify.pending.values()].slice(0, PAGE);
  return { ids: page.map(({ id }) => id), deliveries: page.flatMap((one) => deliveriesOf(one, state)) };
}
