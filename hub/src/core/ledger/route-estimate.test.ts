// What a task may cost with each runner and model that it may be given to.

import { expect, test } from 'vitest';
import { Bench, ORG, REPO } from '../fixture.js';
import { pricedRoutes, seenWithin } from './route-estimate.js';
import type { PastTask } from './task-history.js';

const OPUS = 'claude-opus-5';
const HAIKU = 'claude-haiku-4-5';

function stateOf(
  ...past: readonly (readonly [repo: string, runner: string, model: string, times: number, PastTask])[]
) {
  const { state } = new Bench();
  const { history } = state.ledger.org(ORG);
  for (const [repo, runner, model, times, task] of past)
    for (let i = 0; i < times; i++) history.add([repo, runner, '', model], task);
  return state;
}

const usd = (costMicros: number): PastTask => ({ costMicros, currency: 'USD' });

test('is what nine of ten tasks like it have cost that way, the cheapest first', () => {
  const state = stateOf(
    [REPO.url, 'claude', OPUS, 9, usd(5)],
    [REPO.url, 'claude', OPUS, 1, usd(90)],
    [REPO.url, 'claude', HAIKU, 5, usd(2)],
  );
  expect(pricedRoutes(state, ORG, { repo: REPO, runner: 'claude', model: [OPUS, HAIKU] })).toEqual([
    { runner: 'claude', model: HAIKU, costMicros: 2, currency: 'USD', n: 5 },
    { runner: 'claude', model: OPUS, costMicros: 5, currency: 'USD', n: 10 },
  ]);
});

test('is learnt from other repositories when too few were in this one, if whoever asks may see these', () => {
  const state = stateOf(
    [REPO.url, 'claude', 'm', 1, usd(1)],
    ['https://other.example/x.git', 'claude', 'm', 9, usd(7)],
  );
  const spec = { repo: REPO, runner: ['claude', 'codex'], model: 'm' };
  expect(pricedRoutes(state, ORG, spec)).toEqual([
    { runner: 'claude', model: 'm', costMicros: 7, currency: 'USD', n: 10 },
    { runner: 'codex', model: 'm', n: 0 },
  ]);
  expect(pricedRoutes(state, ORG, spec, seenWithin([REPO.url]))[0]).toMatchObject({ costMicros: 1, n: 1 });
});

test('of a model that was not used yet is what others did cost, at its list price', () => {
  // A fifth of the list price of Opus: most of it came from a cache.
  const used = { inputTokens: 1_000_000, outputTokens: 0, costMicros: 1_000_000, currency: 'USD' };
  const state = stateOf([REPO.url, 'claude', OPUS, 5, used]);
  expect(pricedRoutes(state, ORG, { repo: REPO, runner: 'claude', model: [OPUS, HAIKU] })).toEqual([
    { runner: 'claude', model: HAIKU, costMicros: 200_000, currency: 'USD', n: 5, byPrice: true },
    { runner: 'claude', model: OPUS, costMicros: 1_000_000, currency: 'USD', n: 5 },
  ]);
});

test('counts every token at the list price where nobody knows what it did cost', () => {
  const state = stateOf([REPO.url, 'codex', 'unpriced', 5, { inputTokens: 1_000_000, outputTokens: 100_000 }]);
  const [route] = pricedRoutes(state, ORG, { repo: REPO, runner: 'claude', model: HAIKU });
  expect(route).toMatchObject({ costMicros: 1_500_000, currency: 'USD', byPrice: true });
});

test('stays unknown without a price, or without tokens', () => {
  const state = stateOf([REPO.url, 'codex', 'a', 9, { tokens: 5 }]);
  expect(pricedRoutes(state, ORG, { repo: REPO, runner: 'claude', model: [HAIKU, 'our-own'] })).toEqual([
    { runner: 'claude', model: HAIKU, n: 0 },
    { runner: 'claude', model: 'our-own', n: 0 },
  ]);
});
