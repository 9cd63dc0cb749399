import { expect, it } from 'vitest';
import { providerOf } from './prices.js';

it.each([
  ['claude-opus-5', 'anthropic'],
  ['anthropic/claude-sonnet-5', 'anthropic'],
  ['opus', 'anthropic'],
  ['gpt-5.5', 'openai'],
  ['openai/gpt-9-new', 'openai'],
  ['gemini-2.5-pro', 'google'],
  ['qwen:7b', undefined],
  ['magnum-opus', undefined],
])('the provider of %s is %s', (model, provider) => {
  expect(providerOf(model)).toBe(provider);
});
