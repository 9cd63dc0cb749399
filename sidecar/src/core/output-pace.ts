// How fast an attempt's output goes to the hub, and how it is cut into frames. Pure.

import type { OutputStream } from '@agentcom/schemas';

export interface PaceSettings {
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
}

/** What may be sent at once, as of a time in ms. */
export interface Pace {
  readonly bytes: number;
  readonly at: number;
}

/** What is on its way and not acknowledged. */
export interface Unacked {
  readonly frames: number;
  readonly bytes: number;
}

export interface Piece {
  readonly stream: OutputStream;
  readonly data: string;
}

/** One frame, and one batch, which may be several frames when several streams were written to. */
export const BATCH_BYTES = 32 * 1024;
const RUNS_MAX = 4;
const UNACKED_FRAMES_MAX = 16;
const UNACKED_BYTES_MAX = 256 * 1024;
/** Further behind than this, the beginning of it is left out, so that who follows sees what happens now. */
const BEHIND_BYTES_MAX = 1024 * 1024;
/** What is still shown then of what had gathered. */
export const KEPT_BYTES = 64 * 1024;

const encoder = new TextEncoder();

export function refilled(pace: Pace, { bytesPerSecond, burstBytes }: PaceSettings, now: number): Pace {
  const elapsedMs = Math.max(0, now - pace.at);
  return { bytes: Math.min(burstBytes, pace.bytes + (elapsedMs * bytesPerSecond) / 1000), at: Math.max(now, pace.at) };
}

/** How long until so many bytes may be sent, ms; 0 for now. `bytes` is no more than the burst. */
export function paceWaitMs(pace: Pace, { bytesPerSecond }: PaceSettings, bytes: number): number {
  return pace.bytes >= bytes ? 0 : Math.ceil(((bytes - pace.bytes) * 1000) / bytesPerSecond);
}

export function hasRoom({ frames, bytes }: Unacked, batch: Unacked): boolean {
  return frames + batch.frames <= UNACKED_FRAMES_MAX && bytes + batch.bytes <= UNACKED_BYTES_MAX;
}

export function isTooFarBehind(bytes: number): boolean {
  return bytes > BEHIND_BYTES_MAX;
}

/** As many of the records as go into one batch, at least one where there is one. */
export function batchLength(records: readonly Piece[]): number {
  let bytes = 0;
  for (const [i, { data }] of records.entries()) {
    bytes += sizeOf(data);
    if (bytes > BATCH_BYTES && i > 0) return i;
  }
  return records.length;
}

/**
 * One frame for each run of records of one stream; for each stream when there would be many, since programs that write to two streams
 * in turn would need a frame for every line.
 */
export function framesOf(records: readonly Piece[]): readonly Piece[] {
  const written = records.filter(({ data }) => data !== '');
  const runs = runsOf(written);
  if (runs.length <= RUNS_MAX) return runs;
  return runsOf([...written].sort((a, b) => (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : 0)));
}

function runsOf(records: readonly Piece[]): readonly Piece[] {
  const runs: { readonly stream: OutputStream; readonly parts: string[] }[] = [];
  for (const { stream, data } of records) {
    const last = runs.at(-1);
    if (last?.stream === stream) last.parts.push(data);
    else runs.push({ stream, parts: [data] });
  }
  return runs.map(({ stream, parts }) => ({ stream, data: parts.join('') }));
}

export function leftOutMarker(bytes: number): Piece {
  const size = bytes >= 1024 * 1024 ? `${(bytes / 1024 / 1024).toFixed(1)} MiB` : `${Math.ceil(bytes / 1024)} KiB`;
  return { stream: 'agent', data: `[… ${size} left out …]\n` };
}

export function sizeOf(data: string): number {
  return encoder.encode(data).length;
}
