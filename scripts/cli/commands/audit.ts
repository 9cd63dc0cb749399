// `agentcom audit`: who did what, and whether the log is intact.

import {
  AUDIT_OUTCOMES,
  type AuditBreak,
  type AuditEntry,
  type AuditOutcome,
  type AuditQuery,
} from '@agentcom/schemas/audit';
import { type Command, Option } from 'commander';
import { allPages, fullPage } from '../all-pages.js';
import type { HubClient } from '../client.js';
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

const PAGING = ['limit', 'cursor'];
const FILTERS = ['since', 'until', 'caller', 'action', 'target', 'outcome'];

export function defineAudit(command: Command, cli: Cli): void {
  withPaging(command)
    .option('--since <time>', 'only since this time, such as 1d or 2026-01-31', pastTime)
    .option('--until <time>', 'only before this time', pastTime)
    .option('--caller <who>', 'only by this caller, such as key:ID, person:ID or a name')
    .option('--action <what>', 'only this action or route, such as key.create')
    .option('--target <id>', 'only with this target, such as the id of a task or key')
    .addOption(new Option('--outcome <outcome>', 'only with this outcome').choices(AUDIT_OUTCOMES))
    .addOption(new Option('--all', 'all pages, such as for an export with --json').conflicts(PAGING))
    .addOption(
      new Option('--verify', 'check that no entry was altered or removed').conflicts([...PAGING, ...FILTERS, 'all']),
    );
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
  const { read, breaks } = auditReader(await invocation.client(), filter);
  const found = flags.all ? { items: await allPages(read), nextCursor: null } : await fullPage(pagingOf(flags), read);
  const page = { ...found, breaks: breaks() };
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
  return `The audit log is not intact: ${records}.\nSomething other than the hub changed it. Compare it with a backup or an export.`;
}

/** Reads pages, and collects their breaks, of which one may show on two of them. */
function auditReader(client: HubClient, filter: AuditQuery = {}) {
  const breaks = new Map<number, AuditBreak>();
  const read = async (query: ReturnType<typeof pagingOf>) => {
    const page = await client.call('audit.list', { query: { ...filter, ...query } });
    for (const found of page.breaks) breaks.set(found.record, found);
    return page;
  };
  return { read, breaks: () => [...breaks.values()] };
}

/** Reads all of it. */
async function verify(invocation: Invocation): Promise<typeof EXIT.failed | undefined> {
  const reader = auditReader(await invocation.client());
  const entries = (await allPages(reader.read)).length;
  const breaks = reader.breaks();
  invocation.out.answer({ whole: breaks.length === 0, entries, breaks }, () =>
    breaks.length === 0 ? `The audit log is intact: ${entries} entries.` : breaksText(breaks),
  );
  return breaks.length === 0 ? undefined : EXIT.failed;
}
