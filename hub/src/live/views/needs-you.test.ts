import { expect, test } from 'vitest';
import type { Caller } from '../../access/authenticate.js';
import { viewOf } from '../../access/view.js';
import type { Condition } from '../../core/alert/condition.js';
import { agentSubject, condition, taskSubject } from '../../core/alert/fixture.js';
import { Bench, HOUR, ORG, SECOND } from '../../core/fixture.js';
import { iso } from '../../core/iso.js';
import { needFacts, needsOf } from './needs-you.js';

function agentsIn(bench: Bench, role: Caller['role'] = 'operator') {
  const caller = { by: 'key:k', role, org: ORG } as Caller;
  return needsOf(viewOf(bench.state, caller, 'tasks.read'), bench.now).filter(({ kind }) => kind === 'agent');
}

test('an agent that ignores offers has done so since it missed the last one, not since it is connected', () => {
  const bench = new Bench();
  bench.join('a');
  bench.wait(HOUR);
  bench.submit();
  bench.pass(61 * SECOND);
  const missedAt = bench.log.findLast(({ event }) => event.type === 'task.offer_ended')?.at as number;
  bench.wait(HOUR);
  expect(agentsIn(bench)).toMatchObject([{ agent: 'a', why: 'it ignored its last offer', since: iso(missedAt) }]);
});

test('agents in trouble are for those who may change agents', () => {
  const bench = new Bench();
  bench.join('a');
  bench.fitness('a', { code: 'machine.disk_low', message: 'the disk is full' });
  const roles = ['owner', 'admin', 'operator', 'developer', 'submitter', 'viewer'] as const;
  expect(roles.filter((role) => agentsIn(bench, role).length > 0)).toEqual(['owner', 'admin', 'operator']);
});

test('a lack in several repositories is found by each of them', () => {
  const bench = new Bench();
  bench.join('a');
  const repos = ['https://example.org/roof.git', 'https://example.org/wall.git'];
  for (const url of repos) bench.submit({ needs: ['gpu'], repo: { url } });
  const caller = { by: 'key:k', role: 'operator', org: ORG } as Caller;
  const [lack, ...others] = needsOf(viewOf(bench.state, caller, 'tasks.read'), bench.now);
  expect(others).toEqual([]);
  expect(lack).toMatchObject({ kind: 'unmatched', repos });
  expect(lack?.repo).toBeUndefined();
  expect(needFacts.words(lack as NonNullable<typeof lack>, 'repo')).toEqual(repos);
});

const KEY = { by: 'key:k', role: 'operator', org: ORG } as Caller;
const all = (bench: Bench) => needsOf(viewOf(bench.state, KEY, 'tasks.read'), bench.now);
const shown = (bench: Bench) => all(bench).map(({ kind, severity, alert }) => [kind, severity, alert?.rule]);

type Found = Partial<Condition> & Pick<Condition, 'rule'>;
function fire(bench: Bench, ...found: readonly Found[]): void {
  // Some rules wait before they fire.
  for (let i = 0; i < 2; i++) {
    bench.take({ type: 'alerts.evaluate', conditions: found.map(condition) });
    bench.wait(6 * 60 * SECOND);
  }
}

function deadTask(bench: Bench, code?: string): string {
  const id = bench.submit({ maxAttempts: 1 });
  bench.accept(id);
  bench.fail(id, 'permanent', undefined, code);
  expect(bench.task(id).state).toBe('dead');
  return id;
}

test('an alert about dead letters is part of their group, the gravest of several', () => {
  const bench = new Bench();
  bench.join('a');
  const subjects = [taskSubject(deadTask(bench))];
  fire(
    bench,
    { rule: 'DeadLettersOld', severity: 'info', subjects },
    { rule: 'DeadLetters', severity: 'page', subjects },
  );
  expect(shown(bench)).toEqual([['dead-letters', 'page', 'DeadLetters']]);
  const [row] = all(bench);
  bench.take({ type: 'alert.acknowledge', org: ORG, ofHub: false, by: 'key:k', alert: row?.alert?.id ?? '' });
  expect(shown(bench)).toEqual([['dead-letters', 'info', 'DeadLettersOld']]);
});

test('an alert about several groups of dead letters is part of the one that it names most of', () => {
  const bench = new Bench();
  bench.join('a');
  const tasks = ['it.tore', 'it.burnt', 'it.burnt'].map((code) => deadTask(bench, code));
  fire(bench, { rule: 'DeadLetters', subjects: tasks.map(taskSubject) });
  expect(all(bench).map(({ deadLetters, alert }) => [deadLetters?.code, alert?.rule])).toEqual([
    ['it.tore', undefined],
    ['it.burnt', 'DeadLetters'],
  ]);
});

test('an alert about questions or about work that nobody can take is part of the row that it names', () => {
  const bench = new Bench();
  bench.join('a');
  const asked = bench.submit();
  bench.accept(asked);
  bench.block(asked);
  const lacking = bench.submit({ needs: ['gpu'] });
  fire(
    bench,
    { rule: 'QuestionWaiting', subjects: [taskSubject(asked)] },
    { rule: 'NoCapableAgent', subjects: [taskSubject(lacking)] },
  );
  expect(shown(bench)).toEqual([
    ['question', 'warn', 'QuestionWaiting'],
    ['unmatched', 'warn', 'NoCapableAgent'],
  ]);
});

test('that no agent is connected is part of the work that waits for one', () => {
  const bench = new Bench();
  bench.join('a');
  bench.gone('a');
  bench.wait(HOUR);
  fire(bench, { rule: 'NoAgents', severity: 'page', subjects: [agentSubject('a')] });
  expect(shown(bench)).toEqual([['alert', 'page', 'NoAgents']]);
  bench.submit();
  expect(shown(bench)).toEqual([['unmatched', 'page', 'NoAgents']]);
});

test('an alert about agents is part of a row only where each of them has one', () => {
  const bench = new Bench();
  for (const name of ['a', 'b']) bench.join(name);
  const full = { code: 'machine.disk_low', message: 'the disk is full' } as const;
  bench.fitness('a', full);
  fire(bench, { rule: 'AgentDiskLow', subjects: [agentSubject('a'), agentSubject('b')] });
  expect(shown(bench)).toEqual([
    ['agent', undefined, undefined],
    ['alert', 'warn', 'AgentDiskLow'],
  ]);
  bench.fitness('b', full);
  expect(shown(bench)).toEqual([
    ['agent', 'warn', 'AgentDiskLow'],
    ['agent', undefined, undefined],
  ]);
});

test('of an agent with two troubles, the second stands by itself', () => {
  const bench = new Bench();
  bench.join('a');
  bench.fitness('a', { code: 'machine.disk_low', message: 'the disk is full' });
  const subjects = [agentSubject('a')];
  fire(bench, { rule: 'AgentFailing', severity: 'page', subjects }, { rule: 'AgentDiskLow', subjects });
  expect(shown(bench)).toEqual([
    ['agent', 'page', 'AgentFailing'],
    ['alert', 'warn', 'AgentDiskLow'],
  ]);
});

test('any other alert stands by itself', () => {
  const bench = new Bench();
  bench.join('a');
  const subjects = [taskSubject(deadTask(bench))];
  fire(bench, { rule: 'AttemptFailures', subjects });
  expect(shown(bench)).toEqual([
    ['dead-letters', undefined, undefined],
    ['alert', 'warn', 'AttemptFailures'],
  ]);
});
