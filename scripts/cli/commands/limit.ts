// `agentcom limit …`: how much may be spent, by whom and on what, in a day, a month or in all.

import type { LimitBody, LimitView } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { LIMIT_WINDOWS, type LimitWindow } from '@agentcom/schemas/names';
import { limitScopeText } from '@agentcom/schemas/spend-limits';
import { type Command, InvalidArgumentError } from 'commander';
import type { HubClient } from '../client.js';
import { CommandError, usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { memberOf } from '../member-of.js';
import { type PagingFlags, pagingOf, parseCost, wholeNumber, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { SCOPE_WORDS, type ScopeWord, scopeOf, withScope } from '../scope-argument.js';
import { limitsText, shownText } from '../show-limit.js';

/** Where nobody says another. */
const CURRENCY = 'USD';
/** Of a raise that others come before. */
const RAISE_TRIES = 5;

type Flags = { readonly currency?: string } & {
  readonly [Flag in LimitWindow | `${LimitWindow}Tokens`]?: number;
};

export function defineLimit(command: Command, cli: Cli): void {
  addList(command, cli);
  addShow(command, cli);
  addSet(command, cli);
  addRaise(command, cli);
  addRemove(command, cli);
}

function addList(limit: Command, cli: Cli): void {
  const command = withPaging(limit.command('list').description('list spend limits, and what is used of them'));
  withExamples(command, 'agentcom limit list').action(
    cli.act(async (invocation: Invocation, flags: PagingFlags) => {
      const { out } = invocation;
      const page = await (await invocation.client()).call('limit.list', { query: pagingOf(flags) });
      out.answer(page, () => limitsText(invocation, page.items) + nextPage(page));
      return undefined;
    }),
  );
}

function addShow(limit: Command, cli: Cli): void {
  const command = withScope(limit.command('show').description('show the spend limit of one scope'), SCOPE_WORDS);
  withExamples(command, 'agentcom limit show org', 'agentcom limit show label team=roof').action(
    cli.act(async (invocation: Invocation, what: ScopeWord, value: string | undefined) => {
      const client = await invocation.client();
      const view = await client.call('limit.show', { path: await pathOf(client, what, value) });
      invocation.out.answer(view, () => shownText(invocation, view));
      return undefined;
    }),
  );
}

function addSet(limit: Command, cli: Cli): void {
  const command = withAmounts(
    withScope(limit.command('set').description('set the spend limit of a scope, in place of what it had'), SCOPE_WORDS),
  );
  withExamples(
    command,
    'agentcom limit set org --day 50 --month 800',
    'agentcom limit set repo "https://github.com/acme/*" --month 200 --currency EUR',
    'agentcom limit set agent tern --day-tokens 5000000',
  ).action(
    cli.act(async (invocation: Invocation, what: ScopeWord, value: string | undefined, flags: Flags) => {
      bodyOf(flags);
      const client = await invocation.client();
      const path = await pathOf(client, what, value);
      const before = await knownLimit(client, path);
      const body = bodyOf(flags, before?.currency ?? CURRENCY);
      const gone = before?.windows.filter(({ window }) => body[window] === undefined).map(({ window }) => window) ?? [];
      if (gone.length > 0 && !invocation.out.json)
        invocation.out.note(
          `What it had for ${gone.join(' and ')} is gone. To keep it, name it too, or use \`agentcom limit raise\`.`,
        );
      return saveAndShow(invocation, client, path, body);
    }),
  );
}

function addRaise(limit: Command, cli: Cli): void {
  const command = withAmounts(
    withScope(
      limit.command('raise').description('raise a spend limit: what it has stopped goes on in the same session'),
      SCOPE_WORDS,
    ),
  );
  withExamples(
    command,
    'agentcom limit raise org --day 80',
    'agentcom limit raise label team=roof --month-tokens 90000000',
  ).action(
    cli.act(async (invocation: Invocation, what: ScopeWord, value: string | undefined, flags: Flags) => {
      const more = bodyOf(flags);
      const client = await invocation.client();
      const path = await pathOf(client, what, value);
      const view = await raise(invocation, client, path, more);
      invocation.out.answer(view, () => shownText(invocation, view));
      return undefined;
    }),
  );
}

function addRemove(limit: Command, cli: Cli): void {
  const command = withScope(limit.command('remove').description('remove the spend limit of a scope'), SCOPE_WORDS);
  withExamples(command, 'agentcom limit remove agent tern').action(
    cli.act(async (invocation: Invocation, what: ScopeWord, value: string | undefined) => {
      const client = await invocation.client();
      const path = await pathOf(client, what, value);
      await client.call('limit.remove', { path });
      invocation.out.answer({ removed: path.scope }, () => 'Removed the spend limit: what it alone held back goes on.');
      return undefined;
    }),
  );
}

function withAmounts(command: Command): Command {
  for (const window of LIMIT_WINDOWS) {
    const when = window === 'total' ? 'in all, from now on' : `a ${window}`;
    command
      .option(`--${window} <amount>`, `at most so much money ${when}, such as 50 or 2.50`, parseCost)
      .option(`--${window}-tokens <n>`, `at most so many tokens ${when}`, wholeNumber(1, LIMITS.amount));
  }
  return command.option('--currency <code>', `of the money, such as EUR (${CURRENCY})`, parseCurrency);
}

function parseCurrency(text: string): string {
  if (/^[A-Za-z]{3}$/.test(text)) return text.toUpperCase();
  throw new InvalidArgumentError('It must be a currency code such as EUR.');
}

async function pathOf(
  client: HubClient,
  what: ScopeWord,
  value: string | undefined,
): Promise<{ readonly scope: string }> {
  const isMember = what === 'member' && value !== undefined && !/^(?:key|person|agent):/.test(value);
  const named = isMember ? `person:${(await memberOf(client, value)).id}` : value;
  return { scope: limitScopeText(scopeOf(what, named)) };
}

function bodyOf(flags: Flags, byDefault?: string): LimitBody {
  const periods = LIMIT_WINDOWS.flatMap((window) => {
    const [costMicros, tokens] = [flags[window], flags[`${window}Tokens`]];
    if (costMicros === undefined && tokens === undefined) return [];
    return [[window, { ...(costMicros !== undefined && { costMicros }), ...(tokens !== undefined && { tokens }) }]];
  });
  if (periods.length === 0)
    throw usageError('nothing says how much', 'Give --day, --month or --total, or --day-tokens and the like.');
  const hasMoney = LIMIT_WINDOWS.some((window) => flags[window] !== undefined);
  if (!hasMoney && flags.currency !== undefined)
    throw usageError('--currency is of money', 'Give --day and the like too.');
  const currency = flags.currency ?? (hasMoney ? byDefault : undefined);
  return { ...Object.fromEntries(periods), ...(currency !== undefined && { currency }) };
}

async function knownLimit(client: HubClient, path: { readonly scope: string }): Promise<LimitView | undefined> {
  try {
    return await client.call('limit.show', { path });
  } catch (error) {
    if (error instanceof CommandError && error.code === 'limit.not_found') return undefined;
    throw error;
  }
}

/** From what there is now, also where somebody else changes it at the same time. */
async function raise(
  { out }: Invocation,
  client: HubClient,
  path: { readonly scope: string },
  more: LimitBody,
): Promise<LimitView> {
  for (let tries = 1; ; tries++) {
    const { answer: before, version: ifVersion } = await client.versioned('limit.show', { path });
    try {
      return await client.call('limit.set', { path, body: raised(before, more), ifVersion });
    } catch (error) {
      const isConflict = error instanceof CommandError && error.code === 'limit.version_conflict';
      if (!isConflict || tries === RAISE_TRIES) throw error;
      if (tries === 1) out.note('Somebody else changed the limit meanwhile. Raising what it is now.');
    }
  }
}

/** What is not named stays as it is. */
function raised({ windows, currency: before }: LimitView, { currency: named, ...more }: LimitBody): LimitBody {
  const currency =
    before ?? named ?? (LIMIT_WINDOWS.some((window) => more[window]?.costMicros !== undefined) ? CURRENCY : undefined);
  if (named !== undefined && named !== currency)
    throw usageError(
      `the spend limit is in ${currency}`,
      `Add \`--currency ${currency}\`, or set it anew with \`agentcom limit set\`.`,
    );
  const body: Record<string, unknown> = {};
  for (const window of LIMIT_WINDOWS) {
    const known = windows.find((one) => one.window === window);
    const next = {
      ...(known?.costMicros !== undefined && { costMicros: known.costMicros }),
      ...(known?.tokens !== undefined && { tokens: known.tokens }),
      ...more[window],
    };
    const isLower = (next.costMicros ?? 0) < (known?.costMicros ?? 0) || (next.tokens ?? 0) < (known?.tokens ?? 0);
    if (isLower)
      throw usageError(`that is less than there is of a ${window} now`, 'Lower it with `agentcom limit set`.');
    if (Object.keys(next).length > 0) body[window] = next;
  }
  return { ...body, ...(currency !== undefined && { currency }) };
}

async function saveAndShow(
  invocation: Invocation,
  client: HubClient,
  path: { readonly scope: string },
  body: LimitBody,
): Promise<undefined> {
  const view = await client.call('limit.set', { path, body });
  invocation.out.answer(view, () => shownText(invocation, view));
  return undefined;
}
