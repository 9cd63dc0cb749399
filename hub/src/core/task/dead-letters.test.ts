import { expect, it } from 'vitest';
import { Bench, ORG, REPO } from '../fixture.js';

function dead(bench: Bench, code: string, repo?: typeof REPO): string {
  const task = bench.submit(repo === undefined ? {} : { repo });
  bench.accept(task);
  bench.fail(task, 'permanent', undefined, code);
  return task;
}

function groups(bench: Bench) {
  return [...bench.state.deadLetters.groups(ORG)].map(({ code, repo, since, newest }) => ({
    code,
    repo,
    letters: [...since.keys()],
    newest,
  }));
}

it('groups dead letters by how they ended, also after a restart, and forgets a group with its last one', () => {
  const bench = new Bench();
  bench.join('a');
  const [one, two, other] = [dead(bench, 'it.failed'), dead(bench, 'it.failed'), dead(bench, 'it.failed', REPO)];
  const expected = [
    { code: 'it.failed', repo: undefined, letters: [one, two], newest: two },
    { code: 'it.failed', repo: REPO.url, letters: [other], newest: other },
  ];
  expect(groups(bench)).toEqual(expected);
  bench.restart();
  expect(groups(bench)).toEqual(expected);
  bench.take({ type: 'dead.discard', ...bench.operator(two), reason: 'no' });
  bench.take({ type: 'dead.requeue', ...bench.operator(other) });
  expect(groups(bench)).toEqual([{ code: 'it.failed', repo: undefined, letters: [one], newest: one }]);
  bench.take({ type: 'dead.discard', ...bench.operator(one), reason: 'no' });
  expect(groups(bench)).toEqual([]);
});
