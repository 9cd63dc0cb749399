import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BATCH_BYTES,
  batchLength,
  framesOf,
  hasRoom,
  isTooFarBehind,
  leftOutMarker,
  type Piece,
  paceWaitMs,
  refilled,
  sizeOf,
} from './output-pace.js';

const SETTINGS = { bytesPerSecond: 64 * 1024, burstBytes: 1024 * 1024 };
const piece = fc.record<Piece>({
  stream: fc.constantFrom('stdout', 'stderr', 'agent'),
  data: fc.string({ maxLength: 4000, size: 'max' }),
});

describe('the pace', () => {
  it('gives a burst, then no more than the sustained rate, whenever it is asked', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2_000), fc.nat(BATCH_BYTES)), { maxLength: 200, size: 'max' }), (tries) => {
        let pace = { bytes: SETTINGS.burstBytes, at: 0 };
        let now = 0;
        let sent = 0;
        for (const [elapsed, bytes] of tries) {
          now += elapsed;
          pace = refilled(pace, SETTINGS, now);
          if (paceWaitMs(pace, SETTINGS, bytes) > 0) continue;
          pace = { ...pace, bytes: pace.bytes - bytes };
          sent += bytes;
        }
        expect(sent).toBeLessThanOrEqual(SETTINGS.burstBytes + (now * SETTINGS.bytesPerSecond) / 1000 + 1);
      }),
    );
  });

  it('says how long to wait, and then it may be sent', () => {
    const empty = { bytes: 0, at: 5_000 };
    const waitMs = paceWaitMs(empty, SETTINGS, 32 * 1024);
    expect(waitMs).toBe(500);
    expect(paceWaitMs(refilled(empty, SETTINGS, 5_000 + waitMs), SETTINGS, 32 * 1024)).toBe(0);
  });

  it('takes nothing back when a clock goes back', () => {
    expect(refilled({ bytes: 10, at: 5_000 }, SETTINGS, 1_000)).toEqual({ bytes: 10, at: 5_000 });
  });
});

describe('a batch', () => {
  it('has at most its size unless one record is larger, and always one', () => {
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 60, size: 'max' }), (records) => {
        const count = batchLength(records);
        const bytes = records.slice(0, count).reduce((sum, { data }) => sum + sizeOf(data), 0);
        expect(count).toBeGreaterThan(0);
        expect(count === 1 || bytes <= BATCH_BYTES).toBe(true);
        const more = records[count];
        if (more !== undefined) expect(bytes + sizeOf(more.data)).toBeGreaterThan(BATCH_BYTES);
      }),
    );
  });

  it('becomes a few frames of one stream each, with all that was written to each stream in its order', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60, size: 'max' }), (records) => {
        const frames = framesOf(records);
        expect(frames.length).toBeLessThanOrEqual(4);
        for (const stream of ['stdout', 'stderr', 'agent']) {
          const of = (pieces: readonly Piece[]) =>
            pieces.flatMap((one) => (one.stream === stream ? [one.data] : [])).join('');
          expect(of(frames)).toBe(of(records));
        }
        for (const { data } of frames) expect(data).not.toBe('');
      }),
    );
  });

  it('keeps the order between streams where there are few changes', () => {
    const records: Piece[] = [
      { stream: 'stdout', data: 'a' },
      { stream: 'stdout', data: 'b' },
      { stream: 'stderr', data: 'c' },
      { stream: 'stdout', data: 'd' },
    ];
    expect(framesOf(records).map(({ data }) => data)).toEqual(['ab', 'c', 'd']);
  });
});

it('no more than 16 frames and 256 KiB are on their way', () => {
  expect(hasRoom({ frames: 15, bytes: 0 }, { frames: 1, bytes: 10 })).toBe(true);
  expect(hasRoom({ frames: 15, bytes: 0 }, { frames: 2, bytes: 10 })).toBe(false);
  expect(hasRoom({ frames: 1, bytes: 250 * 1024 }, { frames: 1, bytes: 10 * 1024 })).toBe(false);
});

it('more than 1 MiB behind is too far, and what is left out is named', () => {
  expect(isTooFarBehind(1024 * 1024)).toBe(false);
  expect(isTooFarBehind(1024 * 1024 + 1)).toBe(true);
  expect(leftOutMarker(3_355_443).data).toBe('[… 3.2 MiB left out …]\n');
  expect(leftOutMarker(1500).data).toBe('[… 2 KiB left out …]\n');
});
