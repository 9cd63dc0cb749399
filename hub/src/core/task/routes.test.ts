import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TaskRoute } from './events.js';
import { cheapestFirst, choiceText, isAffordable, isRouted, openRoutes, routesOf, routeText } from './routes.js';

const names = (routes: readonly TaskRoute[]) => routes.map(({ runner = '-', model = '-' }) => `${runner} ${model}`);

describe('the routes of a task', () => {
  test('go runner by runner, each with its models in their order', () => {
    expect(names(routesOf({ runner: ['opencode', 'aider'], model: ['a', 'b'] }))).toEqual([
      'opencode a',
      'opencode b',
      'aider a',
      'aider b',
    ]);
    expect(names(routesOf({ runner: ['claude', 'codex'] }))).toEqual(['claude -', 'codex -']);
    expect(names(routesOf({ model: ['a', 'b'] }))).toEqual(['- a', '- b']);
    expect(names(routesOf({}))).toEqual(['- -']);
  });

  test('give an agent of one provider the models of that provider, and what nobody knows the provider of', () => {
    const model = ['claude-opus-5', 'gpt-5.5', 'sonnet', 'our-own'];
    expect(names(routesOf({ runner: ['claude', 'codex', 'opencode'], model }))).toEqual([
      ...['claude claude-opus-5', 'claude sonnet', 'claude our-own'],
      ...['codex gpt-5.5', 'codex our-own'],
      ...model.map((name) => `opencode ${name}`),
    ]);
  });

  test('give it all of them when none is of its provider: behind a gateway it may use any', () => {
    expect(names(routesOf({ runner: ['claude', 'codex'], model: 'gpt-5.5' }))).toEqual([
      'claude gpt-5.5',
      'codex gpt-5.5',
    ]);
  });

  test('are those of a task that names several, or a limit to its cost', () => {
    const asked = [{}, { runner: 'claude', model: 'a' }, { runner: ['a', 'b'] }, { model: ['a', 'b'] }, { maxCost: 1 }];
    expect(asked.map(isRouted)).toEqual([false, false, true, true, true]);
  });

  test('read in a few words', () => {
    expect(routeText({ model: 'a' })).toBe('the usual runner with a');
    const choice = { runner: 'codex', place: 2, of: 3 };
    expect(choiceText(choice)).toBe('codex, choice 2 of 3');
    expect(choiceText({ ...choice, because: 'claude: it is limited' })).toBe(
      'codex, choice 2 of 3 (claude: it is limited)',
    );
    expect(choiceText({ runner: 'codex', model: 'm', place: 1, of: 1 })).toBe('codex with m');
  });
});

describe('with a limit to the cost', () => {
  const route = (runner: string, costMicros?: number, currency = 'USD'): TaskRoute => ({
    runner,
    ...(costMicros !== undefined && { costMicros, currency }),
  });

  test('the cheapest comes first, equals in their order, and last what nobody knows', () => {
    const sorted = cheapestFirst([route('a'), route('b', 5), route('c', 3), route('d'), route('e', 3)]);
    expect(sorted.map(({ runner }) => runner)).toEqual(['c', 'e', 'b', 'a', 'd']);
  });

  test('what costs another currency than most is as good as unknown', () => {
    const sorted = cheapestFirst([route('a', 1, 'EUR'), route('b', 5), route('c', 9)]);
    expect(sorted).toEqual([route('b', 5), route('c', 9), route('a')]);
  });

  const costs = fc.array(fc.option(fc.nat(20), { nil: undefined }), { minLength: 1, maxLength: 8 });
  test('none is open that is known to cost more, and none is lost that is not', () => {
    fc.assert(
      fc.property(costs, fc.integer({ min: 1, max: 20 }), (list, maxCost) => {
        const routes = cheapestFirst(list.map((cost, i) => route(`r${i}`, cost)));
        const task = { spec: { maxCost } as never, priced: { at: 0, routes } };
        const open = openRoutes(task);
        expect(open.every(({ costMicros }) => costMicros === undefined || costMicros <= maxCost)).toBe(true);
        expect(open).toEqual(routes.filter((one) => isAffordable(one, maxCost)));
        expect(routes.map(({ runner }) => runner).sort()).toEqual(list.map((_, i) => `r${i}`).sort());
        const known = open.flatMap(({ costMicros }) => costMicros ?? []);
        expect(known).toEqual([...known].sort((a, b) => a - b));
        expect(open.findIndex(({ costMicros }) => costMicros === undefined)).toBe(
          known.length === open.length ? -1 : known.length,
        );
      }),
    );
  });
});
