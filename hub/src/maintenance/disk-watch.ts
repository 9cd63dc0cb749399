// Free space where the data is, and how fast it becomes less. Below the mark no new task is taken, so that what was taken can still be
// finished and stored.

import { freeBytes } from '@agentcom/schemas/host';
import { Lifecycle } from '../lifecycle.js';
import { DiskTrend } from './disk-trend.js';

const LOOK_EVERY_MS = 2_000;

export class DiskWatch extends Lifecycle {
  readonly directory: string;
  readonly #lowBytes: number;
  readonly #onChange: (low: boolean, freeBytes: number) => void;
  readonly #trend = new DiskTrend();
  #timer: NodeJS.Timeout | undefined;
  #freeBytes = Number.POSITIVE_INFINITY;
  #low = false;

  constructor(directory: string, lowBytes: number, onChange: (low: boolean, freeBytes: number) => void) {
    super();
    this.directory = directory;
    this.#lowBytes = lowBytes;
    this.#onChange = onChange;
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  get lowBytes(): number {
    return this.#lowBytes;
  }

  /** How much less is free each second; undefined while that cannot be told. */
  get lostPerSecond(): number | undefined {
    return this.#trend.lostPerSecond;
  }

  get low(): boolean {
    return this.#low;
  }

  override async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => void this.#look().catch(() => undefined), LOOK_EVERY_MS);
  }

  protected override end(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    this.#freeBytes = await freeBytes(this.directory);
    this.#trend.note(this.#freeBytes, performance.now());
    const low = this.#freeBytes < this.#lowBytes;
    if (low === this.#low) return;
    this.#low = low;
    this.#onChange(low, this.#freeBytes);
  }
}
