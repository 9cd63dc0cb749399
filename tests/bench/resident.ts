// How much memory a process really holds: the highest of many looks, as it comes and goes with the garbage.

import { setTimeout as delay } from 'node:timers/promises';
import { residentBytes } from '../support/process-list.js';
import { MIB, rounded } from './figures.js';

const LOOKS = 20;
const BETWEEN_MS = 250;

export async function residentMib(pid: number): Promise<number> {
  let highest = 0;
  for (let look = 0; look < LOOKS; look++) {
    highest = Math.max(highest, residentBytes(pid));
    await delay(BETWEEN_MS);
  }
  return rounded(highest / MIB);
}
