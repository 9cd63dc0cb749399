// Looks each second, on the leader and on hubs that follow, for what cannot wait for the journal or for a leader, and has people told at once.

import { type Cancel, type Notification, pause, type Scheduler } from '@agentcom/schemas';
import type { CoordinatorRunner } from '../coordinator/runner.js';
import type { Alert } from '../core/alert/alert.js';
import type { Condition } from '../core/alert/condition.js';
import { directConditionsOf } from '../core/alert/conditions.js';
import { directlyFound, stepDirect } from '../core/alert/direct.js';
import { NO_FIGURES } from '../core/alert/figures.js';
import { Lifecycle } from '../lifecycle.js';

const LOOK_MS = 1_000;
/** Of a process that stood still for that long everything is late: it is given time to find out what happened meanwhile. */
const STOOD_STILL_MS = 5_000;
const SETTLE_MS = 10_000;
/** A hub that ends waits so long for what is under way. */
const LAST_WORDS_MS = 5_000;

export interface DirectAlertsParts {
  readonly runner: Pick<CoordinatorRunner, 'head' | 'state' | 'now' | 'leaderlessSince'> & {
    readonly appends: Pick<CoordinatorRunner['appends'], 'failure' | 'unacknowledgedSince'>;
  };
  /** When the rules were last evaluated; undefined while this hub does not lead. */
  readonly evaluatedAt: () => number | undefined;
  readonly scheduler: Scheduler;
  readonly newId: () => string;
  readonly record: {
    readonly known: ReadonlyMap<string, Alert>;
    note(alerts: Iterable<Alert>): Promise<void>;
  };
  /** Never rejects. */
  readonly tell: (notification: Notification) => Promise<void>;
  readonly onFailed: (error: unknown) => void;
}

export class DirectAlerts extends Lifecycle {
  readonly #parts: DirectAlertsParts;
  #open: ReadonlyMap<string, Alert>;
  #refused: string | undefined;
  #lookedAt: number | undefined;
  /** Nothing is decided before, by the scheduler. */
  #settledAt = 0;
  readonly #underWay = new Set<Promise<void>>();
  #cancel: Cancel = () => undefined;

  constructor(parts: DirectAlertsParts) {
    super();
    this.#parts = parts;
    this.#open = parts.record.known;
  }

  override start(): void {
    this.#lookLater();
  }

  /** What fires, for the evaluation of all rules. */
  found(): Condition[] {
    return directlyFound(this.#open);
  }

  /** The journal must not be trusted, and this hub ends. Resolves when people were told, or after a while. */
  async refused(reason: string): Promise<void> {
    this.#refused = reason;
    this.#look();
    const ended = new AbortController();
    await Promise.race([Promise.all(this.#underWay), pause(this.#parts.scheduler, LAST_WORDS_MS, ended.signal)]);
    ended.abort();
  }

  protected override async end(): Promise<void> {
    this.#cancel();
    await Promise.all(this.#underWay);
  }

  #lookLater(): void {
    this.#cancel = this.#parts.scheduler.after(LOOK_MS, () => {
      if (this.isStopping) return;
      const now = this.#parts.scheduler.now();
      if (this.#lookedAt !== undefined && now - this.#lookedAt > STOOD_STILL_MS) this.#settledAt = now + SETTLE_MS;
      this.#lookedAt = now;
      if (now >= this.#settledAt) this.#look();
      this.#lookLater();
    });
  }

  #look(): void {
    const { runner, evaluatedAt, newId, record, tell, onFailed } = this.#parts;
    // Nothing has been read yet: neither config nor channels are known.
    if (runner.head === null) return;
    const { state, appends } = runner;
    const now = runner.now();
    const figures = {
      ...NO_FIGURES,
      unacknowledgedSince: appends.unacknowledgedSince,
      appendFailure: appends.failure,
      leaderlessSince: runner.leaderlessSince,
      journalRefused: this.#refused,
      evaluatedAt: evaluatedAt(),
    };
    const found = directConditionsOf(figures, state, state.config.values, now);
    const step = stepDirect(this.#open, found, state, now, newId);
    this.#open = step.open;
    if (step.tell.length === 0) return;
    for (const notification of step.tell) this.#keep(tell(notification));
    this.#keep(record.note(step.open.values()).catch(onFailed));
  }

  #keep(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }
}
