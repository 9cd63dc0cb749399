// Who saves, sees, shares and changes views, how many there may be, and what is left of whoever has gone.

import { LIMITS } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { Bench, dumpOf, ORG } from '../fixture.js';
import type { SavedViewCommands } from './commands.js';

const ADA = { org: ORG, by: 'key:ada', ofAll: false };
const OPERATOR = { org: ORG, by: 'key:operator', ofAll: true };

function create(bench: Bench, command: Partial<SavedViewCommands['view.create']>): string {
  return bench.take({ type: 'view.create', ...ADA, name: 'Blocked', ...command }).reply.view;
}

const namesOf = (bench: Bench) => bench.state.savedViews.of(ORG).map(({ name }) => name);

test('a view is saved, renamed, narrowed down and deleted by its owner', () => {
  const bench = new Bench();
  const view = create(bench, { q: 'state:blocked', sort: '-age', cols: 'title,lane' });
  bench.take({ type: 'view.change', ...ADA, view, name: 'Stuck', sort: '' });
  expect(bench.state.savedViews.get(ORG, view)).toEqual({
    ...{
      id: view,
      org: ORG,
      by: 'key:ada',
      createdAt: bench.now,
      name: 'Stuck',
      q: 'state:blocked',
      cols: 'title,lane',
    },
    shared: false,
  });
  expect(dumpOf(bench.replay())).toEqual(bench.dump());
  bench.take({ type: 'view.delete', ...ADA, view });
  expect([namesOf(bench), dumpOf(bench.replay())]).toEqual([[], bench.dump()]);
});

test('what is private is there for nobody else, and what is shared is changed by operators alone', () => {
  const bench = new Bench();
  const view = create(bench, {});
  const other = { ...ADA, by: 'key:bob' };
  expect(bench.decide({ type: 'view.delete', ...OPERATOR, view })).toMatchObject({ code: 'view.not_found' });
  expect(bench.decide({ type: 'view.create', ...ADA, name: 'x', shared: true })).toMatchObject({
    code: 'auth.forbidden',
  });
  expect(bench.decide({ type: 'view.change', ...ADA, view, shared: true })).toMatchObject({ code: 'auth.forbidden' });
  const shared = create(bench, { ...OPERATOR, name: 'For all', shared: true });
  expect(bench.decide({ type: 'view.change', ...other, view: shared, name: 'Mine' })).toMatchObject({
    code: 'auth.forbidden',
  });
  bench.take({ type: 'view.change', ...OPERATOR, view: shared, name: 'For everybody' });
  expect(namesOf(bench)).toEqual(['Blocked', 'For everybody']);
  const foreign = { ...OPERATOR, org: 'other' };
  expect(bench.decide({ type: 'view.delete', ...foreign, view: shared })).toMatchObject({ code: 'view.not_found' });
});

test('a name is taken once among the own, and once among the shared', () => {
  const bench = new Bench();
  create(bench, { name: 'Blocked' });
  expect(bench.decide({ type: 'view.create', ...ADA, name: 'blocked' })).toMatchObject({ code: 'view.name_taken' });
  create(bench, { ...OPERATOR, shared: true });
  create(bench, { by: 'key:bob' });
  expect(namesOf(bench)).toHaveLength(3);
});

test('there is a bound to those of one, and to the shared', () => {
  const bench = new Bench();
  for (let nth = 0; nth < LIMITS.savedViews; nth++) create(bench, { name: `n${nth}` });
  expect(bench.decide({ type: 'view.create', ...ADA, name: 'more' })).toMatchObject({ code: 'view.too_many' });
  for (let nth = 0; nth < LIMITS.savedViewsShared; nth++) create(bench, { ...OPERATOR, name: `n${nth}`, shared: true });
  expect(bench.decide({ type: 'view.create', ...OPERATOR, name: 'more', shared: true })).toMatchObject({
    code: 'view.too_many',
  });
});

test('with whoever has gone go the views that nobody else sees', () => {
  const bench = new Bench();
  bench.take({ type: 'org.ensure', org: ORG });
  const made = { org: ORG, by: 'x', role: 'operator', name: 'ci', hash: 'h', hint: 'h' } as const;
  const { key } = bench.take({ type: 'key.create', ...made }).reply;
  const own = { ...OPERATOR, by: `key:${key}` };
  create(bench, { ...own, name: 'mine' });
  create(bench, { ...own, name: 'ours', shared: true });
  bench.take({ type: 'key.revoke', org: ORG, by: 'x', key });
  expect(namesOf(bench)).toEqual(['ours']);
  expect(dumpOf(bench.replay())).toEqual(bench.dump());
});
