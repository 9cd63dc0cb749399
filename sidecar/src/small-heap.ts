// A sidecar mostly waits, and there may be many on a machine: memory is worth more here than the speed of computing.

import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode that a function runs before V8 thinks of compiling it for speed: 78 times its default, so that 4 MiB of compiler stay out. */
const INTERRUPT_BUDGET = 5_280_000;

/** To be called before most of the program is loaded. */
export function preferSmallHeap(): void {
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString('--no-sparkplug');
  setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
}
