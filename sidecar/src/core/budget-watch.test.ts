import { type Price, priceOf } from '@agentcom/schemas/prices';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growthOf, isBeyond, sessionTotal, usageBehindGateway, usageOf } from './budget-watch.js';

const PRICE: Price = { model: 'gpt-*', currency: 'EUR', input: 2, cachedInput: 0.5, output: 10 };

describe('usage', () => {
  const growth = { inputTokens: 1_000, cachedInputTokens: 800, outputTokens: 50, costMicros: 0 };

  it('costs what the tool says, where it says so', () => {
    expect(usageOf({ ...growth, costMicros: 7 }, 'USD', PRICE)).toMatchObject({ costMicros: 7, currency: 'USD' });
    expect(usageOf(growth, 'USD', PRICE)).toMatchObject({ costMicros: 0 });
  });

  it('is priced where the tool does not, cached input at its own price', () => {
    expect(usageOf(growth, undefined, PRICE)).toMatchObject({
      costMicros: 200 * 2 + 800 * 0.5 + 50 * 10,
      currency: 'EUR',
    });
  });

  it('has no cost when nobody knows a price: unknown is not zero', () => {
    expect(usageOf(growth, undefined, undefined)).toEqual({ inputTokens: 1_000, outputTokens: 50 });
  });

  it('behind a gateway costs what the gateway takes, whatever the tool says', () => {
    const told = { ...growth, costMicros: 7 };
    const listed = { ...PRICE, model: 'claude-*', currency: 'USD' };
    const behind = (model: string | null, gatewayPrices: readonly Price[]) =>
      usageBehindGateway(told, 'USD', model, { gatewayPrices, prices: [listed] });
    expect(behind('gpt-5', [PRICE])).toMatchObject({ costMicros: 1_300, currency: 'EUR' });
    expect(behind('claude-5', [PRICE])).toMatchObject({ costMicros: 7, currency: 'USD' });
    // The tool knows no price of it either, but says one.
    expect(behind('qwen3:32b', [PRICE])).toEqual({ inputTokens: 1_000, outputTokens: 50 });
    expect(behind(null, [PRICE])).toEqual({ inputTokens: 1_000, outputTokens: 50 });
  });

  it('has the first price whose pattern fits the model', () => {
    const mini = { ...PRICE, model: 'gpt-*-mini' };
    expect(priceOf([mini, PRICE], 'gpt-5-mini')).toBe(mini);
    expect(priceOf([mini, PRICE], 'gpt-5')).toBe(PRICE);
    expect(priceOf([mini, PRICE], 'claude')).toBeUndefined();
    expect(priceOf([PRICE], null)).toBeUndefined();
  });

  it.each([
    [{ costMicros: 10 }, { costMicros: 10 }, false],
    [{ costMicros: 10 }, { costMicros: 11 }, true],
    [{ tokens: 10 }, { inputTokens: 5, outputTokens: 5 }, false],
    [{ tokens: 10 }, { inputTokens: 5, outputTokens: 6 }, true],
    [{ costMicros: 10 }, { inputTokens: 1e9 }, false],
    [{}, { inputTokens: 1e9, costMicros: 1e9 }, false],
  ])('of %j, %j is beyond: %s', (left, usage, isMore) => {
    expect(isBeyond(left, usage)).toBe(isMore);
  });

  it('adds up to the session over its turns, whatever each of them counts', () => {
    const amounts = fc.record({
      inputTokens: fc.nat(1e6),
      cachedInputTokens: fc.nat(1e5),
      outputTokens: fc.nat(1e6),
      costMicros: fc.nat(1e6),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(amounts, fc.constantFrom('session', 'turn'))), (turns) => {
        let before = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, costMicros: 0 };
        for (const [used, scope] of turns) {
          const after = {
            inputTokens: before.inputTokens + used.inputTokens,
            cachedInputTokens: before.cachedInputTokens + used.cachedInputTokens,
            outputTokens: before.outputTokens + used.outputTokens,
            costMicros: before.costMicros + used.costMicros,
          };
          const reading = { scope, counters: scope === 'turn' ? used : after };
          expect(growthOf(reading, before)).toEqual(used);
          expect(sessionTotal(reading, before)).toEqual(after);
          before = after;
        }
      }),
    );
  });

  it('is whole and within bounds whatever a tool says', () => {
    const odd = { inputTokens: Number.NaN, outputTokens: -5, costMicros: 1e300 };
    expect(growthOf({ scope: 'turn', counters: odd }, null)).toMatchObject({
      inputTokens: 0,
      outputTokens: 0,
      costMicros: 1e12,
    });
  });
});
