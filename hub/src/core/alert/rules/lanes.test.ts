// That counting all lanes in one pass finds what a look at each task would.

import { LANES } from '@agentcom/schemas';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bench, ORG, SECOND } from '../../fixture.js';
import { CONDITION_SUBJECTS } from '../condition.js';
import { takeCensus } from './census.js';
import { countLanes } from './lanes.js';
import { Servables } from './servable.js';

/** Enough for more different wants than a condition names tasks. */
const some = fc.subarray(['a', 'b', 'c', 'd', 'e', 'f']);
const repo = fc.constantFrom(undefined, 'ours', 'theirs').map((name) => name && `https://git.example/${name}/app`);
const step = fc.record({ lane: fc.constantFrom(...LANES), needs: some, url: repo, passes: fc.nat(40) });
const BOUND = { repositories: ['https://git.example/ours/*'] };

test('each lane has the depth, and of the late tasks those that a connected agent could have, as task by task', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(some, fc.boolean()), { maxLength: 4 }),
      fc.array(step, { maxLength: 60 }),
      (fleet, steps) => {
        const bench = new Bench();
        fleet.forEach(([capabilities, isBound], i) => {
          bench.join(`agent-${i}`, capabilities, isBound ? BOUND : {});
          bench.take({ type: 'agent.drain', org: ORG, agent: `agent-${i}`, draining: true, reason: 'looks on' });
        });
        for (const { lane, needs, url, passes } of steps) {
          bench.submit({ lane, needs, ...(url !== undefined && { repo: { url } }) });
          bench.pass(passes * SECOND);
        }
        const { state, now } = bench;
        const { rules } = state.config.values.alerts;
        const counts = countLanes({
          state,
          org: ORG,
          now,
          rules,
          servables: new Servables({ state, org: ORG, census: takeCensus(state, ORG) }),
        });
        const queued = [...state.tasks.values()].filter((task) => task.state === 'queued');
        expect(counts).toEqual(
          LANES.map((lane) => {
            const limitMs = rules.QueueWaitHigh[`${lane}Seconds`] * 1000;
            const own = queued.filter(({ spec }) => spec.lane === lane);
            const late = own
              .filter(({ queuedAt }) => queuedAt <= now - limitMs)
              .filter(({ spec: { needs, repo } }) =>
                fleet.some(
                  ([offered, isBound]) =>
                    needs.every((need) => offered.includes(need as 'a')) && (!isBound || repo?.url.includes('/ours/')),
                ),
              );
            const first = late.slice(0, CONDITION_SUBJECTS);
            return {
              lane,
              limitMs,
              depth: own.length,
              late: late.length === 0 ? undefined : { oldest: first[0], first, count: late.length },
            };
          }),
        );
      },
    ),
    { numRuns: 100 },
  );
});
