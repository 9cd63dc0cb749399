import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetLeft, budgetOf, isUsedUp } from './budget.js';
import { chooseRunner } from './choose-runner.js';
import { jobIn, task } from './fixture.js';
import { EMPTY_OUTBOX, put, settle } from './outbox.js';
import { addUsage } from './usage.js';

describe('the runner of a task', () => {
  const allowed = { kind: 'claude', also: ['codex'], model: 'opus', models: ['opus', 'sonnet-*'] } as const;

  it('is the one it names, when that is allowed here', () => {
    expect(chooseRunner({}, allowed)).toEqual({ kind: 'claude', model: 'opus' });
    expect(chooseRunner({ runner: 'claude' }, allowed)).toEqual({ kind: 'claude', model: 'opus' });
    expect(chooseRunner({ runner: 'codex' }, allowed)).toEqual({ kind: 'codex', model: null });
    expect(chooseRunner({ runner: 'gemini' }, allowed)).toEqual({
      unfit: 'this agent does not have the runner gemini',
    });
    expect(chooseRunner({ runner: 'vim' }, allowed)).toEqual({ unfit: 'this agent does not have the runner vim' });
  });

  it('uses the model the task names, when that is allowed here', () => {
    expect(chooseRunner({ model: 'sonnet-4' }, allowed)).toEqual({ kind: 'claude', model: 'sonnet-4' });
    expect(chooseRunner({ model: 'haiku' }, allowed)).toEqual({ unfit: 'this agent does not allow the model haiku' });
    expect(chooseRunner({ model: 'opus' }, { ...allowed, models: [] })).toEqual({ kind: 'claude', model: 'opus' });
  });
});

describe('the budget', () => {
  it('is the task’s own, else the configured one, figure by figure', () => {
    expect(budgetOf({ tokens: 5 }, { tokens: 9, costMicros: 7 })).toEqual({ tokens: 5, costMicros: 7 });
    expect(budgetOf(undefined, {})).toEqual({});
  });

  it('shrinks by what this attempt and those before it have used, to nothing and not below', () => {
    const job = jobIn('running', {
      task: task({ used: { inputTokens: 10, costMicros: 3 } }),
      budget: { tokens: 100, costMicros: 5 },
      usage: { inputTokens: 1, outputTokens: 9, costMicros: 4 },
    });
    expect(budgetLeft(job)).toEqual({ tokens: 80, costMicros: 0 });
    expect(isUsedUp(job)).toBe(true);
    expect(isUsedUp({ ...job, budget: {} })).toBe(false);
    const others = { otherCosts: [{ costMicros: 2, currency: 'USD' }] };
    expect(budgetLeft({ ...job, budget: { costMicros: 10 }, usage: { costMicros: 4, ...others } })).toEqual({
      costMicros: 1,
    });
  });
});

it('usage adds up in any order, and what is unknown stays unknown', () => {
  const usage = fc.record({ inputTokens: fc.nat(), outputTokens: fc.nat(), seconds: fc.nat() }, { requiredKeys: [] });
  fc.assert(
    fc.property(usage, usage, usage, (a, b, c) => {
      expect(addUsage(addUsage(a, b), c)).toEqual(addUsage(a, addUsage(b, c)));
      expect(addUsage(a, {})).toEqual(a);
    }),
  );
  const euros = { costMicros: 5, currency: 'EUR' };
  const dollars = { costMicros: 7, currency: 'USD' };
  const both = { ...euros, otherCosts: [{ costMicros: 7, currency: 'USD' }] };
  expect(addUsage(euros, dollars)).toEqual(both);
  expect(addUsage(both, dollars)).toEqual({ ...euros, otherCosts: [{ costMicros: 14, currency: 'USD' }] });
  expect(addUsage(dollars, both)).toEqual({ costMicros: 14, currency: 'USD', otherCosts: [euros] });
  expect(addUsage({ costMicros: 3 }, euros)).toEqual({ costMicros: 3, otherCosts: [euros] });
  expect(addUsage({ currency: 'USD' }, { seconds: 1 })).toEqual({ currency: 'USD', seconds: 1 });
  expect(addUsage({ seconds: 1 }, euros)).toEqual({ ...euros, seconds: 1 });
});

describe('the outbox', () => {
  const progress = (more: object) => ({ type: 'task.progress', ...more }) as const;

  it('adds up progress that waits, and never what may be on its way', () => {
    let outbox = put(EMPTY_OUTBOX, progress({ note: 'a' }));
    outbox = put(put(outbox, progress({ note: 'b', fraction: 0.1 })), progress({ fraction: 0.2 }));
    expect(outbox.reports.map(({ seq, body }) => ({ seq, ...body }))).toEqual([
      { seq: 1, type: 'task.progress', note: 'a' },
      { seq: 3, type: 'task.progress', note: 'b', fraction: 0.2 },
    ]);
  });

  it('never drops a question that waits', () => {
    const outbox = put(put(EMPTY_OUTBOX, progress({})), { type: 'task.block', questionId: 'q', question: '?' });
    const fuller = put(put(outbox, progress({})), {
      type: 'task.fail',
      error: { class: 'lost', code: 'x', message: 'x' },
    });
    expect(settle(fuller).reports.map(({ body }) => body.type)).toEqual(['task.block', 'task.fail']);
  });
});
