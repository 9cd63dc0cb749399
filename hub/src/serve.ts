// What needs NATS, bottom-up: the store, the shard, the edge and the alerts. The only place that knows all the parts.

import { basename, join } from 'node:path';
import type { HubSettings, Log, Operation } from '@agentcom/schemas';
import { systemScheduler } from '@agentcom/schemas/host';
import { ChannelSettings } from './access/channel-settings.js';
import { Alerts } from './alerts.js';
import { clearDrill } from './drill.js';
import { Edge } from './edge.js';
import { writeAddress } from './identity.js';
import { Installation } from './install.js';
import type { Restored } from './journal/repair/restore.js';
import type { Begun, HubLife, HubOptions, Self } from './life.js';
import { BackupRecord } from './maintenance/backup-record.js';
import { DirectAlertRecord } from './maintenance/direct-alert-record.js';
import { IdleHeap } from './maintenance/idle-heap.js';
import { Operations } from './maintenance/operations.js';
import { newId } from './new-id.js';
import { GuardedHttp } from './notify/http-out.js';
import { Mailer } from './notify/mailer.js';
import type { SmtpServer } from './notify/smtp.js';
import { LogLevels } from './observe/log-levels.js';
import { observing } from './observing.js';
import { Readiness } from './readiness.js';
import { repairJournal } from './repair.js';
import { Restoring } from './restoring.js';
import { Shard } from './shard.js';
import type { Shutdown } from './shutdown.js';
import { transportOf } from './start-report.js';
import { changeOptions, openStore } from './store.js';
import { VERSION } from './version.js';

/** A hub ends within 5 s, whatever it holds. Connections get half a second to close by themselves. */
const EDGE_STOP_MS = 800;
/** Reached only when NATS does not answer: each part of the shard that waits for it comes to its own bound. */
const SHARD_STOP_MS = 1_200;
/** Only for a restore: what it replaces is copied first. */
const RESTORE_MS = 60 * 60_000;
/** What is being sent is broken off; only a connection that is still to come about takes longer. */
const MAIL_STOP_MS = 200;
/** Builds what needs NATS, and serves. Resolves once the hub leads or follows another. */
export async function serve(
  settings: HubSettings,
  options: HubOptions,
  { hub, log: whole }: Self,
  shutdown: Shutdown,
  { startedAt, keys, provider, mailServer, disk, nats, certificate, heartbeat }: Begun,
): Promise<HubLife> {
  const { logs, acceptJournalEnd } = options;
  const { dataDir } = settings;
  const log = whole.child({ component: 'hub' });
  const store = await openStore(nats, settings, whole.child({ component: 'journal' }), acceptJournalEnd !== undefined);
  shutdown.add("record of the journal's end", () => store.headRecord.flush());
  const resumed = store.headRecord.head !== null;
  const repaired = await repairJournal(store, settings, VERSION, acceptJournalEnd);
  const truncation = repaired?.kind === 'truncated' ? repaired : undefined;
  const operationsParts = {
    dataDir,
    newId,
    now: Date.now,
    onFailed: (error: unknown, what: string) => log.error({ err: error, what }, 'an operation failed'),
  };
  const restored = repaired?.kind === 'restored' ? describeRestored(repaired) : undefined;
  const operations = await Operations.open(operationsParts, restored);
  shutdown.add('operations', () => operations.close());
  let restoring: Restoring | undefined;
  shutdown.add('restore', () => restoring?.carryOut(changeOptions(store, settings, VERSION)), RESTORE_MS);
  await clearDrill(settings, log).catch((error: unknown) => log.warn({ err: error }, 'what is left of a drill stays'));

  const seen = await observing({
    options,
    self: { hub, log: whole },
    shutdown,
    store,
    state: () => shard.runner.state,
  });
  const { clock, tracer, traces, metrics, audit, registry, meter, telemetry } = seen;
  const address = { url: '' };
  let alerts: Alerts | undefined;
  const shard = new Shard({
    settings,
    log: whole,
    clock,
    hub,
    tracer,
    telemetry,
    version: VERSION,
    self: () => ({ url: settings.publicUrl ?? address.url, version: VERSION }),
    nats,
    store,
    channelSettings: new ChannelSettings(keys.sealer),
    agents: registry,
    isDiskLow: () => disk.low,
    operations,
    backupRecord: await BackupRecord.open(join(dataDir, 'backups.json')),
    onRefused: async (reason) => alerts?.journalRefused(reason),
  });
  shutdown.own('shard', shard, SHARD_STOP_MS);
  const restores = new Restoring({
    operations,
    backups: shard.backups,
    exclusive: nats.server !== undefined,
    keyFile: settings.backupKeyFile,
    shutDown: () => void shutdown.end(),
  });
  restoring = restores;
  const { runner, feed } = shard;
  feed.subscribe({}, telemetry);
  if (traces !== undefined) feed.subscribe({}, traces);
  feed.subscribe({}, new LogLevels(logs.thresholds, settings.logLevel, () => runner.state));
  metrics.watch({
    runner,
    sockets: () => registry.size,
    diskFreeBytes: () => disk.freeBytes,
    streams: () => shard.storage.storage.streams,
    newestBackupAt: () => shard.backups.lastBackupAt,
  });
  const installation = new Installation({ runner, bodies: store.bodies, keys, truncation, log });
  shutdown.own('installation', installation);
  shard.tell(installation);
  const readiness = new Readiness({ shutdown, nats, disk, runner, installation, certificate, now: Date.now });
  const mail = mailServer && (await openMailer(mailServer, log));
  if (mail !== undefined) shutdown.own('mail', mail, MAIL_STOP_MS);
  const edge = new Edge({
    settings,
    log: whole,
    version: VERSION,
    startedAt,
    join: options.join,
    dashboard: options.dashboard,
    provider,
    mail,
    sealer: keys.sealer,
    shard,
    store,
    registry,
    metrics,
    meter,
    telemetry,
    readiness,
    certificate,
    audit,
    tracer,
    operations,
    nats,
    disk,
    restoring: restores,
    evaluatedAgeSeconds: () => alerts?.ageSeconds,
  });
  shutdown.own('edge', edge, EDGE_STOP_MS);
  await edge.start();
  address.url = edge.url;
  await writeAddress(dataDir, [edge.url, settings.publicUrl]);
  const record = await DirectAlertRecord.open(join(dataDir, 'direct-alerts.json'));
  const observed = { disk, certificate, metrics, meter, edge, registry, record };
  const watching = new Alerts({ settings, log, shard, store, nats, ...observed });
  alerts = watching;
  heartbeat?.watch(() => watching.look());
  shutdown.own('alerts', alerts);
  shard.tell(alerts);
  shard.start();
  const idleHeap = new IdleHeap();
  shutdown.own('idle heap', idleHeap);
  idleHeap.start();

  const failure = await Promise.race([installation.serving, shutdown.ended]);
  if (failure instanceof Error) throw failure;
  const { state, phase, head } = runner;
  log.info({ url: edge.url, dataDir, version: VERSION, phase, tookMs: Date.now() - startedAt }, 'the hub is ready');
  const finishedTasks = state.finished.size;
  const openTasks = state.tasks.size - finishedTasks;
  return {
    url: edge.url,
    publicUrl: settings.publicUrl,
    keyFile: keys.ownerFile,
    dataDir,
    report: {
      version: VERSION,
      phase,
      tookMs: Date.now() - startedAt,
      nats: {
        url: nats.url,
        version: nats.nc.info?.version,
        isOwn: nats.server !== undefined,
        fsync: nats.fsync,
        replicas: store.replicas,
      },
      data: { dir: dataDir, freeBytes: disk.freeBytes },
      transport: transportOf(settings, certificate?.expiresAt),
      mail: mailServer && `${mailServer.host}:${mailServer.port}`,
      recovered: resumed ? { openTasks, finishedTasks, agents: state.agents.size, seq: head?.seq ?? 0 } : undefined,
    },
    degraded: readiness.degraded().map(({ message }) => message),
    stop: () => shutdown.end(),
    stopped: shutdown.ended,
    startsAgain: () => restores.isPlanned,
  };
}

/** Unlike the addresses that members name, the mail server may be on a private network: whoever runs the hub has named it. */
async function openMailer(server: SmtpServer, log: Log): Promise<Mailer> {
  const mailer = new Mailer({
    server,
    http: new GuardedHttp({ env: process.env, allowed: ['0.0.0.0/0', '::/0'], now: Date.now }),
    scheduler: systemScheduler,
    onGivenUp: (reason) => log.warn({ reason }, 'a mail to a person could not be sent'),
  });
  await mailer.start();
  return mailer;
}

function describeRestored({ head, kept }: Restored): NonNullable<Operation['restored']> {
  return { journal: head.journal, seq: head.seq, ...(kept !== null && { kept: basename(kept) }) };
}
