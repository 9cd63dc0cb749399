// `agentcom prices …`: which prices this program knows, and what was used without one.

import type { CostItem } from '@agentcom/schemas';
import { LISTED_PRICES, PRICE_LISTS, priceOf } from '@agentcom/schemas/prices';
import type { Command } from 'commander';
import { EXIT } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import { withExamples } from '../options.js';
import { type PointInTime, pastTime } from '../times.js';
import { amount } from '../usage-text.js';

export function definePrices(command: Command, cli: Cli): void {
  addList(command, cli);
  addCheck(command, cli);
}

function addList(prices: Command, cli: Cli): void {
  const command = prices.command('list').description('list the built-in prices, and where they are from');
  withExamples(command, 'agentcom prices list').action(
    cli.act(async ({ out }: Invocation) => {
      out.answer({ lists: PRICE_LISTS }, () =>
        PRICE_LISTS.map(({ source, date, prices: listed }) => {
          const rows = table(
            out,
            listed,
            [
              { head: 'MODEL', of: ({ model }) => model },
              { head: 'INPUT', of: ({ input, currency }) => `${input} ${currency}` },
              { head: 'CACHED', of: ({ cachedInput, currency }) => `${cachedInput} ${currency}` },
              { head: 'OUTPUT', of: ({ output, currency }) => `${output} ${currency}` },
            ],
            '',
          );
          return `${source}, ${date}, for a million tokens\n${rows}`;
        }).join('\n\n'),
      );
      return undefined;
    }),
  );
}

interface CheckFlags {
  readonly since?: PointInTime;
}

function addCheck(prices: Command, cli: Cli): void {
  const command = prices
    .command('check')
    .description('list the models that were used without a price; exits 1 if there are any')
    .option('--since <time>', 'from the day of this time on, such as 7d or 2026-01-31 (30 days)', pastTime);
  withExamples(command, 'agentcom prices check', 'agentcom prices check --since 7d').action(
    cli.act(async (invocation: Invocation, { since }: CheckFlags) => {
      const { out, world } = invocation;
      const from = since?.(world.now());
      const query = { by: ['runner', 'model'], ...(from !== undefined && { from }) };
      const { items } = await (await invocation.client()).call('costs', { query });
      const unpriced = items
        .filter(({ unpricedTokens }) => unpricedTokens > 0)
        .map(({ group, unpricedTokens, unknownCost }) => {
          const { runner, model } = group;
          const isListed = priceOf(LISTED_PRICES, model ?? null) !== undefined;
          return { runner, model, unpricedTokens, unknownCost, isListed };
        });
      out.answer({ unpriced }, () => {
        if (unpriced.length === 0) return 'Every token that agents reported has a price.';
        const rows = table(
          out,
          unpriced,
          [
            { head: 'RUNNER', of: ({ runner }) => runner ?? '-' },
            { head: 'MODEL', of: ({ model }) => model ?? 'unknown', clip: 40 },
            { head: 'TOKENS', of: ({ unpricedTokens }) => amount(unpricedTokens) },
            { head: 'ATTEMPTS', of: ({ unknownCost }) => amount(unknownCost) },
          ],
          '',
        );
        return `${rows}\n\n${nextOf(unpriced)}`;
      });
      return unpriced.length === 0 ? undefined : EXIT.failed;
    }),
  );
}

function nextOf(
  unpriced: readonly { readonly isListed: boolean; readonly model: CostItem['group'][string] | undefined }[],
) {
  const steps = [
    ...(unpriced.some(({ isListed }) => isListed)
      ? ['This version has a price for some of them: update the sidecars.']
      : []),
    ...(unpriced.some(({ isListed, model }) => !isListed && model !== undefined)
      ? ["Give a model a price in the file that runner.pricesFile names in the sidecar's settings: ops/docs/money.md."]
      : []),
    ...(unpriced.some(({ model }) => model === undefined)
      ? ['Where the model is unknown, name one: submit --model, or runner.model in the settings of the sidecar.']
      : []),
  ];
  return steps.join('\n');
}
