// One flooder, run as a process of its own. It gives way to everything else on the machine, so that what is measured is what the hub does about
// it, and not who gets the processor.

import { setPriority } from 'node:os';
import { type Attacker, FLOODS, type Flood, type Heard } from '../support/floods.js';
import { takeOrders } from './agents.js';

const LOWEST_PRIORITY = 19;

let flood: Flood | undefined;

const orders = {
  async start({ name, attacker }: { readonly name: string; readonly attacker: Attacker }): Promise<void> {
    flood = FLOODS[name]?.(attacker);
  },

  async stop(_: null): Promise<Heard> {
    flood?.stop();
    return flood?.heard() ?? {};
  },
};
export type FloodLoad = typeof orders;

setPriority(LOWEST_PRIORITY);
takeOrders(orders);
