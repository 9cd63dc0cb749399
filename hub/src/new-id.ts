// Ids: UUIDs of version 7. Their random bits are drawn from a pool, because asking the system for a few bytes costs as much as for thousands.

import { randomFillSync } from 'node:crypto';
import { V7Generator } from 'uuidv7';

const pool = new Uint32Array(4_096);
let next = pool.length;

const generator = new V7Generator({
  nextUint32: () => {
    if (next === pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    return pool[next++] as number;
  },
});

/** Grows with time, also within a millisecond. */
export function newId(): string {
  return generator.generate().toString();
}
