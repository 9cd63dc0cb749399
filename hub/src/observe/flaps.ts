// Agents that connect again and again: five times within a quarter of an hour.

import { LRUCache } from 'lru-cache';

const WINDOW_MS = 15 * 60_000;
const CONNECTS = 5;
const REMEMBERED = 16_384;

export class Flaps {
  /** When each agent last connected within the window, oldest first. */
  readonly #connects = new LRUCache<string, number[]>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });
  readonly #toldAt = new LRUCache<string, number>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });

  /** How often `agent` has connected of late, when that is to be told now; told once in a window. */
  connected(agent: string, now: number): number | undefined {
    const recent = (this.#connects.get(agent) ?? []).filter((at) => now - at < WINDOW_MS).slice(1 - CONNECTS);
    recent.push(now);
    this.#connects.set(agent, recent);
    if (recent.length < CONNECTS || now - (this.#toldAt.get(agent) ?? -WINDOW_MS) < WINDOW_MS) return undefined;
    this.#toldAt.set(agent, now);
    return recent.length;
  }
}
