// `agentcom backup restore`: a file, or a backup in a bucket, into the data directory of a stopped hub; or one of a running hub's backups
// through that hub.

import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isBucketAddress } from '@agentcom/hub/journal/backup/backup-source';
import type { Command } from 'commander';
import { answerOf } from '../ask.js';
import { failed, messageOf, usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { fields } from '../layout.js';
import { endOf, failureOf } from '../operations.js';
import { withExamples } from '../options.js';
import { withProgress } from '../progress.js';
import { defaultDataDir, hubSettings } from '../settings.js';
import { counted, shellWord } from '../text.js';

interface RestoreFlags {
  readonly dataDir?: string;
  readonly nats?: string;
  readonly namespace?: string;
  readonly config?: string;
  readonly backupKeyFile?: string;
  readonly replace?: boolean;
  readonly confirm?: string;
  readonly reason?: string;
}

export function addRestore(backup: Command, cli: Cli): void {
  const command = backup
    .command('restore')
    .description('restore a stopped hub from a file or bucket, or a running hub from its backup')
    .argument(
      '<backup>',
      'the path of a file, an s3:// address (of a prefix: the newest there), or an id from `agentcom backup list`',
    )
    .option('--data-dir <dir>', "file, address: the stopped hub's data directory")
    .option('--nats <url>', 'file, address: its NATS server, if it does not run its own')
    .option('--namespace <name>', 'file, address: its namespace there (main)')
    .option('--config <file>', 'file, address: a TOML file with settings for the hub')
    .option('--backup-key-file <file>', 'file, address: its key, if it is encrypted')
    .option('--replace', 'file, address: replace existing data; it is backed up first')
    .option('--confirm <id>', 'id: the same id once more')
    .option('--reason <text>', 'id: why, for the audit log');
  withExamples(
    command,
    'agentcom backup restore ./copies/monday.backup --data-dir ./data',
    'agentcom backup restore ./copies/monday.backup --replace',
    'agentcom backup restore s3://backups/hub --data-dir ./data',
    'agentcom backup restore monday.backup --confirm monday.backup',
  ).action(
    cli.act(async (invocation: Invocation, name: string, flags: RestoreFlags) => {
      if (isBucketAddress(name)) return restoreHere(invocation, name, flags);
      const file = resolve(invocation.world.cwd, name);
      if (!isFile(file) && !name.includes('/')) return restoreAtHub(invocation, name, flags);
      if (!isFile(file)) throw usageError(`${file} is not a file`);
      return restoreHere(invocation, file, flags);
    }),
  );
}

async function restoreAtHub(invocation: Invocation, id: string, flags: RestoreFlags): Promise<undefined> {
  const { out } = invocation;
  const { reason } = flags;
  const confirm = flags.confirm ?? (await typedAgain(invocation, id));
  const client = await invocation.client();
  const body = { backup: id, confirm, ...(reason !== undefined && { reason }) };
  const ended = await endOf(invocation, client, 'restoring', () => client.call('restore.create', { body }));
  const { restored } = ended;
  if (ended.state !== 'done' || restored === undefined) throw await failureOf('restore.failed', ended);
  out.answer(restored, () =>
    fields(out, [
      ['restored', id],
      ['journal', restored.journal],
      ['batch', String(restored.seq)],
      ['kept', restored.kept],
    ]),
  );
  return undefined;
}

/** Everything after the backup is taken back, so its id is asked for once more. */
async function typedAgain({ world }: Invocation, id: string): Promise<string> {
  const unconfirmed = usageError(
    'the restore is not confirmed',
    `Everything after the backup is taken back. To do it: --confirm ${id}`,
  );
  if (!world.canAsk) throw unconfirmed;
  const { text } = await import('@clack/prompts');
  const message = `Everything after the backup is taken back. Type its id to go on (${id}):`;
  const typed = await answerOf<string>(world, () => text({ message }));
  if (typed?.trim() !== id) throw unconfirmed;
  return id;
}

/** A file, or what an address leads to. */
async function restoreHere(invocation: Invocation, place: string, flags: RestoreFlags): Promise<undefined> {
  const { world, out } = invocation;
  const { dataDir, nats, namespace, config, backupKeyFile } = flags;
  const usual = { dataDir: defaultDataDir(world), logLevel: 'warn' };
  const settings = await hubSettings(world, { dataDir, nats, namespace, backupKeyFile }, usual, config);
  const { restoreHub } = await import('@agentcom/hub/restore');
  const { logPlace, processLog } = await import('../log.js');
  const { log } = await processLog(world, settings.logLevel, logPlace(world, { answers: true }));
  const options = { replace: flags.replace === true, log };
  const restored = await withProgress(invocation, 'restoring', () => restoreHub(settings, place, options)).catch(
    (cause: unknown) => {
      throw failed('restore.failed', messageOf(cause));
    },
  );
  const where = [
    ...(dataDir === undefined ? [] : [`--data-dir ${shellWord(settings.dataDir)}`]),
    ...(nats === undefined ? [] : [`--nats ${shellWord(nats)}`]),
    ...(namespace === undefined ? [] : [`--namespace ${shellWord(namespace)}`]),
    ...(config === undefined ? [] : [`--config ${shellWord(resolve(world.cwd, config))}`]),
  ];
  out.answer({ ...restored, dataDir: settings.dataDir }, () =>
    [
      fields(out, [
        ['restored', `${counted(restored.tasks, 'task')}, as of batch ${restored.seq}`],
        ['backup', restored.backup],
        ['data', settings.dataDir],
        ['kept', restored.kept ?? undefined],
      ]),
      `Start the hub with: ${[world.self, 'up', ...where].join(' ')}`,
    ].join('\n'),
  );
  return undefined;
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
