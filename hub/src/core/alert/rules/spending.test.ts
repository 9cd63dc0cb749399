import { describe, expect, it } from 'vitest';
import { ORG } from '../../fixture.js';
import { TestHub, testRules } from './fixture.js';

const HOUR = 3_600_000;
const WHO = { org: ORG, ofHub: true, by: 'ada' };

function limited(hub: TestHub, amounts: object = { day: { tokens: 1_000 } }): void {
  hub.bench.take({ type: 'org.ensure', org: ORG });
  hub.bench.take({ type: 'limit.set', ...WHO, scope: { kind: 'org' }, amounts });
  hub.bench.join('a');
}

function used(hub: TestHub, tokens: number): void {
  const id = hub.begun('a');
  hub.bench.take({
    type: 'task.progress',
    ...hub.bench.by(id),
    report: hub.bench.mark(),
    usage: { inputTokens: tokens },
  });
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
