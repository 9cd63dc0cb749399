// How much of an output log lies behind a position, and where to go on to leave most of it out.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '@agentcom/schemas/host';
import { nameOf, type OutputPosition, segmentsIn } from './output-log.js';

/** Bytes of the log from `from` to its end. */
export async function bytesBehind(dir: string, from: OutputPosition): Promise<number> {
  let bytes = 0;
  for (const { segment, size } of await segmentSizes(dir)) {
    if (segment > from.segment) bytes += size;
    else if (segment === from.segment) bytes += Math.max(0, size - from.offset);
  }
  return bytes;
}

/** About so many bytes before the end; reading there begins with the first whole record. */
export async function positionBeforeEnd(dir: string, bytes: number): Promise<OutputPosition> {
  let left = bytes;
  const segments = (await segmentSizes(dir)).reverse();
  for (const { segment, size } of segments) {
    if (size >= left) return { segment, offset: size - left };
    left -= size;
  }
  return { segment: segments.at(-1)?.segment ?? 1, offset: 0 };
}

async function segmentSizes(dir: string): Promise<{ readonly segment: number; readonly size: number }[]> {
  const sizes: { segment: number; size: number }[] = [];
  for (const segment of await segmentsIn(dir)) {
    try {
      sizes.push({ segment, size: (await stat(join(dir, nameOf(segment)))).size });
    } catch (error) {
      // Removed meanwhile.
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
  return sizes;
}
