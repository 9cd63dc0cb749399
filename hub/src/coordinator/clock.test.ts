import { describe, expect, test } from 'vitest';
import { Clock } from './clock.js';

/** A machine whose wall clock and uptime the test sets. */
function machine(): { wall: number; elapsed: number; clock: Clock; run(ms: number): void } {
  const at = { wall: 1_000_000, elapsed: 500 };
  const clock = new Clock({ wall: () => at.wall, elapsed: () => at.elapsed });
  return Object.assign(at, {
    clock,
    run(ms: number) {
      at.wall += ms;
      at.elapsed += ms;
    },
  });
}

describe('the hub’s time', () => {
  test('is the wall at the start, then what has elapsed, whatever the wall does', () => {
    const hub = machine();
    expect(hub.clock.now()).toBe(1_000_000);
    hub.run(250);
    hub.wall -= 60_000;
    expect(hub.clock.now()).toBe(1_000_250);
  });

  test('is in whole milliseconds', () => {
    const hub = machine();
    hub.elapsed += 0.7;
    expect(hub.clock.now()).toBe(1_000_000);
  });

  test('goes on from a journal that is ahead, and never back to one that is behind', () => {
    const hub = machine();
    hub.clock.atLeast(1_005_000);
    expect(hub.clock.now()).toBe(1_005_000);
    hub.clock.atLeast(900_000);
    hub.run(10);
    expect(hub.clock.now()).toBe(1_005_010);
  });
});

describe('a jump', () => {
  test('is more than drift', () => {
    const hub = machine();
    hub.wall += 10_000;
    expect(hub.clock.jump(0)).toBeNull();
    hub.wall += 1;
    expect(hub.clock.jump(0)).toEqual({ forwardMs: 10_001, wallOffsetMs: 0 });
  });

  test('ahead, as after sleep, takes the hub’s time along, once', () => {
    const hub = machine();
    hub.wall += 3_600_000;
    expect(hub.clock.jump(0)).toEqual({ forwardMs: 3_600_000, wallOffsetMs: 0 });
    expect(hub.clock.now()).toBe(4_600_000);
    expect(hub.clock.jump(0)).toBeNull();
  });

  test('back leaves the hub’s time and is remembered as an offset, until the wall is right again', () => {
    const hub = machine();
    hub.wall -= 3_600_000;
    expect(hub.clock.jump(0)).toEqual({ forwardMs: 0, wallOffsetMs: -3_600_000 });
    expect(hub.clock.now()).toBe(1_000_000);
    expect(hub.clock.jump(-3_600_000)).toBeNull();
    hub.wall += 3_600_000;
    expect(hub.clock.jump(-3_600_000)).toEqual({ forwardMs: 0, wallOffsetMs: 0 });
  });
});

test('sleep is noticed once, whether or not it is long enough to be a jump, and so is a wall clock that was set back', () => {
  const hub = machine();
  hub.run(60_000);
  hub.wall += 1_000;
  expect(hub.clock.mayHaveSlept()).toBe(false);
  hub.run(60_000);
  hub.wall += 1_001;
  expect(hub.clock.mayHaveSlept()).toBe(true);
  expect(hub.clock.mayHaveSlept()).toBe(false);
  hub.wall -= 60_000;
  expect(hub.clock.mayHaveSlept()).toBe(true);
});
