// What models cost by the lists of their providers, for tools that do not say it themselves and for estimates. Which price is right also depends on
// the contract, the tier and the length of a prompt: these are list prices of the standard tier. And whose a model is, as far as its name says it.

import type { RunnerKind } from './names.js';
import { matchesPattern } from './pattern.js';

/** Prices of the models whose name matches, in units of the currency for a million tokens. */
export interface Price {
  /** `*` stands for any text. */
  readonly model: string;
  readonly currency: string;
  readonly input: number;
  /** Input that was read from a cache. */
  readonly cachedInput: number;
  readonly output: number;
}

export type ModelProvider = 'openai' | 'google' | 'anthropic';

function usd(model: string, input: number, cachedInput: number, output: number): Price {
  return { model, currency: 'USD', input, cachedInput, output };
}

export interface PriceList {
  readonly provider: ModelProvider;
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
    provider: 'openai',
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
    provider: 'google',
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
    provider: 'anthropic',
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

/** The first price whose pattern fits the model. */
export function priceOf(prices: readonly Price[], model: string | null): Price | undefined {
  return model === null ? undefined : prices.find((price) => matchesPattern(price.model, model));
}

/** Models without a price of their own, such as the short names that Claude Code knows. */
const NAMES: readonly (readonly [ModelProvider, RegExp])[] = [
  ['anthropic', /claude|^(?:opus|sonnet|haiku)\b/],
  ['openai', /\bgpt-|\bo[134]\b|codex/],
  ['google', /gemini/],
];

/** Undefined where its name does not say it. */
export function providerOf(model: string): ModelProvider | undefined {
  const listed = PRICE_LISTS.find(({ prices }) => priceOf(prices, model) !== undefined);
  return listed?.provider ?? NAMES.find(([, name]) => name.test(model))?.[0];
}

/** Of agents that, without a gateway, know the models of one provider only. */
export const PROVIDER_OF_RUNNER: Readonly<Partial<Record<RunnerKind, ModelProvider>>> = {
  claude: 'anthropic',
  codex: 'openai',
  gemini: 'google',
};
