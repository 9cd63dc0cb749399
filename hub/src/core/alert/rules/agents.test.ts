// Cases of the rules about attempts, agents and what agents depend on.

import { DAY, HOUR, MINUTE, ORG, REPO, type TestHub, testRules, times } from './fixture.js';

const SECOND = 1_000;
const CLAUDE = ['runner:claude'];
const OVERLOADED = { class: 'rate_limited', code: 'runner.limited', message: '529 Overloaded' } as const;
const SIGNED_OUT = { class: 'machine', code: 'runner.not_signed_in', message: 'not signed in' } as const;

function join(hub: TestHub, names: readonly string[], capabilities: readonly string[] = []): void {
  for (const name of names) hub.bench.join(name, capabilities);
}

testRules({
  AttemptFailures: {
    before: (hub) => {
      join(hub, ['a']);
      hub.completed('a');
      times(4, () => hub.failed('a', { class: 'transient' }));
    },
    past: (hub) => void hub.failed('a', { class: 'transient' }),
    severity: 'warn',
    subjects: () => [],
    count: 5,
    why: /5 of 6 attempts \(83\.3 %\) failed in the last 30 min, and the limit is 50 %\. Most often: it\.failed/,
  },
  SameFailureAgain: {
    before: (hub) => {
      join(hub, ['a', 'b']);
      for (const name of ['a', 'b']) hub.failed(name, { class: 'verification' }, { repo: REPO });
      hub.failed('a', { class: 'machine', code: 'machine.disk_low' }, { repo: REPO });
    },
    past: (hub) => void hub.failed('b', { class: 'verification' }, { repo: REPO }),
    severity: 'warn',
    subjects: () => [REPO.url],
    why: /The last 3 attempts in https:.*git all ended with it\.failed .* on 2 agents: a, b\./,
  },
  AgentFailing: {
    before: (hub) => {
      join(hub, ['a', 'b']);
      times(4, () => hub.failed('a'));
      hub.completed('b');
    },
    past: (hub) => void hub.failed('a'),
    severity: 'warn',
    subjects: () => ['a'],
    why: /The last 5 attempts of agent a failed.* while others completed theirs\. Most often: it\.failed/,
  },
  EmptySuccess: {
    before: (hub) => {
      join(hub, ['a'], CLAUDE);
      times(2, () => hub.completed('a'));
    },
    past: (hub) => void hub.completed('a'),
    severity: 'warn',
    subjects: (hub) => [...hub.tasks].reverse(),
    why: /3 tasks completed in the last hour without a commit.*\(limit 3\)\. Most often by agent a\./,
  },
  NoAgents: {
    before: (hub) => join(hub, ['a']),
    past: (hub) => {
      hub.bench.gone('a');
      hub.bench.wait(MINUTE);
    },
    severity: 'page',
    subjects: () => ['a'],
    why: /The only enrolled agent, a, has not been connected for 1 min \(since .*\)\.$/,
  },
  AgentsLost: {
    before: (hub) => {
      join(hub, ['a', 'b', 'c', 'd']);
      hub.bench.wait(HOUR);
      for (const name of ['a', 'b']) hub.bench.gone(name);
    },
    past: (hub) => hub.bench.gone('c'),
    severity: 'page',
    subjects: () => ['a', 'b', 'c'],
    why: /3 of 4 agents \(75 %\) lost their connection since .*, and the limit is 30 %\. All ran on host\./,
  },
  AgentOffline: {
    before: (hub) => {
      join(hub, ['a']);
      hub.bench.gone('a');
      hub.bench.wait(15 * MINUTE - SECOND);
    },
    past: (hub) => hub.bench.wait(2 * SECOND),
    severity: 'info',
    subjects: () => ['a'],
    why: /Agent a on host has been disconnected for 15 min 1 s .* 1 s past the limit of 15 min/,
  },
  AgentFlapping: {
    before: (hub) => {
      join(hub, ['a']);
      times(4, () => {
        hub.bench.gone('a');
        hub.bench.hello('a');
      });
      // Back once after a new leader, like all the others: that is nobody's fault.
      hub.elect(1);
      hub.bench.hello('a');
    },
    past: (hub) => hub.bench.gone('a'),
    severity: 'warn',
    subjects: () => ['a'],
    why: /Agent a lost its connection 5 times in 15 min \(limit 5\)/,
  },
  SidecarOld: {
    before: (hub) => {
      hub.elect(1, '0.2.0');
      join(hub, ['new', 'old']);
      hub.bench.hello('new', undefined, { version: '0.2.1' });
      hub.bench.hello('old', undefined, { version: '0.1.9' });
      hub.bench.wait(7 * DAY - SECOND);
    },
    past: (hub) => hub.bench.wait(2 * SECOND),
    severity: 'info',
    subjects: () => ['old'],
    why: /The sidecar of agent old has version 0\.1\.9 and the hub 0\.2\.0, for 7 d .* past the limit of 7 d/,
  },
  AgentDiskLow: {
    before: (hub) => {
      join(hub, ['a', 'b']);
      hub.bench.fitness('b', { code: 'machine.git_missing', message: 'no git' });
    },
    past: (hub) => {
      hub.bench.fitness('a', { code: 'machine.disk_low', message: 'no room' });
      hub.bench.wait(MINUTE);
    },
    severity: 'warn',
    subjects: () => ['a'],
    why: /machine of agent a has been short of disk space for 1 min \(since .*\): no room/,
  },
  ClockSkew: {
    before: (hub) => {
      join(hub, ['a', 'b']);
      hub.measured({ clockSkewMs: new Map([[`${ORG}/a`, -29_000]]) });
    },
    past: (hub) => hub.measured({ clockSkewMs: new Map([[`${ORG}/a`, -31_000]]) }),
    severity: 'warn',
    subjects: () => ['a'],
    why: /The clock of agent a on host is 31 s behind the hub's \(limit 30 s\)/,
  },
  ForgottenDrain: {
    before: (hub) => {
      join(hub, ['a', 'b']);
      hub.drain('a');
      hub.bench.wait(HOUR);
      hub.drain('a');
      hub.bench.wait(7 * HOUR - SECOND);
    },
    past: (hub) => hub.bench.wait(2 * SECOND),
    severity: 'info',
    subjects: () => ['a'],
    why: /Agent a has been drained for 8 h \(since .*\), 1 s past the limit of 8 h/,
  },
  LimitsReached: {
    before: (hub) => {
      join(hub, ['a', 'b'], CLAUDE);
      hub.failed('a', { ...OVERLOADED, message: 'usage limit' }, { runner: 'claude' }, hub.bench.now + HOUR);
    },
    past: (hub) =>
      void hub.failed('b', { ...OVERLOADED, message: 'usage limit' }, { runner: 'claude' }, hub.bench.now + 2 * HOUR),
    severity: 'warn',
    subjects: () => ['claude'],
    why: /Every connected agent with claude is at its usage limit; the first ends at .*, in 1 h/,
  },
  RunnerAuthBroken: {
    before: (hub) => {
      join(hub, ['a', 'b'], CLAUDE);
      hub.failed('a', { class: 'transient', code: 'runner.failed' }, { runner: 'claude' });
    },
    past: (hub) => void hub.failed('a', SIGNED_OUT, { runner: 'claude' }),
    severity: 'warn',
    subjects: () => ['a'],
    why: /Agent a on host is not signed in to claude.* Other agents take its tasks/,
  },
  ProviderDown: {
    before: (hub) => {
      join(hub, ['a', 'b', 'c'], CLAUDE);
      hub.completed('c', { runner: 'claude' });
      for (const name of ['a', 'b']) hub.failed(name, OVERLOADED, { runner: 'claude' });
    },
    past: (hub) => void hub.failed('c', OVERLOADED, { runner: 'claude' }),
    severity: 'warn',
    subjects: () => ['claude'],
    why: /3 of 4 attempts with claude \(75 %\) failed lately because its provider is overloaded \(limit 50 %\), on 3 agents/,
  },
  PushFailing: {
    before: (hub) => {
      join(hub, ['a']);
      times(2, () => hub.failed('a', { code: 'git.push_denied' }, { repo: REPO }));
    },
    past: (hub) => void hub.failed('a', { code: 'git.push_refused' }, { repo: REPO }),
    severity: 'warn',
    subjects: () => ['git.example.com'],
    why: /git\.example\.com refused 3 pushes or requests in 15 min \(limit 3\).* lately with git\.push_refused/,
  },
});
