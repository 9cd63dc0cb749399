// `agentcom costs`: what work has cost, and what the month will cost.

import { COST_DIMENSIONS, type CostFigures, type CostItem, type CostReport } from '@agentcom/schemas/costs';
import { costsCsv } from '@agentcom/schemas/costs-csv';
import { LIMITS } from '@agentcom/schemas/limits';
import { type Command, InvalidArgumentError } from 'commander';
import { usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { type Column, table } from '../layout.js';
import { parseList, withExamples } from '../options.js';
import { type PointInTime, pastTime } from '../times.js';
import { amount, money, spentText } from '../usage-text.js';

interface CostFlags {
  readonly by?: readonly string[];
  readonly since?: PointInTime;
  readonly until?: PointInTime;
  readonly csv?: boolean;
}

const HEADS: Readonly<Record<string, string>> = { org: 'ORGANISATION', repo: 'REPOSITORY', day: 'DAY (UTC)' };
const NOTHING = 'nothing was used';
/** Within 80 columns with two dimensions. */
const CLIP = 24;

export function defineCosts(command: Command, cli: Cli): void {
  command
    .option(
      '--by <dimensions>',
      `group by ${COST_DIMENSIONS.join(', ')} or label:KEY; with commas for several`,
      parseDimensions,
    )
    .option('--since <time>', 'from the day of this time on, such as 7d, monday or 2026-01-31 (30 days)', pastTime)
    .option('--until <time>', 'up to the day of this time (today)', pastTime)
    .option('--csv', 'print CSV, such as for a spreadsheet');
  withExamples(
    command,
    'agentcom costs --by repo,model --since 7d',
    'agentcom costs --by day',
    'agentcom costs --by label:team --since 2026-01-01 --csv > costs.csv',
  ).action(
    cli.act(async (invocation: Invocation, flags: CostFlags) => {
      const { out } = invocation;
      if (flags.csv === true && out.json) throw usageError('give either --csv or --json');
      const report = await (await invocation.client()).call('costs', { query: queryOf(flags, invocation.world.now()) });
      if (flags.csv === true) invocation.world.stdout.write(costsCsv(report));
      else out.answer(report, () => reportText(invocation, report));
      return undefined;
    }),
  );
}

function parseDimensions(text: string, before: readonly string[] = []): readonly string[] {
  const all = parseList(text, before);
  const unknown = all.find((one) => !/^label:./.test(one) && !(COST_DIMENSIONS as readonly string[]).includes(one));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`${unknown} is not one of ${COST_DIMENSIONS.join(', ')} and label:KEY.`);
  }
  if (all.length <= LIMITS.costDimensions) return all;
  throw new InvalidArgumentError(`It can be at most ${LIMITS.costDimensions}.`);
}

function queryOf({ by, since, until }: CostFlags, now: number) {
  const [from, to] = [since?.(now), until?.(now)];
  if (from !== undefined && to !== undefined && from > to) throw usageError('--since is later than --until');
  return {
    ...(by !== undefined && { by }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

function reportText({ out }: Invocation, { from, to, by, items, total, forecast, names = {} }: CostReport): string {
  const lines = forecast.map(
    ({ month, currency, spentMicros, forecastMicros }) =>
      `${month}: ${money(spentMicros, currency)} so far, about ${money(forecastMicros, currency)} by its end`,
  );
  const rows: readonly CostItem[] = by.length === 0 || items.length === 0 ? [] : [...items, { group: {}, ...total }];
  const columns: Column<CostItem>[] = [
    ...by.map((dimension, i) => ({
      head: HEADS[dimension] ?? dimension.toUpperCase(),
      of: (item: CostItem) => groupText(item, dimension, i, item === rows.at(-1), names),
      ...(i === 0 ? { stretch: true } : { clip: CLIP }),
    })),
    { head: 'ATTEMPTS', of: ({ attempts }) => amount(attempts) },
    { head: 'TOKENS', of: ({ inputTokens, outputTokens }) => amount(inputTokens + outputTokens) },
    { head: 'COST', of: costText },
  ];
  const days = from === to ? from : `${from} to ${to}`;
  const sum = `${days}: ${total.attempts === 0 && total.costs.length === 0 ? NOTHING : sumText(total)}`;
  const body = by.length === 0 ? sum : `${table(out, rows, columns, NOTHING)}\n\n${days} (UTC)`;
  return [body, ...lines].join('\n');
}

function groupText(
  { group, other }: CostItem,
  dimension: string,
  index: number,
  isTotal: boolean,
  names: Readonly<Record<string, string>>,
): string {
  if (isTotal) return index === 0 ? 'total' : '';
  const value = group[dimension];
  if (value === undefined) return other === true ? 'other' : '-';
  return dimension === 'member' ? (names[value] ?? value) : value;
}

function sumText(total: CostFigures): string {
  return `${costText(total)}, ${amount(total.attempts)} ${total.attempts === 1 ? 'attempt' : 'attempts'} ended`;
}

function costText({ costs, unknownCost }: CostFigures): string {
  return spentText(costs, unknownCost) ?? '-';
}
