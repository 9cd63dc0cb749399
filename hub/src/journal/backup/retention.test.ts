import { describe, expect, it } from 'vitest';
import { notKept } from './backup.js';

const DAY = 24 * 3_600_000;
const NOW = Date.UTC(2026, 10, 21, 9);
const daily = (day: number) => `agentcom-202611${String(day).padStart(2, '0')}T080000000Z-daily-${day}.backup`;

describe('the backups that are not to be kept', () => {
  it('are the timed ones behind the newest so many, in whatever order they are listed', () => {
    expect(notKept([daily(19), daily(21), daily(18), daily(20)], { keep: 2 }, NOW)).toEqual([daily(19), daily(18)]);
  });

  it('are those that are too old as well, but never the newest', () => {
    const names = [daily(21), daily(20), daily(19)];
    expect(notKept(names, { keep: 7, keepMs: 1.5 * DAY }, NOW)).toEqual([daily(19)]);
    expect(notKept(names, { keep: 7, keepMs: DAY }, NOW + 30 * DAY)).toEqual([daily(20), daily(19)]);
  });

  it('are none that somebody asked for, none that a restore kept, and nothing else that lies there', () => {
    const others = [
      'agentcom-20260101T080000000Z-demand-1.backup',
      'agentcom-20260101T080000000Z-replaced-1.backup',
      'agentcom-20260101T080000000Z-daily-1.backup.partial',
      'holiday.jpg',
    ];
    expect(notKept([...others, daily(21)], { keep: 1, keepMs: DAY }, NOW)).toEqual([]);
  });
});
