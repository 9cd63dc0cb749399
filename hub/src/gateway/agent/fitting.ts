import { LIMITS } from '@agentcom/schemas';

/** Of a frame, for what is listed in it. */
const LISTING_BYTES = LIMITS.frameBytes - 1_024;

/** As many of these, from the first, as one frame takes. */
export function fitting<T>(items: readonly T[]): T[] {
  let bytes = 0;
  return items.filter((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    return bytes <= LISTING_BYTES;
  });
}
