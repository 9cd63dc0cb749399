import { configWith } from '@agentcom/schemas';
import { describe, expect, it } from 'vitest';
import { isCompactionDue } from './compaction-schedule.js';

const MIB = 1024 * 1024;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const QUIET = 20_000 * DAY + 3 * HOUR;
const BUSY = QUIET + 9 * HOUR;
const config = configWith({}).compaction;

/** A journal of 1,000 MiB, so much of it in vain. */
function journal(heldMib: number) {
  return [
    { name: 'journal', messages: 1, bytes: 500 * MIB, diskBytes: 900 * MIB, heldBytes: (heldMib / 2) * MIB },
    { name: 'snapshots', messages: 1, bytes: 100 * MIB, heldBytes: (heldMib / 2) * MIB },
    { name: 'bodies', messages: 1, bytes: 9_000 * MIB, heldBytes: 9_000 * MIB },
  ];
}

describe('a compaction', () => {
  it('is due in the quiet hour from one share on, and at any other from a larger one', () => {
    expect(config).toEqual({ enabled: true, hour: 3, heldMibMin: 64, heldPercent: 25, urgentHeldPercent: 75 });
    expect(isCompactionDue(journal(249), config, undefined, QUIET)).toBe(false);
    expect(isCompactionDue(journal(250), config, undefined, QUIET)).toBe(true);
    expect(isCompactionDue(journal(250), config, undefined, QUIET + HOUR - 1)).toBe(true);
    expect(isCompactionDue(journal(749), config, undefined, QUIET - 1)).toBe(false);
    expect(isCompactionDue(journal(749), config, undefined, QUIET + HOUR)).toBe(false);
    expect(isCompactionDue(journal(750), config, undefined, BUSY)).toBe(true);
  });

  it.each([
    ['it is turned off', { enabled: false }, undefined],
    ['there is too little to gain', { heldMibMin: 901 }, undefined],
    ['one was done within the hour', {}, BUSY - HOUR + 1],
  ])('is not due when %s', (_why, more, lastAt) => {
    expect(isCompactionDue(journal(900), { ...config, ...more }, lastAt, BUSY)).toBe(false);
  });

  it('is due again an hour after the last, also when the clock was set back behind that', () => {
    expect(isCompactionDue(journal(900), config, BUSY - HOUR, BUSY)).toBe(true);
    expect(isCompactionDue(journal(900), config, BUSY + 1, BUSY)).toBe(true);
  });

  it('is never due while nothing is held in vain', () => {
    expect(isCompactionDue([], { ...config, heldMibMin: 0 }, undefined, QUIET)).toBe(false);
  });
});
