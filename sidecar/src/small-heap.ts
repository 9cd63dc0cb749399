// A sidecar mostly waits, and there may be many on a machine: memory is worth more here than the speed of computing.

import { setFlagsFromString } from 'node:v8';

/** To be called before most of the program is loaded. */
export function preferSmallHeap(): void {
  setFlagsFromString('--optimize-for-size');
}
