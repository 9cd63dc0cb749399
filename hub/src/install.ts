// What every leader makes sure of before its hub is of use: the given-up part of a journal is on record, the default organisation and the
// owner's key are there, and bodies that earlier leaders left are swept.

import type { Log } from '@agentcom/schemas';
import { hashSecret, hintOf } from './access/secrets.js';
import type { Bodies } from './bodies/bodies.js';
import type { CoordinatorRunner } from './coordinator/runner.js';
import { HUB_ORG } from './core/access/access.js';
import { Refusal } from './core/refusal.js';
import type { HubKeys } from './identity.js';
import type { Truncation } from './journal/repair/accept-end.js';
import { Lifecycle } from './lifecycle.js';

export interface InstallationParts {
  readonly runner: CoordinatorRunner;
  readonly bodies: Bodies;
  readonly keys: HubKeys;
  /** Until the journal itself says so. */
  readonly truncation: Truncation | undefined;
  readonly log: Log;
}

export class Installation extends Lifecycle {
  readonly #parts: InstallationParts;
  #truncation: Truncation | undefined;
  #isDone = false;
  #secretFault: string | undefined;
  #serve: () => void = () => undefined;
  /** Resolves once this hub leads and can be used, or follows another one. */
  readonly serving: Promise<void>;

  constructor(parts: InstallationParts) {
    super();
    this.#parts = parts;
    this.#truncation = parts.truncation;
    this.serving = new Promise((resolve) => {
      this.#serve = resolve;
    });
  }

  /** Why this hub cannot read what was sealed: looked at each time, since what is sealed may be new. */
  get secretFault(): string | undefined {
    this.#lookAtSecret();
    return this.#secretFault;
  }

  /** This hub leads and can be used. */
  get isDone(): boolean {
    return this.#isDone;
  }

  override onLeading(epoch: number): void {
    this.#isDone = false;
    this.#install(epoch).catch((error: unknown) => this.fail(error));
  }

  override onFollowing(): void {
    this.#isDone = false;
    if (this.#parts.runner.phase !== 'following') return;
    this.#lookAtSecret();
    this.#serve();
  }

  protected override end(): void {}

  async #install(epoch: number): Promise<void> {
    const { runner, bodies, log } = this.#parts;
    if (!(await this.#recordTruncation()) || !(await this.#ensureOwner()) || runner.epoch !== epoch) return;
    this.#isDone = true;
    this.#lookAtSecret();
    this.#serve();
    try {
      const swept = await bodies.sweep((ref) => runner.state.bodies.has(ref), epoch);
      if (swept > 0) log.info({ swept }, 'bodies that no task names were erased');
    } catch (error) {
      if (!this.isStopping)
        log.warn({ err: error }, 'bodies that no task names could not be swept; the next leader does');
    }
  }

  #lookAtSecret(): void {
    const { keys, runner, log } = this.#parts;
    const before = this.#secretFault;
    this.#secretFault = keys.secretFault(runner.state);
    if (this.#secretFault !== undefined && this.#secretFault !== before) log.warn({}, this.#secretFault);
  }

  async #recordTruncation(): Promise<boolean> {
    if (this.#truncation === undefined) return true;
    const { runner, log } = this.#parts;
    const { at, knownHead, kept, settle } = this.#truncation;
    const outcome = await runner.execute({ type: 'journal.truncate', at, knownHead }, 'hub');
    if (outcome instanceof Refusal) return false;
    this.#truncation = undefined;
    await settle();
    log.warn({ at, knownHead, kept }, 'part of the journal was given up; what there was is kept');
    return true;
  }

  async #ensureOwner(): Promise<boolean> {
    const { runner, keys } = this.#parts;
    const ownerKey = await keys.make();
    const hint = hintOf(ownerKey);
    const shown = hint === undefined ? {} : { hint };
    const owner = { role: 'owner', name: 'owner', hash: hashSecret(ownerKey), ...shown } as const;
    const outcomes = await Promise.all([
      runner.execute({ type: 'org.ensure', org: HUB_ORG }, 'hub'),
      runner.execute({ type: 'key.ensure', org: HUB_ORG, ...owner }, 'hub'),
    ]);
    return !outcomes.some((outcome) => outcome instanceof Refusal);
  }
}
