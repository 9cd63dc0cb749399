// `agentcom backup …`: make, list, verify and try out backups through the hub; verify files without one.

import { resolve } from 'node:path';
import { isBucketAddress } from '@agentcom/hub/journal/backup/backup-source';
import type { BackupVerified } from '@agentcom/schemas';
import type { Command } from 'commander';
import { EXIT, type ExitCode, failed, messageOf, usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { fields } from '../layout.js';
import { endOf, failureOf } from '../operations.js';
import { withExamples } from '../options.js';
import { withProgress } from '../progress.js';
import { defaultDataDir, hubSettings } from '../settings.js';
import { bytes, counted, duration, oneLine } from '../text.js';
import { addList } from './backup-list.js';
import { addRestore, isFile } from './backup-restore.js';

export function defineBackup(command: Command, cli: Cli): void {
  addCreate(command, cli);
  addList(command, cli);
  addVerify(command, cli);
  addRestore(command, cli);
  addDrill(command, cli);
}

function addCreate(backup: Command, cli: Cli): void {
  const command = backup.command('create').description('create a backup now');
  withExamples(command, 'agentcom backup create').action(
    cli.act(async (invocation: Invocation) => {
      const { out } = invocation;
      const client = await invocation.client();
      const ended = await endOf(invocation, client, 'creating a backup', () =>
        client.call('backup.create', { body: {} }),
      );
      const { made } = ended;
      if (made === undefined) throw await failureOf('backup.failed', ended);
      out.answer(made, () =>
        fields(out, [
          ['backup', made.id],
          ['size', bytes(made.bytes)],
          ['batch', String(made.seq)],
          ['encrypted', made.encrypted ? 'yes' : 'no'],
          ['sha-256', oneLine(made.sha256)],
        ]),
      );
      if (ended.state !== 'done') throw await failureOf('backup.failed', ended);
      return undefined;
    }),
  );
}

interface VerifyFlags {
  readonly backupKeyFile?: string;
  readonly config?: string;
}

function addVerify(backup: Command, cli: Cli): void {
  const command = backup
    .command('verify')
    .description('replay a backup in memory to prove that it is complete')
    .argument('<backup>', 'an id from `agentcom backup list`, or the path of a file or an s3:// address (needs no hub)')
    .option('--backup-key-file <file>', 'file or address: the key of an encrypted one')
    .option('--config <file>', 'address: a TOML file with settings for the hub, for the access to a bucket');
  withExamples(
    command,
    'agentcom backup verify backup-20260131T120000Z',
    'agentcom backup verify ./copies/monday.backup',
    'agentcom backup verify ./copies/monday.backup --backup-key-file backup.key',
    'agentcom backup verify s3://backups/hub',
  ).action(
    cli.act(async (invocation: Invocation, name: string, flags: VerifyFlags) => {
      if (isBucketAddress(name)) return verifyHere(invocation, name, flags);
      const file = resolve(invocation.world.cwd, name);
      if (!isFile(file) && !name.includes('/')) return verifyAtHub(invocation, name, false);
      if (!isFile(file)) throw usageError(`${file} is not a file`);
      return verifyHere(invocation, file, flags);
    }),
  );
}

function addDrill(backup: Command, cli: Cli): void {
  const command = backup
    .command('drill')
    .description('restore a backup beside the running hub, and compare it with what the hub had')
    .argument('[backup]', 'an id from `agentcom backup list` (the newest)');
  withExamples(command, 'agentcom backup drill', 'agentcom backup drill backup-20260131T120000Z').action(
    cli.act(async (invocation: Invocation, name: string | undefined) => {
      const client = await invocation.client();
      const newest = name ?? (await client.call('backup.list', { query: { limit: 1 } })).items[0]?.id;
      if (newest === undefined)
        throw failed('backup.not_found', 'there are no backups', `Create one: ${invocation.hint('backup create')}`);
      return verifyAtHub(invocation, newest, true);
    }),
  );
}

async function verifyAtHub(invocation: Invocation, id: string, drill: boolean): Promise<ExitCode> {
  const client = await invocation.client();
  const ended = await endOf(invocation, client, drill ? 'restoring beside the hub' : 'verifying', () =>
    client.call('backup.verify', { path: { id }, body: drill ? { drill } : {} }),
  );
  if (ended.verified === undefined) throw await failureOf('backup.failed', ended);
  return printVerified(invocation, ended.verified);
}

/** A file, or what an address leads to. */
async function verifyHere(invocation: Invocation, place: string, flags: VerifyFlags): Promise<ExitCode> {
  const { world } = invocation;
  const { backupKeyFile, config } = flags;
  const settings = await hubSettings(world, { backupKeyFile }, { dataDir: defaultDataDir(world) }, config);
  const { backupKeyFile: keyFile } = settings;
  const { backupAt } = await import('@agentcom/hub/backup-places');
  const { verifyBackup, problemsOf } = await import('@agentcom/hub/journal/backup/verify-backup');
  const { BackupDamaged } = await import('@agentcom/hub/journal/backup/backup-file');
  const began = world.now();
  const seconds = () => (world.now() - began) / 1000;
  let id = place;
  try {
    const report = await withProgress(invocation, 'verifying', async (say) => {
      const source = await backupAt(settings, place);
      id = source.name;
      const size = await source.bytes();
      const onBytes = (read: number) => say(`verifying: ${Math.floor((100 * read) / size)} %`);
      return verifyBackup(source, { keyFile, onBytes });
    });
    const problems = problemsOf(report);
    const { head, tasks, agents, isSameState } = report;
    const same = isSameState === undefined ? {} : { isSameState };
    const found = { ok: problems.length === 0, problems, seq: head.seq, tasks, agents, ...same, seconds: seconds() };
    return printVerified(invocation, { id, ...found });
  } catch (error) {
    if (!(error instanceof BackupDamaged)) throw failed('backup.failed', messageOf(error));
    const nothing = { ok: false, problems: [error.message], seq: 0, tasks: 0, agents: 0, seconds: seconds() };
    return printVerified(invocation, { id, ...nothing });
  }
}

function printVerified({ out }: Invocation, verified: BackupVerified): ExitCode {
  const { id, ok, problems, seq, tasks, agents, isSameState, seconds } = verified;
  out.answer(verified, () => {
    if (!ok)
      return [`${out.colours.red('damaged')}  ${id}`, ...problems.map((problem) => `  ${oneLine(problem)}`)].join('\n');
    const same = isSameState === true ? ', the same state as the hub had' : '';
    const what = `${counted(tasks, 'task')} and ${counted(agents, 'agent')} as of batch ${seq}${same}`;
    return `${out.colours.green('whole')}  ${id}: ${what} (${duration(seconds * 1000)})`;
  });
  return ok ? EXIT.done : EXIT.failed;
}
