import { beforeEach, describe, expect, it } from 'vitest';
import { ClockWatch } from './clock-watch.js';

const START = Date.parse('2026-01-31T12:00:00Z');

let wall: number;
let elapsed: number;
let said: string[];
let watch: ClockWatch;

beforeEach(() => {
  wall = START;
  elapsed = 0;
  said = [];
  const say = (_about: object, message: string) => void said.push(message);
  watch = new ClockWatch(
    { wall: () => wall, elapsed: () => elapsed },
    { debug: say, info: say, warn: say, error: say },
  );
  watch.look();
});

function pass(wallMs: number, elapsedMs: number): boolean {
  wall += wallMs;
  elapsed += elapsedMs;
  return watch.look();
}

describe('a machine', () => {
  it.each([
    ['that runs', 5_000, 5_000, false],
    ['whose clock is corrected a little', 6_000, 5_000, false],
    ['whose clock is set back', -3_600_000, 5_000, false],
    ['that is a little late', 6_500, 6_500, false],
    ['that slept', 3_600_000, 5_000, true],
    ['whose process stood still', 60_000, 60_000, true],
  ])('%s is told from one that woke', (_what, wallMs, elapsedMs, woke) => {
    expect(pass(wallMs, elapsedMs)).toBe(woke);
    expect(pass(5_000, 5_000)).toBe(false);
  });
});

describe('a clock', () => {
  const hubAt = (ms: number) => watch.compare(new Date(START + ms).toISOString());

  it("that agrees with the hub's is not worth a word", () => {
    hubAt(4_000);
    hubAt(-4_000);
    expect(said).toEqual([]);
  });

  it('that is off is named once, with how far and which way, until it changes', () => {
    hubAt(-3 * 3_600_000);
    hubAt(-3 * 3_600_000 + 1_000);
    expect(said).toEqual(["this machine's clock is 10800 s ahead of the hub's; synchronise both with NTP"]);
    hubAt(60_000);
    expect(said[1]).toContain("60 s behind the hub's");
    hubAt(0);
    hubAt(0);
    expect(said.slice(2)).toEqual(["this machine's clock agrees with the hub's again"]);
  });

  it('is not judged by a time that is none', () => {
    watch.compare('soon');
    expect(said).toEqual([]);
  });
});
