// One or several flooders, run as a process of their own. It gives way to everything else on the machine, so that what is measured is what the hub does about
// it, and not who gets the processor.

import { setPriority } from 'node:os';
import { type Attacker, FLOODS, type Flood, type Heard } from '../support/floods.js';
import { takeOrders } from './agents.js';

const LOWEST_PRIORITY = 19;

let floods: readonly Flood[] = [];

const orders = {
  async start({ name, attackers }: { readonly name: string; readonly attackers: readonly Attacker[] }): Promise<void> {
    floods = attackers.flatMap((attacker) => FLOODS[name]?.(attacker) ?? []);
  },

  async stop(_: null): Promise<Heard> {
    const heard: Record<string, number> = {};
    for (const flood of floods) {
      flood.stop();
      for (const [what, count] of Object.entries(flood.heard())) heard[what] = (heard[what] ?? 0) + count;
    }
    return heard;
  },
};
export type FloodLoad = typeof orders;

setPriority(LOWEST_PRIORITY);
takeOrders(orders);
