import { beforeEach, expect, test } from 'vitest';
import { Bench, MINUTE, ORG } from '../core/fixture.js';
import { Flaps } from './flaps.js';

let bench: Bench;
let flaps: Flaps;

beforeEach(() => {
  bench = new Bench();
  flaps = new Flaps(() => bench.state);
  bench.join('tern');
});

function comesBack(): number | undefined {
  bench.gone('tern');
  bench.hello('tern');
  return flaps.cameBack(ORG, 'tern', bench.now);
}

test('an agent that comes back as often as the rule has it is told of, once in its window', () => {
  const told = Array.from({ length: 8 }, () => {
    bench.wait(MINUTE);
    return comesBack();
  });
  expect(told).toEqual([...Array(4).fill(undefined), 5, ...Array(3).fill(undefined)]);
  bench.wait(12 * MINUTE);
  expect(Array.from({ length: 4 }, comesBack).filter((links) => links !== undefined)).toHaveLength(1);
});

test('the limits are those of the config', () => {
  const rules = { AgentFlapping: { reconnects: 2, windowMinutes: 60 } };
  bench.take({ type: 'config.patch', patch: { alerts: { rules } }, by: 'owner' });
  expect(comesBack()).toBeUndefined();
  bench.wait(30 * MINUTE);
  expect(comesBack()).toBe(2);
});

test('what is far apart is nothing', () => {
  for (let i = 0; i < 20; i++) {
    bench.wait(4 * MINUTE);
    expect(comesBack()).toBeUndefined();
  }
});
