import { LANES } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { Bench, ORG, SECOND } from '../fixture.js';

test('the oldest queued task of each lane is known, whatever it needs, and the next one once it is assigned', () => {
  const bench = new Bench();
  const began = bench.now;
  const oldest = () =>
    Object.fromEntries(bench.state.matching.oldest(ORG).map((at, i) => [LANES[i], at === undefined ? at : at - began]));
  bench.submit({ lane: 'high', needs: ['gpu'] });
  bench.wait(SECOND);
  bench.submit({ lane: 'high' });
  bench.submit({ lane: 'low', needs: ['agent:tern'] });
  expect(oldest()).toEqual({ urgent: undefined, high: 0, normal: undefined, low: SECOND });
  bench.join('gpu', ['gpu']);
  expect(oldest()).toEqual({ urgent: undefined, high: SECOND, normal: undefined, low: SECOND });
  expect(bench.state.matching.oldest('other').every((at) => at === undefined)).toBe(true);
});
