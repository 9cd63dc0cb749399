import { describe, expect, it } from 'vitest';
import { diskOf, sidecarsOf } from './system.js';

const disk = { directory: '/data', freeBytes: 10_000, lowBytes: 1_000 };

describe('the disk', () => {
  it('is not known before somebody has looked', () => {
    expect(diskOf({ ...disk, freeBytes: Number.POSITIVE_INFINITY })).toBeUndefined();
  });

  it('says how long it lasts where it fills up, and nothing of that where it cannot be told', () => {
    expect(diskOf({ ...disk, lostPerSecond: 2 })).toEqual({
      freeBytes: 10_000,
      lowBytes: 1_000,
      lostBytesPerHour: 7_200,
      lowInSeconds: 4_500,
    });
    expect(diskOf(disk)).toEqual({ freeBytes: 10_000, lowBytes: 1_000 });
  });

  it('never runs out while more becomes free', () => {
    expect(diskOf({ ...disk, lostPerSecond: -1 })).toEqual({
      freeBytes: 10_000,
      lowBytes: 1_000,
      lostBytesPerHour: -3_600,
    });
  });
});

it('counts sidecars by version, the newest first, without those that never connected', () => {
  const linked = { connection: 'c' };
  const gone = { connection: undefined };
  expect(
    sidecarsOf([
      { version: '0.9.0', ...linked },
      { version: '0.10.0', ...gone },
      { version: '', ...gone },
      { version: '0.10.0', ...linked },
    ]),
  ).toEqual([
    { version: '0.10.0', agents: 2, connected: 1 },
    { version: '0.9.0', agents: 1, connected: 1 },
  ]);
});
