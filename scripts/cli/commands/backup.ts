// `agentcom backup …`: make, list and verify backups through the hub; verify and restore files without one.

import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT, type ExitCode, failed, messageOf, usageError } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { fields, table } from '../layout.js';
import { type PagingFlags, pagingOf, withExamples, withPaging } from '../options.js';
import { nextPage } from '../output.js';
import { withProgress } from '../progress.js';
import { defaultDataDir, hubSettings } from '../settings.js';
import { ago, bytes, counted, oneLine, shellWord } from '../text.js';

/** Backups of large hubs take their time. */
const BACKUP_TIMEOUT_MS = 30 * 60_000;

export function defineBackup(command: Command, cli: Cli): void {
  addCreate(command, cli);
  addList(command, cli);
  addVerify(command, cli);
  addRestore(command, cli);
}

function addCreate(backup: Command, cli: Cli): void {
  const command = backup.command('create').description('create a backup now');
  withExamples(command, 'agentcom backup create').action(
    cli.act(async (invocation: Invocation) => {
      const client = await invocation.client();
      const made = await withProgress(invocation, 'creating a backup', () =>
        client.call('backup.create', { body: {}, timeoutMs: BACKUP_TIMEOUT_MS }),
      );
      invocation.out.answer(made, () =>
        fields(invocation.out, [
          ['backup', made.id],
          ['size', bytes(made.bytes)],
          ['batch', String(made.seq)],
          ['sha-256', oneLine(made.sha256)],
        ]),
      );
      return undefined;
    }),
  );
}

function addList(backup: Command, cli: Cli): void {
  const command = withPaging(backup.command('list').description('list backups, newest first'));
  withExamples(command, 'agentcom backup list').action(
    cli.act(async (invocation: Invocation, flags: PagingFlags) => {
      const page = await (await invocation.client()).call('backup.list', { query: pagingOf(flags) });
      const { out, world } = invocation;
      out.answer(page, () => {
        const rows = table(
          out,
          page.items,
          [
            { head: 'BACKUP', of: (one) => one.id },
            { head: 'CREATED', of: (one) => ago(one.createdAt, world.now()) },
            { head: 'SIZE', of: (one) => bytes(one.bytes) },
            { head: 'BATCH', of: (one) => String(one.seq) },
            { head: 'JOURNAL', of: (one) => one.journal },
          ],
          `no backups; create one with: ${invocation.hint('backup create')}`,
        );
        return rows + nextPage(page);
      });
      return undefined;
    }),
  );
}

function addVerify(backup: Command, cli: Cli): void {
  const command = backup
    .command('verify')
    .description('replay a backup in memory to prove that it is complete')
    .argument('<backup>', 'an id from `agentcom backup list`, or the path of a file (needs no hub)');
  withExamples(
    command,
    'agentcom backup verify backup-20260131T120000Z',
    'agentcom backup verify ./copies/monday.backup',
  ).action(
    cli.act(async (invocation: Invocation, name: string) => {
      const file = resolve(invocation.world.cwd, name);
      return isFile(file) || name.includes('/')
        ? await verifyFile(invocation, file)
        : await verifyAtHub(invocation, name);
    }),
  );
}

async function verifyAtHub(invocation: Invocation, id: string): Promise<ExitCode> {
  const client = await invocation.client();
  const verified = await withProgress(invocation, 'verifying', () =>
    client.call('backup.verify', { path: { id }, body: {}, timeoutMs: BACKUP_TIMEOUT_MS }),
  );
  return printVerified(invocation, verified);
}

async function verifyFile(invocation: Invocation, file: string): Promise<ExitCode> {
  if (!isFile(file)) throw usageError(`${file} is not a file`);
  const { verifyBackup } = await import('@agentcom/hub/journal/backup/verify-backup');
  const { BackupDamaged } = await import('@agentcom/hub/journal/backup/backup-file');
  try {
    const { bodiesMissing, head, tasks, agents } = await withProgress(invocation, 'verifying', () =>
      verifyBackup(file),
    );
    const problems = bodiesMissing.map((ref) => `the body ${ref} is missing or damaged`);
    return printVerified(invocation, { id: file, ok: problems.length === 0, problems, seq: head.seq, tasks, agents });
  } catch (error) {
    if (!(error instanceof BackupDamaged)) throw error;
    return printVerified(invocation, { id: file, ok: false, problems: [error.message], seq: 0, tasks: 0, agents: 0 });
  }
}

interface Verified {
  readonly id: string;
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly seq: number;
  readonly tasks: number;
  readonly agents: number;
}

function printVerified({ out }: Invocation, verified: Verified): ExitCode {
  const { id, ok, problems, seq, tasks, agents } = verified;
  out.answer(verified, () => {
    if (!ok)
      return [`${out.colours.red('damaged')}  ${id}`, ...problems.map((problem) => `  ${oneLine(problem)}`)].join('\n');
    return `${out.colours.green('whole')}  ${id}: ${counted(tasks, 'task')} and ${counted(agents, 'agent')} as of batch ${seq}`;
  });
  return ok ? EXIT.done : EXIT.failed;
}

interface RestoreFlags {
  readonly dataDir?: string;
  readonly nats?: string;
  readonly namespace?: string;
  readonly config?: string;
  readonly replace?: boolean;
}

function addRestore(backup: Command, cli: Cli): void {
  const command = backup
    .command('restore')
    .description('restore a stopped hub from a backup')
    .argument('<file>', 'the backup')
    .option('--data-dir <dir>', "the hub's data directory")
    .option('--nats <url>', 'its NATS server, if it does not run its own')
    .option('--namespace <name>', 'its namespace there (main)')
    .option('--config <file>', 'a TOML file with settings for the hub')
    .option('--replace', 'replace existing data; it is backed up first');
  withExamples(
    command,
    'agentcom backup restore ./copies/monday.backup --data-dir ./data',
    'agentcom backup restore ./copies/monday.backup --replace',
  ).action(cli.act(restore));
}

async function restore(invocation: Invocation, name: string, flags: RestoreFlags): Promise<undefined> {
  const { world, out } = invocation;
  const file = resolve(world.cwd, name);
  if (!isFile(file)) throw usageError(`${file} is not a file`);
  const { dataDir, nats, namespace, config } = flags;
  const usual = { dataDir: defaultDataDir(world), logLevel: 'warn' };
  const settings = await hubSettings(world, { dataDir, nats, namespace }, usual, config);
  const { restoreFromFile } = await import('@agentcom/hub/restore');
  const { logPlace, processLog } = await import('../log.js');
  const { log } = await processLog(world, settings.logLevel, logPlace(world, { answers: true }));
  const options = { replace: flags.replace === true, log };
  const restored = await withProgress(invocation, 'restoring', () => restoreFromFile(settings, file, options)).catch(
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
        ['data', settings.dataDir],
        ['kept', restored.kept ?? undefined],
      ]),
      `Start the hub with: ${[world.self, 'up', ...where].join(' ')}`,
    ].join('\n'),
  );
  return undefined;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
