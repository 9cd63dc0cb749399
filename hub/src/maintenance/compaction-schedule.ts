// When the journal and its snapshots are to be compacted beyond what follows each snapshot: pure.

import type { Config, Storage } from '@agentcom/schemas';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MIB = 1024 * 1024;
/** What a compaction leaves, the next one would hardly free. */
const REST_MS = HOUR_MS;
const COMPACTED: readonly string[] = ['journal', 'snapshots'];

type Streams = Storage['streams'];

/** Enough is held in vain for the hour that it is. `lastAt` is when one was last done or begun; wall clock, ms. */
export function isCompactionDue(
  streams: Streams,
  { enabled, hour, heldMibMin, heldPercent, urgentHeldPercent }: Config['compaction'],
  lastAt: number | undefined,
  nowMs: number,
): boolean {
  if (!enabled || (lastAt !== undefined && lastAt <= nowMs && nowMs - lastAt < REST_MS)) return false;
  const { size, held } = totalOf(streams);
  if (held === 0 || held < heldMibMin * MIB) return false;
  const isQuiet = Math.floor((nowMs % DAY_MS) / HOUR_MS) === hour;
  const percent = isQuiet ? Math.min(heldPercent, urgentHeldPercent) : urgentHeldPercent;
  return held >= (percent / 100) * size;
}

function totalOf(streams: Streams): { readonly size: number; readonly held: number } {
  const compacted = streams.filter(({ name }) => COMPACTED.includes(name));
  return {
    size: compacted.reduce((sum, { bytes, diskBytes = bytes }) => sum + diskBytes, 0),
    held: compacted.reduce((sum, { heldBytes }) => sum + heldBytes, 0),
  };
}
