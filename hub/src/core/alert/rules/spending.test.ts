import { describe, expect, it } from 'vitest';
import type { CommandOf } from '../../commands.js';
import { ORG } from '../../fixture.js';
import { TestHub, testRules } from './fixture.js';

const HOUR = 3_600_000;
const UNIT = 1_000_000;
const WHO = { org: ORG, ofHub: true, by: 'ada' };

function limited(hub: TestHub, amounts: object = { day: { tokens: 1_000 } }): void {
  hub.bench.take({ type: 'org.ensure', org: ORG });
  hub.bench.take({ type: 'limit.set', ...WHO, scope: { kind: 'org' }, amounts });
  hub.bench.join('a');
}

function used(hub: TestHub, tokens: number, more: Partial<CommandOf<'task.progress'>> = {}): void {
  const id = hub.begun('a');
  hub.bench.take({
    type: 'task.progress',
    ...hub.bench.by(id),
    report: hub.bench.mark(),
    usage: { inputTokens: tokens },
    ...more,
  });
}

function paid(hub: TestHub, id: string, costMicros: number, currency = 'USD'): void {
  const usage = { costMicros, currency };
  hub.bench.take({ type: 'task.progress', ...hub.bench.by(id), report: hub.bench.mark(), usage });
}

testRules({
  BudgetBurn: {
    before: (hub) => {
      limited(hub, { total: { tokens: 1_000 } });
      used(hub, 799);
    },
    past: (hub) => {
      const id = [...hub.bench.state.tasks.keys()][0] ?? '';
      const usage = { inputTokens: 800 };
      hub.bench.take({ type: 'task.progress', ...hub.bench.by(id), report: hub.bench.mark(), usage });
    },
    severity: 'warn',
    subjects: () => ['org'],
    why: /^80 % of the spend limit of org is used \(800 of 1000 tokens\); at 85 % nothing new begins.* it has no end\.$/,
  },
  SpendAnomaly: {
    before: (hub) => {
      hub.bench.join('a');
      for (const micros of [1, 2, 9, 2, 2]) {
        paid(hub, hub.begun('a'), micros * UNIT);
        hub.bench.complete([...hub.bench.state.tasks.keys()].at(-1) ?? '');
        hub.bench.wait(HOUR);
      }
      paid(hub, hub.begun('a'), 6 * UNIT - 1);
    },
    past: (hub) => paid(hub, [...hub.bench.state.tasks.keys()].at(-1) ?? '', 6 * UNIT),
    severity: 'warn',
    subjects: () => [],
    why: /^6\.00 USD were spent since 2023-11-15 03:00 UTC, 3 times the 2\.00 USD of a usual hour of the last seven days\.$/,
  },
  UnpricedUse: {
    before: (hub) => {
      hub.bench.join('a');
      used(hub, 999_999, { session: { runner: 'codex', id: 's', model: 'house-1' } });
    },
    past: (hub) => {
      const id = [...hub.bench.state.tasks.keys()][0] ?? '';
      const usage = { inputTokens: 1_000_000 };
      hub.bench.take({ type: 'task.progress', ...hub.bench.by(id), report: hub.bench.mark(), usage });
    },
    severity: 'info',
    subjects: () => ['codex'],
    why: /^1000000 tokens were used without a price today, most by house-1: nobody knows what they cost/,
  },
});

describe('SpendAnomaly', () => {
  it('says nothing before five hours have told what is usual, of what is little, and of another currency', () => {
    const hub = new TestHub();
    hub.bench.join('a');
    const hours = (count: number, micros: number) => {
      for (let i = 0; i < count; i++) {
        paid(hub, hub.begun('a'), micros);
        hub.bench.complete([...hub.bench.state.tasks.keys()].at(-1) ?? '');
        hub.bench.wait(HOUR);
      }
    };
    hours(4, UNIT);
    const task = hub.begun('a');
    paid(hub, task, 50 * UNIT);
    expect(hub.found('SpendAnomaly')).toBeUndefined();
    hub.bench.complete(task);
    hub.bench.wait(HOUR);
    const small = hub.begun('a');
    paid(hub, small, 5 * UNIT - 1);
    expect(hub.found('SpendAnomaly')).toBeUndefined();
    hub.bench.complete(small);
    hub.bench.wait(HOUR);
    const other = hub.begun('a');
    paid(hub, other, 50 * UNIT, 'EUR');
    expect(hub.found('SpendAnomaly')).toBeUndefined();
  });

  it('forgets what is more than seven days ago', () => {
    const hub = new TestHub();
    hub.bench.join('a');
    for (let i = 0; i < 5; i++) {
      paid(hub, hub.begun('a'), UNIT);
      hub.bench.complete([...hub.bench.state.tasks.keys()].at(-1) ?? '');
      hub.bench.wait(HOUR);
    }
    const task = hub.begun('a');
    paid(hub, task, 50 * UNIT);
    expect(hub.found('SpendAnomaly')).toMatchObject({ value: 50 });
    hub.bench.complete(task);
    hub.bench.wait(8 * 24 * HOUR);
    hub.bench.hello('a');
    paid(hub, hub.begun('a'), 50 * UNIT);
    expect(hub.found('SpendAnomaly')).toBeUndefined();
  });
});

describe('BudgetBurn', () => {
  it('is for information while half is used and the forecast is past the limit, and not when there is time enough', () => {
    const hub = new TestHub();
    // It is 22:13 in UTC: nearly all of the day is over.
    limited(hub);
    used(hub, 600);
    expect(hub.found('BudgetBurn')).toBeUndefined();
    const early = new TestHub();
    early.bench.wait(3 * HOUR);
    limited(early);
    used(early, 600);
    expect(early.found('BudgetBurn')).toMatchObject({ severity: 'info', value: 60, limit: 50 });
  });

  it('is a page once the limit is reached', () => {
    const hub = new TestHub();
    limited(hub);
    used(hub, 1_200);
    expect(hub.found('BudgetBurn')).toMatchObject({ severity: 'page', value: 120 });
    expect(hub.found('BudgetBurn')?.why).toMatch(
      /what ran under it is stopped, and it begins anew at 2023-11-15 00:00 UTC/,
    );
  });
});
