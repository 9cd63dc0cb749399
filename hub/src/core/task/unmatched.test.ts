import { expect, test } from 'vitest';
import { Bench, HOUR, ORG, REPO, SECOND } from '../fixture.js';
import { unmatchedTasks } from './unmatched.js';

const OTHER = { url: 'https://git.example.com/cellar.git' };

function groups(bench: Bench) {
  const queued = [...bench.state.tasks.values()].filter(({ state }) => state === 'queued');
  return unmatchedTasks(bench.state, ORG, queued, bench.now);
}

function unmatched(bench: Bench) {
  return groups(bench).map(({ code, oldest, count }) => [code, oldest.id, count]);
}

test('without any agent, all that is queued waits for one, whatever it wants', () => {
  const bench = new Bench();
  const task = bench.submit();
  bench.submit({ needs: ['gpu'], repo: REPO });
  expect(unmatched(bench)).toEqual([['no_agents', task, 2]]);
});

test('what a busy, a drained or a limited agent could do waits for nobody else', () => {
  const bench = new Bench();
  bench.join('a');
  bench.submit();
  const later = bench.submit();
  expect(bench.task(later).state).toBe('queued');
  expect(unmatched(bench)).toEqual([]);
  bench.take({ type: 'agent.drain', org: ORG, agent: 'a', draining: true, reason: 'new disk' });
  expect(unmatched(bench)).toEqual([]);
});

test('one lack is one, in however many repositories, and names a repository only where it is that of all', () => {
  const bench = new Bench();
  bench.join('a', ['git']);
  const gpu = bench.submit({ needs: ['gpu'], repo: REPO });
  bench.submit({ needs: ['gpu'], repo: REPO });
  expect(groups(bench)).toMatchObject([{ count: 2, repo: REPO.url }]);
  bench.submit({ needs: ['gpu'], repo: OTHER });
  bench.submit({ needs: ['gpu'] });
  bench.submit({ needs: ['gpu'], repo: REPO });
  expect(unmatched(bench)).toEqual([['no_capable_agent', gpu, 5]]);
  expect(groups(bench)[0]?.repo).toBeUndefined();
});

test('work without a repository is apart from work of one where only that one has agents, which are away', () => {
  const bench = new Bench();
  bench.join('a', ['git'], { repositories: [REPO.url] });
  bench.gone('a');
  bench.wait(HOUR);
  const roof = bench.submit({ repo: REPO });
  const nowhere = bench.submit();
  expect(unmatched(bench)).toEqual([
    ['agents_offline', roof, 1],
    ['no_capable_agent', nowhere, 1],
  ]);
  const [first, second] = groups(bench);
  expect(first?.key).not.toBe(second?.key);
});

test('is told apart by what is wanted, by repository where agents are bound to some, and counted', () => {
  const bench = new Bench();
  bench.join('a', ['git'], { repositories: [REPO.url] });
  bench.submit({ repo: REPO });
  bench.submit({ repo: REPO });
  const gpu = [bench.submit({ needs: ['gpu'], repo: REPO }), bench.submit({ needs: ['gpu'], repo: REPO })];
  const elsewhere = bench.submit({ repo: OTHER });
  const named = bench.submit({ needs: ['agent:b'] });
  expect(unmatched(bench)).toEqual([
    ['no_capable_agent', gpu[0], 2],
    ['no_capable_agent', elsewhere, 1],
    ['no_capable_agent', named, 1],
  ]);
});

test('an agent that is held back is not there, and one that has lost its link is taken to come back for a while', () => {
  const bench = new Bench();
  bench.join('a');
  bench.fitness('a', { code: 'machine.disk_low', message: 'the disk is full' });
  const task = bench.submit();
  expect(unmatched(bench)).toEqual([['agents_unfit', task, 1]]);
  bench.gone('a');
  expect(unmatched(bench)).toEqual([]);
  bench.wait(bench.state.config.values.tasks.offlineGraceSeconds * SECOND);
  expect(unmatched(bench)).toEqual([['agents_offline', task, 1]]);
});

test('what is halted waits for the end of the halt', () => {
  const bench = new Bench();
  bench.take({ type: 'org.ensure', org: ORG });
  const halted = bench.submit({ repo: REPO });
  const other = bench.submit({ repo: OTHER });
  const scope = { kind: 'repo', value: REPO.url } as const;
  bench.take({ type: 'halt.create', org: ORG, by: 'owner', scope, strength: 'new', reason: 'fire', ofHub: true });
  bench.wait(HOUR);
  expect(bench.task(halted).state).toBe('queued');
  expect(unmatched(bench)).toEqual([['no_agents', other, 1]]);
});
