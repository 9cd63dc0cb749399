import { describe, expect, it } from 'vitest';
import { FITNESS_BEGIN, type FitnessAction, type FitnessEvent, type FitnessState, fitnessStep } from './fitness.js';

const GONE = { code: 'machine.agent_missing', message: 'claude is gone' };
const FULL = { code: 'machine.disk_low', message: 'no room' };

class Bench {
  state: FitnessState = FITNESS_BEGIN;
  now = 1_000;

  feed(event: FitnessEvent): string[] {
    const { state, actions } = fitnessStep(this.state, event, this.now);
    this.state = state;
    return actions.map((action: FitnessAction) => action.do);
  }

  probed(unfit?: typeof GONE, isPartial = false): string[] {
    return this.feed({ type: 'probed', probe: this.state.probe, unfit, isPartial });
  }

  due(): string[] {
    this.now = this.state.dueAt;
    return this.feed({ type: 'due' });
  }

  get pause(): number {
    return this.state.dueAt - this.now;
  }
}

describe('a machine', () => {
  it('is probed at the start, and nothing is told of one that can work', () => {
    const bench = new Bench();
    expect(bench.feed({ type: 'start' })).toEqual(['probe']);
    expect(bench.probed()).toEqual([]);
    expect(bench.state).toMatchObject({ unfit: undefined, dueAt: Number.POSITIVE_INFINITY });
  });

  it('that cannot reach one repository can work on others', () => {
    const bench = new Bench();
    bench.feed({ type: 'start' });
    bench.probed();
    const unfit = { code: 'git.failed', message: 'something nobody has seen' };
    expect(bench.feed({ type: 'failed', unfit })).toEqual([]);
    expect(bench.state.unfit).toBeUndefined();
  });

  it('that can work without one of its runners is probed again until it has them all', () => {
    const bench = new Bench();
    bench.feed({ type: 'start' });
    expect(bench.probed(undefined, true)).toEqual([]);
    expect(bench.pause).toBe(60_000);
    expect(bench.due()).toEqual(['probe']);
    expect(bench.probed()).toEqual([]);
    expect(bench.state.dueAt).toBe(Number.POSITIVE_INFINITY);
  });

  it('that cannot work is probed again after pauses that grow up to a minute, until nothing is found', () => {
    const bench = new Bench();
    bench.feed({ type: 'start' });
    expect(bench.probed(GONE)).toEqual(['tell']);
    const pauses = [bench.pause];
    for (let n = 0; n < 7; n += 1) {
      expect(bench.due()).toEqual(['probe']);
      expect(bench.probed(GONE)).toEqual([]);
      pauses.push(bench.pause);
    }
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    bench.due();
    expect(bench.probed()).toEqual(['tell']);
    expect(bench.state.unfit).toBeUndefined();
  });

  it('whose probe sees nothing while starts fail is tried less and less often, until an agent has been started', () => {
    const bench = new Bench();
    const pauses: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      expect(bench.feed({ type: 'failed', unfit: GONE })).toEqual(['tell']);
      pauses.push(bench.pause);
      bench.due();
      expect(bench.probed()).toEqual(['tell']);
    }
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000]);
    bench.feed({ type: 'started' });
    bench.feed({ type: 'failed', unfit: GONE });
    expect(bench.pause).toBe(2_000);
  });

  it('takes no word of a probe that began before the failure', () => {
    const bench = new Bench();
    bench.feed({ type: 'start' });
    const { probe } = bench.state;
    bench.feed({ type: 'failed', unfit: GONE });
    expect(bench.feed({ type: 'probed', probe, unfit: undefined, isPartial: false })).toEqual([]);
    expect(bench.state.unfit).toEqual(GONE);
  });

  it('is told of again when the reason is another one, and a timer that comes early changes nothing', () => {
    const bench = new Bench();
    bench.feed({ type: 'failed', unfit: GONE });
    expect(bench.feed({ type: 'failed', unfit: GONE })).toEqual([]);
    expect(bench.feed({ type: 'failed', unfit: FULL })).toEqual(['tell']);
    expect(bench.feed({ type: 'due' })).toEqual([]);
  });
});
