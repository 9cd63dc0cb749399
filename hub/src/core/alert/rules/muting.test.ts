// That one cause is one message: which alerts are left when several rules see the same.

import { expect, test } from 'vitest';
import { HOUR, MINUTE, ORG, REPO, TestHub, times } from './fixture.js';

const OTHER_REPO = { ...REPO, url: 'https://git.example.com/other.git' };
const CLAUDE = ['runner:claude'];
const OVERLOADED = { class: 'rate_limited', code: 'runner.limited', message: '529 Overloaded' } as const;

/** Rules of this organisation that are found, each with what mutes it. */
function foundIn(hub: TestHub): Record<string, string | undefined> {
  const conditions = hub.conditions().filter(({ org }) => org === ORG);
  for (let more = true; more; ) more = hub.bench.take({ type: 'alerts.evaluate', conditions }).reply.more;
  const open = [...hub.bench.state.alerts.open.values()].filter(
    ({ org, severity }) => org === ORG && severity !== 'info',
  );
  return Object.fromEntries(open.map(({ rule, mutedBy }) => [rule, mutedBy]));
}

/** `for` of 0, so that what is found fires. */
function atOnce(...rules: readonly string[]): TestHub {
  const hub = new TestHub();
  const patch = { alerts: { rules: Object.fromEntries(rules.map((rule) => [rule, { forSeconds: 0 }])) } };
  hub.bench.take({ type: 'config.patch', patch: patch as never, by: 'owner' });
  return hub;
}

function join(hub: TestHub, names: readonly string[], capabilities: readonly string[] = []): void {
  for (const name of names) hub.bench.join(name, capabilities);
}

test('all agents that leave together are NoAgents alone', () => {
  const hub = atOnce('NoAgents', 'AgentsLost', 'NoCapableAgent');
  join(hub, ['a', 'b', 'c']);
  hub.bench.wait(HOUR);
  hub.begun('a');
  for (const name of ['a', 'b', 'c']) hub.bench.gone(name);
  hub.submit({ lane: 'urgent' });
  hub.bench.wait(14 * MINUTE);
  expect(foundIn(hub)).toMatchObject({
    NoAgents: undefined,
    AgentsLost: 'NoAgents',
    NoCapableAgent: 'NoAgents',
  });
});

test('an agent that fails everything is AgentFailing alone, unless others fail too', () => {
  const hub = atOnce();
  join(hub, ['a', 'b']);
  times(10, () => hub.failed('a'));
  hub.completed('b');
  expect(foundIn(hub)).toEqual({
    AgentFailing: undefined,
    AttemptFailures: 'AgentFailing',
    DeadLetters: 'AgentFailing',
  });
  hub.failed('b');
  expect(foundIn(hub)).toEqual({ AgentFailing: undefined, AttemptFailures: undefined, DeadLetters: undefined });
});

test('a repository that is broken is SameFailureAgain alone', () => {
  const hub = atOnce();
  join(hub, ['a', 'b', 'c']);
  hub.completed('c');
  for (const name of ['a', 'b']) times(5, () => hub.failed(name, {}, { repo: REPO }));
  expect(foundIn(hub)).toEqual({
    SameFailureAgain: undefined,
    AgentFailing: 'SameFailureAgain',
    AttemptFailures: 'SameFailureAgain',
    DeadLetters: 'SameFailureAgain',
  });
});

test('what explained all of it goes on doing so once it is over, until there is something new', () => {
  const hub = atOnce();
  join(hub, ['a', 'b', 'c']);
  hub.completed('c');
  for (const name of ['a', 'b']) times(5, () => hub.failed(name, {}, { repo: REPO }));
  hub.bench.wait(1_000);
  expect(foundIn(hub)).toMatchObject({ SameFailureAgain: undefined, DeadLetters: 'SameFailureAgain' });
  hub.completed('c', { repo: REPO });
  for (let i = 0; i < 3; i++) {
    hub.bench.wait(5 * MINUTE);
    foundIn(hub);
  }
  const after = foundIn(hub);
  expect(after).not.toHaveProperty('SameFailureAgain');
  expect(after).toHaveProperty('DeadLetters', 'SameFailureAgain');
  hub.bench.restart();
  expect(foundIn(hub)).toEqual(after);
  for (const name of ['a', 'b', 'c']) times(4, () => hub.failed(name, { code: `it.${name}` }));
  expect(foundIn(hub)).toHaveProperty('DeadLetters', undefined);
});

test('an agent that is not signed in is RunnerAuthBroken alone, and hides nothing that fails in another way', () => {
  const hub = atOnce();
  join(hub, ['a', 'b', 'c'], CLAUDE);
  hub.completed('c');
  times(5, () => hub.failed('a', { code: 'runner.not_signed_in' }));
  expect(foundIn(hub)).toEqual({
    RunnerAuthBroken: undefined,
    AgentFailing: 'RunnerAuthBroken',
    AttemptFailures: 'RunnerAuthBroken',
  });
  for (const name of ['b', 'c']) times(5, () => hub.failed(name, {}, { repo: REPO }));
  expect(foundIn(hub)).toEqual({
    RunnerAuthBroken: undefined,
    AgentFailing: undefined,
    SameFailureAgain: undefined,
    AttemptFailures: 'AgentFailing',
    DeadLetters: 'SameFailureAgain',
  });
});

test('a host that refuses pushes is PushFailing alone, and not what fails in another way', () => {
  const hub = atOnce();
  join(hub, ['a', 'b', 'c']);
  hub.completed('c');
  for (const name of ['a', 'b']) times(5, () => hub.failed(name, { code: 'git.push_denied' }, { repo: REPO }));
  expect(foundIn(hub)).toEqual({
    PushFailing: undefined,
    SameFailureAgain: 'PushFailing',
    AgentFailing: 'PushFailing',
    AttemptFailures: 'PushFailing',
    DeadLetters: 'SameFailureAgain',
  });
  for (const name of ['a', 'b']) times(5, () => hub.failed(name, { class: 'verification' }, { repo: OTHER_REPO }));
  expect(foundIn(hub)).toMatchObject({ PushFailing: undefined, SameFailureAgain: undefined });
});

test('a provider that is down is ProviderDown alone', () => {
  const hub = atOnce();
  join(hub, ['a', 'b', 'c'], CLAUDE);
  for (const name of ['a', 'b', 'c']) hub.failed(name, OVERLOADED, { runner: 'claude' }, hub.bench.now + HOUR);
  expect(foundIn(hub)).toEqual({ ProviderDown: undefined, LimitsReached: 'ProviderDown' });
});

test('neither a provider that is down nor a limit hides attempts that fail, since what they explain is no failure', () => {
  const hub = atOnce();
  join(hub, ['a', 'b', 'c'], CLAUDE);
  for (const name of ['a', 'b', 'c']) for (const code of ['x.one', 'x.two']) hub.failed(name, { code: code + name });
  for (const name of ['a', 'b', 'c']) hub.failed(name, OVERLOADED, { runner: 'claude' }, hub.bench.now + HOUR);
  expect(foundIn(hub)).toMatchObject({ ProviderDown: undefined, LimitsReached: 'ProviderDown' });
  expect(foundIn(hub)).toHaveProperty('AttemptFailures', undefined);
});

test('tasks that wait for want of a capable agent are NoCapableAgent alone, urgent ones too; others that wait are told as well', () => {
  const hub = atOnce('NoCapableAgent');
  hub.bench.join('a', [], { repositories: ['https://git.example/ours/*'] });
  hub.begun('a', { repo: { url: 'https://git.example/ours/app' } });
  hub.submit({ needs: ['gpu'] });
  hub.submit({ lane: 'urgent', repo: { url: 'https://git.example/theirs/app' } });
  hub.bench.wait(59 * MINUTE);
  hub.bench.take({ type: 'task.progress', ...hub.bench.by(hub.tasks[0] ?? ''), note: 'at it' } as never);
  hub.bench.wait(2 * MINUTE);
  expect(foundIn(hub)).toEqual({ NoCapableAgent: undefined });
  hub.submit({ repo: { url: 'https://git.example/ours/app' } });
  hub.bench.wait(61 * MINUTE);
  expect(foundIn(hub)).toMatchObject({ NoCapableAgent: undefined, QueueWaitHigh: undefined });
});

test('a lane that grows past its limit is told once it is, and not twice', () => {
  const hub = atOnce();
  join(hub, ['a']);
  hub.begun('a');
  times(20, () => hub.submit({ lane: 'urgent' }));
  expect(foundIn(hub)).toEqual({ QueueGrowing: undefined });
  hub.bench.wait(3 * MINUTE);
  expect(foundIn(hub)).toEqual({ QueueGrowing: 'QueueWaitHigh', QueueWaitHigh: undefined });
});

test('an agent that comes and goes does not answer offers either', () => {
  const hub = atOnce();
  join(hub, ['a']);
  const task = hub.submit();
  times(3, () => {
    hub.reject(task);
    hub.bench.pass(30_000);
  });
  times(5, () => {
    hub.bench.gone('a');
    hub.bench.hello('a');
  });
  expect(foundIn(hub)).toMatchObject({ AgentFlapping: undefined, OfferUnanswered: 'AgentFlapping' });
});
