// What models cost, for tools that do not say it themselves: a small table, over which an operator lays a file of their own. Which
// price is right also depends on the contract, the tier and the length of a prompt: these are list prices of the standard tier.

import { readBounded } from '@agentcom/schemas/host';
import { parse } from 'smol-toml';
import type { Price } from '../core/budget-watch.js';

function usd(model: string, input: number, cachedInput: number, output: number): Price {
  return { model, currency: 'USD', input, cachedInput, output };
}

export interface PriceList {
  readonly source: string;
  /** When that was looked at. */
  readonly date: string;
  readonly prices: readonly Price[];
}

/**
 * For a million tokens; the first that fits counts. Prompts of Gemini up to 200,000 tokens. A model that is in none of the lists has no cost;
 * a budget of money holds it to the highest prices here.
 */
export const PRICE_LISTS: readonly PriceList[] = [
  {
    source: 'https://developers.openai.com/api/docs/pricing',
    date: '2026-11-21',
    prices: [
      usd('*gpt-5.5', 5, 0.5, 30),
      usd('*gpt-5.4-mini*', 0.75, 0.075, 4.5),
      usd('*gpt-5.4', 2.5, 0.25, 15),
      usd('*gpt-5.3-codex', 1.75, 0.175, 14),
      usd('*gpt-5.2-codex', 1.75, 0.175, 14),
      usd('*gpt-5.2', 1.75, 0.175, 14),
      usd('*gpt-5.1-codex-mini', 0.25, 0.025, 2),
      usd('*gpt-5.1-codex*', 1.25, 0.125, 10),
      usd('*gpt-5.1', 1.25, 0.125, 10),
      usd('*gpt-5-codex', 1.25, 0.125, 10),
      usd('*gpt-5-mini*', 0.25, 0.025, 2),
      usd('*gpt-5', 1.25, 0.125, 10),
    ],
  },
  {
    source: 'https://ai.google.dev/gemini-api/docs/pricing',
    date: '2026-11-21',
    prices: [
      usd('*gemini-3.8-flash*', 0.75, 0.075, 3.75),
      usd('*gemini-3.1-pro*', 2, 0.2, 12),
      usd('*gemini-2.5-pro*', 1.25, 0.125, 10),
      usd('*gemini-2.5-flash-lite*', 0.1, 0.01, 0.4),
      usd('*gemini-2.5-flash*', 0.3, 0.03, 2.5),
    ],
  },
  {
    source: 'https://platform.claude.com/docs/en/about-claude/pricing',
    date: '2026-11-21',
    prices: [
      usd('*claude-opus-5*', 5, 0.5, 25),
      usd('*claude-opus-4-5*', 5, 0.5, 25),
      usd('*claude-opus-4-6*', 5, 0.5, 25),
      usd('*claude-opus-4-7*', 5, 0.5, 25),
      usd('*claude-opus-4-8*', 5, 0.5, 25),
      usd('*claude-opus-4*', 15, 1.5, 75),
      usd('*claude-sonnet-5*', 2, 0.2, 10),
      usd('*claude-sonnet-4*', 3, 0.3, 15),
      usd('*claude-haiku-4-5*', 1, 0.1, 5),
    ],
  },
];

export const LISTED_PRICES: readonly Price[] = PRICE_LISTS.flatMap(({ prices }) => prices);

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
