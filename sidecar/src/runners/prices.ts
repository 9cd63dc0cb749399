// What an operator says that models cost: laid over the list prices.

import { readBounded } from '@agentcom/schemas/host';
import type { Price } from '@agentcom/schemas/prices';
import { parse } from 'smol-toml';

/** An operator's own, to be laid over the table. Throws an error that names the file and what is wrong in it. */
export function ownPrices(path: string | undefined): readonly Price[] {
  if (path === undefined) return [];
  try {
    return parsePrices(readBounded(path).toString('utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the prices in ${path} cannot be used: ${reason}`, { cause: error });
  }
}

const PRICES_MAX = 500;

/**
 * Reads a TOML text such as
 *
 *     [[price]]
 *     model = "gpt-5*"      # `*` stands for any text
 *     currency = "USD"      # that, when left out
 *     input = 1.25          # for a million tokens
 *     cachedInput = 0.125   # as `input`, when left out
 *     output = 10
 */
export function parsePrices(text: string): Price[] {
  const { price: entries = [], ...others } = parse(text);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new Error(`unknown setting ${unknown}; prices are tables named [[price]]`);
  if (!Array.isArray(entries)) throw new Error('price must be a list of tables: [[price]]');
  if (entries.length > PRICES_MAX) throw new Error(`there are more than ${PRICES_MAX} prices`);
  return entries.map((entry, index) => priceIn(entry as Record<string, unknown>, `price ${index + 1}`));
}

const FIELDS = ['model', 'currency', 'input', 'cachedInput', 'output'];

function priceIn(entry: Record<string, unknown>, where: string): Price {
  const unknown = Object.keys(entry).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw new Error(`${where}: unknown setting ${unknown}`);
  const { model, currency = 'USD', input, cachedInput = input, output } = entry;
  if (typeof model !== 'string' || model === '') throw new Error(`${where}: model must be a string`);
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) {
    throw new Error(`${where}: currency must be a code such as USD`);
  }
  const amount = (name: string, value: unknown): number => {
    const isAmount = typeof value === 'number' && value >= 0 && value <= 1e6;
    if (!isAmount) throw new Error(`${where}: ${name} must be a number from 0 to 1000000`);
    return value;
  };
  return {
    model,
    currency,
    input: amount('input', input),
    cachedInput: amount('cachedInput', cachedInput),
    output: amount('output', output),
  };
}
