// Evaluates the rules while this hub leads: what they find goes to the decision, which says what becomes of it.

import type { Cancel, Scheduler } from '@agentcom/schemas';
import type { ShardAccess } from '../coordinator/runner.js';
import { alertKey } from '../core/alert/alert.js';
import type { Condition } from '../core/alert/condition.js';
import { Refusal } from '../core/refusal.js';
import type { State } from '../core/state.js';
import { Lifecycle } from '../lifecycle.js';

/** In between somebody looks so often for what is worth a page and does not fire yet: a page is not to wait for its turn, ms. */
const PAGE_LOOK_MS = 4_000;

export interface AlertingParts {
  readonly shard: Pick<ShardAccess, 'state' | 'now' | 'execute'>;
  readonly scheduler: Scheduler;
  /** What the rules find in it at that time of the hub. */
  readonly find: (state: State, now: number) => readonly Condition[];
  /** The rules took so long, ms. */
  readonly onFound: (tookMs: number) => void;
  readonly onFailed: (error: unknown) => void;
}

export class Alerting extends Lifecycle {
  readonly #parts: AlertingParts;
  /** Of the leadership that this is; 0 while this hub does not lead. */
  #epoch = 0;
  #evaluatedAt: number | undefined;
  /** When the next evaluation is due, by the scheduler. */
  #dueAt = 0;
  #running: Promise<void> | undefined;
  #cancel: Cancel = () => undefined;

  constructor(parts: AlertingParts) {
    super();
    this.#parts = parts;
  }

  /** When an evaluation last became durable, or this hub began to lead, in the time of the hub; undefined while it does not lead. */
  get evaluatedAt(): number | undefined {
    return this.#evaluatedAt;
  }

  override onLeading(epoch: number): void {
    this.#epoch = epoch;
    this.#evaluatedAt = this.#parts.shard.now();
    this.#dueAt = this.#parts.scheduler.now();
    this.#lookIn(0);
  }

  override onFollowing(): void {
    this.#epoch = 0;
    this.#evaluatedAt = undefined;
    this.#cancel();
  }

  protected override async end(): Promise<void> {
    this.#epoch = 0;
    this.#cancel();
    await this.#running;
  }

  #lookIn(ms: number): void {
    this.#cancel();
    if (this.isStopping) return;
    this.#cancel = this.#parts.scheduler.after(ms, () => {
      this.#running ??= this.#look().finally(() => {
        this.#running = undefined;
        if (this.#epoch > 0)
          this.#lookIn(Math.min(PAGE_LOOK_MS, Math.max(0, this.#dueAt - this.#parts.scheduler.now())));
      });
    });
  }

  async #look(): Promise<void> {
    const { shard, scheduler, find, onFound, onFailed } = this.#parts;
    const epoch = this.#epoch;
    const begunAt = scheduler.now();
    const isDue = begunAt >= this.#dueAt;
    if (isDue) this.#dueAt = begunAt + shard.state.config.values.alerts.evaluateSeconds * 1000;
    try {
      const conditions = find(shard.state, shard.now());
      onFound(scheduler.now() - begunAt);
      if (!isDue && !conditions.some((one) => isNewPage(shard.state, one))) return;
      for (let more = true; more && epoch > 0 && epoch === this.#epoch; ) {
        const outcome = await shard.execute({ type: 'alerts.evaluate', conditions }, 'alerts');
        // Not the leader, or too much to do: the next one is due soon.
        if (outcome instanceof Refusal) return;
        more = outcome.more;
        if (!more && epoch === this.#epoch) this.#evaluatedAt = shard.now();
      }
    } catch (error) {
      onFailed(error);
    }
  }
}

/** Somebody is to be woken for it, and nothing says so yet. */
function isNewPage({ alerts }: State, condition: Condition): boolean {
  return condition.severity === 'page' && alerts.open.get(alertKey(condition))?.severity !== 'page';
}
