import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERT_RULE_NAMES, testOf } from '@agentcom/schemas';
import { describe, expect, it } from 'vitest';
import { CONDITION_SUBJECTS } from './condition.js';
import { DAY, HOUR, MINUTE, ORG, REPO, TestHub, times } from './rules/fixture.js';

const SECOND = 1_000;

it.each(ALERT_RULE_NAMES)('%s is tested where the page of alerts says', (rule) => {
  const test = readFileSync(join(import.meta.dirname, 'rules', testOf(rule)), 'utf8');
  expect(test).toContain(`\n  ${rule}: {`);
});

it('finds nothing on a hub where nothing happened, but that alerting works', () => {
  expect(new TestHub().conditions().map(({ rule }) => rule)).toEqual(['Watchdog']);
});

it('finds nothing on a hub whose work goes well', () => {
  const hub = new TestHub();
  hub.elect(1);
  for (const name of ['a', 'b', 'c']) hub.bench.join(name, ['runner:claude']);
  times(50, (i) => {
    const id = hub.begun(['a', 'b', 'c'][i % 3] ?? '', { repo: REPO });
    hub.bench.wait(20 * SECOND);
    hub.bench.take({
      type: 'task.complete',
      ...hub.bench.by(id),
      report: hub.bench.mark(),
      result: { summary: 'done', commit: 'a'.repeat(40) },
      usage: { outputTokens: 100 },
    });
  });
  expect(hub.conditions().map(({ rule }) => rule)).toEqual(['Watchdog']);
});

it('names each organisation by itself, and at most so many subjects', () => {
  const hub = new TestHub();
  for (const org of [ORG, 'other']) {
    hub.bench.enrol('a', [], { org });
    hub.bench.take(hub.bench.helloOf('a', { org }));
    hub.bench.take({ type: 'agent.drain', org, agent: 'a', draining: true, reason: 'looks on' });
  }
  times(30, () => hub.submit({ lane: 'urgent' }));
  hub.bench.take({ ...submission('other'), by: 'other' });
  hub.bench.wait(HOUR + SECOND);
  const waits = hub.conditions().filter(({ rule }) => rule === 'QueueWaitHigh');
  expect(waits.map(({ org, severity, count, subjects }) => [org, severity, count, subjects.length])).toEqual([
    [ORG, 'page', 30, CONDITION_SUBJECTS],
    ['other', 'warn', 1, 1],
  ]);
});

function submission(org: string) {
  const spec = { title: 'a task', prompt: 'do it', lane: 'normal', needs: [] } as const;
  return { type: 'task.submit', org, spec } as const;
}

describe('severities', () => {
  it.each([
    ['CommitSlow', (hub: TestHub) => hub.measured({ commitP99Ms: 1_001 })],
    ['DiskLow', (hub: TestHub) => hub.measured({ disk: { directory: '/data', freeBytes: 9, lowBytes: 10 } })],
    ['BackupOld', (hub: TestHub) => hub.measured({ backups: { since: hub.bench.now - 50 * HOUR } })],
    ['ExpiresSoon', (hub: TestHub) => hub.measured({ certificateEndsAt: hub.bench.now + 3 * DAY })],
    [
      'ApiErrors',
      (hub: TestHub) => {
        const counts = { all: 1000, failed: 15, busy: 0 };
        hub.measured({ requests: { hour: counts, fiveMinutes: counts } });
      },
    ],
    [
      'DeadLetters',
      (hub: TestHub) => {
        hub.bench.join('a');
        times(50, () => hub.failed('a'));
      },
    ],
    [
      'QuestionWaiting',
      (hub: TestHub) => {
        hub.bench.join('a');
        hub.bench.block(hub.begun('a'));
        hub.bench.wait(22 * HOUR);
      },
    ],
    [
      'RunnerAuthBroken',
      (hub: TestHub) => {
        hub.bench.join('a', ['runner:claude']);
        hub.bench.join('b', ['runner:codex']);
        hub.failed('a', { class: 'machine', code: 'runner.not_signed_in' }, { runner: 'claude' });
      },
    ],
  ] as const)('%s becomes a page', (rule, arrange) => {
    const hub = new TestHub();
    arrange(hub);
    expect(hub.found(rule)?.severity).toBe('page');
  });

  it('are those of the config otherwise', () => {
    const hub = new TestHub();
    hub.measured({ commitP99Ms: 200 });
    hub.bench.take({
      type: 'config.patch',
      patch: { alerts: { rules: { CommitSlow: { severity: 'info' } } } },
      by: 'o',
    });
    expect(hub.found('CommitSlow')?.severity).toBe('info');
  });
});

describe('what does not count', () => {
  it('a task that printed something is not stuck', () => {
    const hub = new TestHub();
    hub.bench.join('a');
    const id = hub.begun('a');
    hub.bench.wait(HOUR);
    expect(hub.found('TaskStuck')).toBeDefined();
    hub.measured({ outputAt: new Map([[id, hub.bench.now - MINUTE]]) });
    expect(hub.found('TaskStuck')).toBeUndefined();
    hub.measured({ outputAt: new Map(), outputSince: hub.bench.now - MINUTE });
    expect(hub.found('TaskStuck')).toBeUndefined();
  });

  it('an agent that was drained before it left is not lost', () => {
    const hub = new TestHub();
    for (const name of ['a', 'b', 'c']) hub.bench.join(name);
    hub.bench.wait(HOUR);
    hub.drain('a');
    for (const name of ['a', 'b', 'c']) hub.bench.gone(name);
    expect(hub.found('AgentsLost')).toBeUndefined();
  });

  it('a queue that drains in time does not grow too fast', () => {
    const hub = new TestHub();
    times(60, (i) => hub.bench.join(`a${i}`));
    times(85, () => hub.submit());
    expect(hub.bench.state.matching.depths(ORG)).toEqual([0, 0, 25, 0]);
    expect(hub.found('QueueGrowing')).toBeUndefined();
  });

  it('a need that a connected agent offers is met, though it is busy, and a repository beyond its bounds is not', () => {
    const hub = new TestHub();
    hub.bench.join('a', ['gpu'], { repositories: [REPO.url] });
    hub.begun('a', { repo: REPO });
    hub.submit({ needs: ['gpu'], repo: REPO });
    expect(hub.found('NoCapableAgent')).toBeUndefined();
    const beyond = hub.submit({ needs: ['gpu'], repo: { url: 'https://git.example.com/other.git' } });
    expect(hub.found('NoCapableAgent')).toMatchObject({ count: 1 });
    expect(hub.bench.task(beyond).state).toBe('queued');
  });

  it('quick successes of plain commands, or with a commit, are not empty', () => {
    const hub = new TestHub();
    hub.bench.join('a', ['runner:command']);
    times(3, () => hub.completed('a'));
    expect(hub.found('EmptySuccess')).toBeUndefined();
  });

  it('a failure that another one interrupted is not the same again', () => {
    const hub = new TestHub();
    for (const name of ['a', 'b']) hub.bench.join(name);
    const fail = (name: string, code: string) => hub.failed(name, { code }, { repo: REPO });
    fail('a', 'x.one');
    fail('b', 'x.one');
    hub.completed('a', { repo: REPO });
    fail('b', 'x.one');
    expect(hub.found('SameFailureAgain')).toBeUndefined();
  });

  it('what is older than its window', () => {
    const hub = new TestHub();
    hub.bench.join('a');
    times(10, () => hub.failed('a'));
    expect(hub.found('DeadLetters')).toBeDefined();
    hub.bench.wait(12 * MINUTE);
    expect(hub.found('DeadLetters')).toBeUndefined();
  });

  it('keys that nobody uses, or that were never meant to last', () => {
    const hub = new TestHub();
    hub.bench.take({ type: 'org.ensure', org: ORG });
    const create = (name: string, ttlMs: number) =>
      hub.bench.take({ type: 'key.create', org: ORG, name, role: 'admin', hash: name, hint: name, by: 'owner', ttlMs })
        .reply.key;
    create('unused', 30 * DAY);
    const used = create('used', 30 * DAY);
    hub.bench.wait(20 * DAY);
    const short = create('short', 10 * DAY);
    hub.bench.wait(4 * DAY);
    expect(hub.found('ExpiresSoon')).toBeUndefined();
    const at = hub.bench.now - HOUR;
    hub.bench.take({ type: 'credentials.note', keys: [used, short].map((key) => [key, at] as const), sessions: [] });
    expect(hub.found('ExpiresSoon')).toMatchObject({
      severity: 'info',
      count: 1,
      subjects: [{ kind: 'key', name: 'used' }],
    });
  });
});
