// `agentcom audit`: who did what, and whether the log is whole.

import {
  AUDIT_OUTCOMES,
  type AuditBreak,
  type AuditEntry,
  type AuditOutcome,
  type AuditPage,
} from '@agentcom/schemas/audit';
import { type Command, Option } from 'commander';
import { allPages } from '../all-pages.js';
import { EXIT, usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { type Column, table } from '../layout.js';
import { type PagingFlags, pagingOf, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { ago } from '../text.js';
import { type PointInTime, pastTime } from '../times.js';

interface AuditFlags extends PagingFlags {
  readonly since?: PointInTime;
  readonly until?: PointInTime;
  readonly caller?: string;
  readonly action?: string;
  readonly target?: string;
  readonly outcome?: AuditOutcome;
  readonly all?: boolean;
  readonly verify?: boolean;
}

export function defineAudit(command: Command, cli: Cli): void {
  withPaging(command)
    .option('--since <time>', 'only since this time, such as 1d or 2026-01-31', pastTime)
    .option('--until <time>', 'only before this time', pastTime)
    .option('--caller <who>', 'only by this caller, such as key:ID, person:ID or a name')
    .option('--action <what>', 'only this action or route, such as key.create')
    .option('--target <id>', 'only about this task, agent, key or the like')
    .addOption(new Option('--outcome <outcome>', 'only what was done, or refused').choices(AUDIT_OUTCOMES))
    .option('--all', 'all pages; with --json, to export them')
    .option('--verify', 'check that nothing was altered or left out');
  withExamples(
    command,
    'agentcom audit',
    'agentcom audit --since 1d --outcome refused',
    'agentcom audit --all --json > audit.json',
    'agentcom audit --verify',
  ).action(
    cli.act((invocation: Invocation, flags: AuditFlags) =>
      flags.verify ? verify(invocation) : list(invocation, flags),
    ),
  );
}

async function list(invocation: Invocation, flags: AuditFlags): Promise<undefined> {
  const { out, world } = invocation;
  const now = world.now();
  const filter = filterOf(flags, now);
  const client = await invocation.client();
  const read = (query: PagingFlags | ReturnType<typeof pagingOf>) =>
    client.call('audit.list', { query: { ...filter, ...query } });
  // The hub ends a page after so much work, found or not.
  const firstFound = async () => {
    let page = await read(pagingOf(flags));
    while (page.items.length === 0 && page.nextCursor !== null) {
      page = await read({ limit: flags.limit, cursor: page.nextCursor });
    }
    return page;
  };
  const page = flags.all ? { ...(await wholeAudit(read)), nextCursor: null } : await firstFound();
  out.answer(page, () => {
    const columns: readonly Column<AuditEntry>[] = [
      { head: 'TIME', of: ({ at }) => ago(at, now) },
      { head: 'CALLER', of: ({ name, caller }) => name ?? caller ?? '-', clip: 24 },
      { head: 'ACTION', of: ({ route }) => route },
      { head: 'TARGET', of: ({ target }) => target ?? '-', stretch: true },
      { head: 'FROM', of: ({ address }) => address ?? '-' },
      { head: 'OUTCOME', of: outcomeText },
    ];
    const broken = page.breaks.length === 0 ? '' : `\n${breaksText(page.breaks)}`;
    return table(out, page.items, columns, 'no entries') + broken + nextPage(page);
  });
  return undefined;
}

function filterOf({ since, until, caller, action, target, outcome }: AuditFlags, now: number) {
  const [from, to] = [since?.(now), until?.(now)];
  if (from !== undefined && to !== undefined && from > to) throw usageError('--since is later than --until');
  return {
    ...(from !== undefined && { since: from }),
    ...(to !== undefined && { until: to }),
    ...(caller !== undefined && { caller }),
    ...(action !== undefined && { action }),
    ...(target !== undefined && { target }),
    ...(outcome !== undefined && { outcome }),
  };
}

function outcomeText({ outcome, code, count }: AuditEntry): string {
  return `${code ?? outcome}${count === undefined ? '' : ` ×${count}`}`;
}

function breaksText(breaks: readonly AuditBreak[]): string {
  const records = breaks.map(({ record, kind }) => `record ${record} is ${kind}`).join(', ');
  return `The audit log is not whole: ${records}.\nSomebody has changed it behind the hub. Compare it with a backup or an export.`;
}

/** All pages together; a break may show on two of them. */
async function wholeAudit(read: (query: ReturnType<typeof pagingOf>) => Promise<AuditPage>) {
  const breaks = new Map<number, AuditBreak>();
  const items = await allPages(async (query) => {
    const page = await read(query);
    for (const found of page.breaks) breaks.set(found.record, found);
    return page;
  });
  return { items, breaks: [...breaks.values()] };
}

/** Reads all of it. */
async function verify(invocation: Invocation): Promise<typeof EXIT.failed | undefined> {
  const client = await invocation.client();
  const { items, breaks } = await wholeAudit((query) => client.call('audit.list', { query }));
  const entries = items.length;
  invocation.out.answer({ whole: breaks.length === 0, entries, breaks }, () =>
    breaks.length === 0 ? `The audit log is whole: ${entries} entries.` : breaksText(breaks),
  );
  return breaks.length === 0 ? undefined : EXIT.failed;
}
