import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LISTED_PRICES, priceOf } from '@agentcom/schemas/prices';
import { expect, it } from 'vitest';
import { ownPrices, parsePrices } from './prices.js';

it('the prices that come along know the models of the tools that name no cost', () => {
  for (const model of ['gpt-5-codex', 'openai/gpt-5.5', 'gemini-2.5-pro', 'gemini-2.5-flash-lite']) {
    expect(priceOf(LISTED_PRICES, model), model).toBeDefined();
  }
  expect(priceOf(LISTED_PRICES, 'gemini-2.5-flash-lite')?.input).toBe(0.1);
  expect(priceOf(LISTED_PRICES, 'my-own-model')).toBeUndefined();
});

it('an operator lays a file of prices over them, and hears what is wrong in it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'agentcom-prices-'));
  try {
    const path = join(dir, 'prices.toml');
    await writeFile(path, '[[price]]\nmodel = "gpt-5-*"\ncurrency = "EUR"\ninput = 3\noutput = 4.5\n');
    expect(priceOf([...ownPrices(path), ...LISTED_PRICES], 'gpt-5-codex')).toEqual({
      model: 'gpt-5-*',
      currency: 'EUR',
      input: 3,
      cachedInput: 3,
      output: 4.5,
    });
    expect(priceOf([...ownPrices(path), ...LISTED_PRICES], 'gpt-5.5')?.currency).toBe('USD');
    expect(ownPrices(undefined)).toEqual([]);
    await writeFile(path, '[[price]]\nmodel = "x"\n');
    expect(() => ownPrices(path)).toThrow(`the prices in ${path} cannot be used: price 1: input must be`);
    expect(() => ownPrices(join(dir, 'missing'))).toThrow('ENOENT');
  } finally {
    await rm(dir, { recursive: true });
  }
});

it.each([
  ['[[price]]\nmodel = "x"\ninput = "1"\noutput = 1', 'price 1: input must be a number'],
  ['[[price]]\nmodel = "x"\ninput = 1\noutput = -1', 'price 1: output must be a number'],
  ['[[price]]\ninput = 1\noutput = 1', 'price 1: model must be a string'],
  ['[[price]]\nmodel = "x"\ncurrency = "euro"\ninput = 1\noutput = 1', 'price 1: currency must be a code'],
  ['[[price]]\nmodel = "x"\ninputs = 1\noutput = 1', 'price 1: unknown setting inputs'],
  ['[[prices]]\nmodel = "x"', 'unknown setting prices'],
  ['price = 1', 'price must be a list'],
])('%j is refused: %s', (text, message) => {
  expect(() => parsePrices(text)).toThrow(message);
});
