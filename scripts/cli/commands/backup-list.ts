// `agentcom backup list`: the hub's own backups, or those in a directory or bucket, which needs no hub.

import type { Backup } from '@agentcom/schemas';
import type { Command } from 'commander';
import { failed, messageOf } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { table } from '../layout.js';
import { type PagingFlags, pagingOf, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { withProgress } from '../progress.js';
import { defaultDataDir, hubSettings } from '../settings.js';
import { ago, bytes } from '../text.js';

interface ListFlags extends PagingFlags {
  readonly config?: string;
}

type Listed = Pick<Backup, 'id' | 'createdAt' | 'bytes' | 'journal' | 'seq' | 'encrypted'>;

export function addList(backup: Command, cli: Cli): void {
  const command = withPaging(backup.command('list').description('list backups, newest first'))
    .argument('[place]', "a directory or s3://BUCKET/PREFIX instead of the hub's own; needs no hub")
    .option('--config <file>', 'place: a TOML file with settings for the hub, for the access to a bucket');
  withExamples(command, 'agentcom backup list', 'agentcom backup list s3://backups/hub').action(
    cli.act(async (invocation: Invocation, place: string | undefined, flags: ListFlags) => {
      if (place !== undefined) {
        const items = (await listed(invocation, place, flags)).slice(0, flags.limit);
        invocation.out.answer({ items, nextCursor: null }, () => rowsOf(invocation, items, `no backups at ${place}`));
        return undefined;
      }
      const page = await (await invocation.client()).call('backup.list', { query: pagingOf(flags) });
      const none = `no backups; create one with: ${invocation.hint('backup create')}`;
      invocation.out.answer(page, () => rowsOf(invocation, page.items, none) + nextPage(page));
      return undefined;
    }),
  );
}

async function listed(invocation: Invocation, place: string, { config }: ListFlags): Promise<Listed[]> {
  const { world } = invocation;
  const settings = await hubSettings(world, {}, { dataDir: defaultDataDir(world) }, config);
  const { backupsAt } = await import('@agentcom/hub/backup-places');
  const found = await withProgress(invocation, 'looking for backups', () => backupsAt(settings, place)).catch(
    (cause: unknown) => {
      throw failed('backup.failed', messageOf(cause));
    },
  );
  return found.map(({ file, createdAt, bytes, head: { journal, seq }, encrypted }) => ({
    id: file,
    createdAt: new Date(createdAt).toISOString(),
    ...{ bytes, journal, seq, encrypted },
  }));
}

function rowsOf({ out, world }: Invocation, items: readonly Listed[], none: string): string {
  return table(
    out,
    items,
    [
      { head: 'BACKUP', of: (one) => one.id },
      { head: 'CREATED', of: (one) => ago(one.createdAt, world.now()) },
      { head: 'SIZE', of: (one) => bytes(one.bytes) },
      { head: 'BATCH', of: (one) => String(one.seq) },
      { head: 'ENCRYPTED', of: (one) => (one.encrypted ? 'yes' : 'no') },
      { head: 'JOURNAL', of: (one) => one.journal },
    ],
    none,
  );
}
