// Spend limits as people read them.

import type { LimitView, LimitWindowView, OverLimit } from '@agentcom/schemas';
import { limitScopeOf, limitScopeWords } from '@agentcom/schemas/spend-limits';
import type { Invocation } from './invocation.js';
import { table } from './layout.js';
import { scopeText } from './show-halt.js';
import { ago, counted } from './text.js';
import { amount, costsText, money } from './usage-text.js';

const SPANS = { day: 'today', month: 'this month', total: 'in all' } as const;

type Row = LimitView & { readonly window: LimitWindowView; readonly isFirst: boolean };

export function limitsText(invocation: Invocation, items: readonly LimitView[]): string {
  const { out, world } = invocation;
  const rows = items.flatMap((view) => view.windows.map((window, i): Row => ({ ...view, window, isFirst: i === 0 })));
  const columns = [
    { head: 'SCOPE', of: (row: Row) => (row.isFirst ? limitText(row) : ''), stretch: true },
    { head: 'WINDOW', of: ({ window }: Row) => window.window },
    { head: 'USED', of: ({ window }: Row) => figuresText(window) },
    { head: 'OF', of: ({ window, currency }: Row) => amountsText(window, window, currency) },
    { head: '%', of: ({ window }: Row) => String(percentOf(window)) },
    { head: 'STATE', of: (row: Row) => (row.isFirst ? stateText(row) : '') },
    { head: 'ENDS', of: ({ window: { until } }: Row) => (until === undefined ? '-' : ago(until, world.now())) },
  ];
  return table<Row>(
    out,
    rows,
    columns,
    `there are no spend limits; set one with: ${invocation.hint('limit set org --day 50')}`,
  );
}

/** One limit, and what it does not count. */
export function shownText(invocation: Invocation, view: LimitView): string {
  const { reserved, windows, currency } = view;
  const lines = [
    ...(reserved.tasks === 0
      ? []
      : [`Reserved for what runs (${reserved.tasks}): ${amountsText(reserved, { ...firstOf(windows) }, currency)}.`]),
    ...windows.flatMap(({ window, costMicros, used: { unknownCost, unpricedTokens, otherCosts } }) => {
      if (costMicros === undefined) return [];
      const unknown = [
        ...(unknownCost > 0 ? [`${counted(unknownCost, 'attempt')} of unknown cost`] : []),
        ...(unpricedTokens > 0 ? [`${amount(unpricedTokens)} tokens without a price`] : []),
        ...(otherCosts.length > 0 ? [`${costsText(otherCosts)} in other currencies`] : []),
      ];
      return unknown.length === 0 ? [] : [`Not in the money of ${window}: ${unknown.join(', ')}.`];
    }),
  ];
  return [limitsText(invocation, [view]), ...lines].join('\n');
}

function firstOf(windows: readonly LimitWindowView[]) {
  const costMicros = windows.find((one) => one.costMicros !== undefined)?.costMicros;
  const tokens = windows.find((one) => one.tokens !== undefined)?.tokens;
  return { ...(costMicros !== undefined && { costMicros }), ...(tokens !== undefined && { tokens }) };
}

/** Of what the limit names. */
function amountsText(
  of: { readonly costMicros?: number; readonly tokens?: number },
  named: { readonly costMicros?: number; readonly tokens?: number },
  currency: string | undefined,
): string {
  const parts = [
    ...(named.costMicros === undefined ? [] : [money(of.costMicros ?? 0, currency)]),
    ...(named.tokens === undefined ? [] : [`${amount(of.tokens ?? 0)} tokens`]),
  ];
  return parts.join(', ');
}

/** What is used, in the units of the column beside it. */
function figuresText({ used, costMicros, tokens }: LimitWindowView): string {
  const parts = [
    ...(costMicros === undefined ? [] : [money(used.costMicros, undefined)]),
    ...(tokens === undefined ? [] : [amount(used.tokens)]),
  ];
  return parts.join(', ');
}

function limitText({ scope }: LimitView): string {
  return scopeText({ scope });
}

function stateText({ level, holdsBack }: LimitView): string {
  if (holdsBack === 'reserved') return 'reserved';
  return { open: 'open', warned: 'over 70 %', closed: 'nothing new', reached: 'stopped' }[level];
}

/** `45.00 EUR of 50.00 EUR today (90 %)`, of the window that is used up first. */
export function usedText({ windows, currency }: LimitView): string | undefined {
  const fullest = fullestOf(windows);
  if (fullest === undefined) return undefined;
  const { window, used } = fullest;
  const amounts = `${amountsText(used, fullest, currency)} of ${amountsText(fullest, fullest, currency)}`;
  return `${amounts} ${SPANS[window]} (${percentOf(fullest)} %)`;
}

/** What somebody has to know of a limit from 85 % on, with the command for it; undefined before. */
export function limitNeed(view: LimitView): { readonly what: string; readonly next: string } | undefined {
  if (view.level !== 'closed' && view.level !== 'reached') return undefined;
  const words = limitScopeWords(view.scope);
  return {
    what:
      view.level === 'reached'
        ? `the spend limit of ${scopeText(view)} is used up: what ran is stopped`
        : `${percentOf(fullestOf(view.windows))} % of the spend limit of ${scopeText(view)} is used: nothing new begins`,
    next: view.by === 'hub' ? `limit show ${words}` : `limit raise ${words} ${flagOf(view)} AMOUNT`,
  };
}

/** Why a task may not come to its end. */
export function overText(invocation: Invocation, { limit, window, currency, expected, left }: OverLimit): string {
  const scope = limitScopeOf(limit);
  const flag = expected.costMicros === undefined ? `--${window}-tokens` : `--${window}`;
  return (
    `Of the spend limit of ${scopeText({ scope })} ${amountsText(left, expected, currency)} are left ${SPANS[window]}, and one in ten tasks like it has used ` +
    `${amountsText(expected, expected, currency)} or more: it may be stopped before its end, with its work kept. ` +
    `To raise it: ${invocation.hint(`limit raise ${limitScopeWords(scope)} ${flag} AMOUNT`)}`
  );
}

function percentOf(window: LimitWindowView | undefined): number {
  return Math.floor(100 * (window?.share ?? 0));
}

function fullestOf(windows: readonly LimitWindowView[]): LimitWindowView | undefined {
  return [...windows].sort((a, b) => b.share - a.share)[0];
}

/** By which the window that is used up first is raised. */
function flagOf({ windows }: LimitView): string {
  const { window, costMicros, used, tokens, share } = fullestOf(windows) ?? { window: 'day' as const };
  const isOfTokens =
    costMicros === undefined || (tokens !== undefined && used !== undefined && used.tokens / tokens >= (share ?? 0));
  return isOfTokens ? `--${window}-tokens` : `--${window}`;
}
