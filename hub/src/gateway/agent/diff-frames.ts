// The frames of one session that tell what its attempt has changed: only the attempt's own agent is listened to.

import type { SidecarFrameOf } from '@agentcom/schemas';
import type { FromConnection } from '../../core/agent/fence.js';
import { iso } from '../../core/iso.js';
import type { Refusal } from '../../core/refusal.js';
import type { State } from '../../core/state.js';
import type { DiffIntake, DiffReception } from '../diff-port.js';
import { outputRefusal } from '../output-port.js';

export interface DiffFrameParts {
  readonly diffs: Pick<DiffIntake, 'open'>;
  readonly shard: { readonly state: State; now(): number };
}

export class DiffFrames {
  readonly #parts: DiffFrameParts;
  readonly #from: FromConnection;
  #reception: DiffReception | undefined;

  constructor(parts: DiffFrameParts, from: FromConnection) {
    this.#parts = parts;
    this.#from = from;
  }

  /** Undefined when it was taken. */
  part(frame: SidecarFrameOf<'task.diff.part'>): Refusal | undefined {
    const refusal = this.#refusal(frame);
    if (refusal === undefined) this.#open().part(frame);
    return refusal;
  }

  /** Resolves to what the `ok` has beside it once the diff is stored. */
  async whole(frame: SidecarFrameOf<'task.diff'>): Promise<Refusal | Record<never, never>> {
    const at = iso(this.#parts.shard.now());
    return this.#refusal(frame) ?? (await this.#open().whole(this.#from.org, frame, at)) ?? {};
  }

  /** What came and is not whole is let go. */
  close(): void {
    this.#reception?.close();
    this.#reception = undefined;
  }

  #open(): DiffReception {
    this.#reception ??= this.#parts.diffs.open();
    return this.#reception;
  }

  #refusal(frame: { readonly task: string; readonly generation: number }): Refusal | undefined {
    const { shard } = this.#parts;
    return outputRefusal(shard.state, this.#from, frame, shard.now()) ?? undefined;
  }
}
