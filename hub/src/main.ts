// Builds a hub from its settings and runs it, bottom-up: the only place that knows all the parts.

import { basename, join } from 'node:path';
import type { HubSettings, Log, LogOutput, Operation } from '@agentcom/schemas';
import { lockDirectory, systemScheduler } from '@agentcom/schemas/host';
import { openTracer } from '@agentcom/schemas/tracing/tracer';
import { ChannelSettings } from './access/channel-settings.js';
import type { OpenIdSettings } from './access/open-id.js';
import { Alerts } from './alerts.js';
import { Audit } from './audit/audit.js';
import { Certificate } from './certificate.js';
import { Clock, systemClock } from './coordinator/clock.js';
import { HUB_ORG } from './core/access/access.js';
import { clearDrill } from './drill.js';
import { Edge } from './edge.js';
import { AgentRegistry } from './gateway/agent/registry.js';
import type { JoinParts } from './gateway/http/join-files.js';
import { openHeartbeat } from './heartbeat.js';
import { HubKeys, hubId, openIdSettings, privateDirectory, writeAddress } from './identity.js';
import { Installation } from './install.js';
import { listBackups } from './journal/backup/backup.js';
import type { Restored } from './journal/repair/restore.js';
import { unlessAborted } from './lifecycle.js';
import { BackupRecord } from './maintenance/backup-record.js';
import { DirectAlertRecord } from './maintenance/direct-alert-record.js';
import { DiskWatch } from './maintenance/disk-watch.js';
import type { Heartbeat } from './maintenance/heartbeat.js';
import { IdleHeap } from './maintenance/idle-heap.js';
import { Operations } from './maintenance/operations.js';
import { HubNats } from './nats/open.js';
import { newId } from './new-id.js';
import { GuardedHttp } from './notify/http-out.js';
import { mailServerOf } from './notify/mail-server.js';
import { Mailer } from './notify/mailer.js';
import type { SmtpServer } from './notify/smtp.js';
import { heartbeatLog } from './observe/heartbeat-log.js';
import { LogLevels } from './observe/log-levels.js';
import { Meter } from './observe/meter.js';
import { Metrics } from './observe/metrics.js';
import { Telemetry } from './observe/telemetry.js';
import { TelemetryLog } from './observe/telemetry-log.js';
import { Traces } from './observe/traces.js';
import { lowDisk, Readiness } from './readiness.js';
import { repairJournal } from './repair.js';
import { Restoring } from './restoring.js';
import { Shard } from './shard.js';
import { Shutdown } from './shutdown.js';
import { type StartReport, transportOf } from './start-report.js';
import { backupDirectory, changeOptions, openStore } from './store.js';
import { streamBytes } from './stored-figures.js';

export const VERSION = '0.1.0';

/** A hub ends within 5 s, whatever it holds. Connections get half a second to close by themselves. */
const EDGE_STOP_MS = 800;
/** Reached only when NATS does not answer: each part of the shard that waits for it comes to its own bound. */
const SHARD_STOP_MS = 1_200;
/** One write: what the requests of the last moments did. */
const AUDIT_STOP_MS = 300;
/** Only for a restore: what it replaces is copied first. */
const RESTORE_MS = 60 * 60_000;
/** What is being sent is broken off; only a connection that is still to come about takes longer. */
const MAIL_STOP_MS = 200;
/** nats-server is killed before that: it loses nothing that was acknowledged. */
const NATS_STOP_MS = 2_500;

const OPEN_TO_OTHERS =
  'other users of this machine could read this, which was corrected; replace the keys in it if you do not trust them';

export interface HubOptions {
  readonly logs: LogOutput;
  /** `SEQ:HASH` of a journal's end that an operator accepts although more was known to be there. */
  readonly acceptJournalEnd?: string;
  /** Ends a start, wherever it waits; `startHub` then rejects with its reason. */
  readonly signal?: AbortSignal;
  /** What machines fetch that join; without it they are told that there is none. */
  readonly join?: JoinParts;
}

export interface RunningHub {
  readonly url: string;
  /** Where others reach it, if that is said. */
  readonly publicUrl: string | undefined;
  /** With the owner's key; undefined for a hub that follows and has never led. */
  readonly keyFile: string | undefined;
  readonly dataDir: string;
  readonly report: StartReport;
  /** What is not as it should be although the hub works. */
  readonly degraded: readonly string[];
  /** Drains and stops everything that this hub started. Further calls wait for the same end. */
  stop(): Promise<void>;
  /** Settles when the hub has ended: undefined after `stop`, else why it could not go on. */
  readonly stopped: Promise<Error | undefined>;
}

/** Of one life of a hub. */
interface HubLife extends RunningHub {
  /** It ends only to begin again, on another journal. */
  readonly startsAgain: () => boolean;
}

/**
 * Resolves once the hub serves, as leader or behind another hub. Rejects with a message that says what to do. After a restore it starts
 * again by itself, at the same address.
 */
export async function startHub(settings: HubSettings, options: HubOptions): Promise<RunningHub> {
  let life = await startLife(settings, options);
  const again = { ...settings, port: Number(new URL(life.url).port || settings.port) };
  const { acceptJournalEnd: _accepted, ...rest } = options;
  let isAsked = false;
  const live = async (): Promise<Error | undefined> => {
    for (;;) {
      const failure = await life.stopped;
      if (failure !== undefined || isAsked || !life.startsAgain()) return failure;
      options.logs.log.child({ component: 'hub' }).info({}, 'the hub starts again');
      try {
        life = await startLife(again, rest);
      } catch (error) {
        return isAsked ? undefined : error instanceof Error ? error : new Error(String(error));
      }
      if (isAsked) await life.stop();
    }
  };
  const stopped = live();
  const stop = async () => {
    isAsked = true;
    await life.stop();
    await stopped;
  };
  return { ...life, stop, stopped };
}

async function startLife(settings: HubSettings, options: HubOptions): Promise<HubLife> {
  const log = options.logs.log.child({ component: 'hub' });
  await privateDirectory(settings.dataDir, (path) => log.warn({ path }, OPEN_TO_OTHERS));
  const shutdown = new Shutdown((what) => log.warn({ what }, 'did not stop in time; the hub exits without it'));
  const lock = await lockDirectory(settings.dataDir);
  shutdown.add('lock', () => lock.release());
  const heartbeat = openHeartbeat(settings, log);
  shutdown.add('heartbeat', () => heartbeat?.stop());
  heartbeat?.start();
  try {
    const hub = await hubId(settings.dataDir);
    const life = await start(settings, options, { hub, log: options.logs.log.child({ hub }), heartbeat }, shutdown);
    const stopped = life.stopped.then(async (failure) => {
      if (failure !== undefined) await heartbeat?.failed();
      return failure;
    });
    return { ...life, stopped };
  } catch (error) {
    if (options.signal?.aborted !== true) await heartbeat?.failed();
    await shutdown.end();
    throw error;
  }
}

/** This hub's name in the journal, and what all of its log goes to. */
interface Self {
  readonly hub: string;
  readonly log: Log;
  readonly heartbeat: Heartbeat | undefined;
}

async function start(settings: HubSettings, options: HubOptions, self: Self, shutdown: Shutdown): Promise<HubLife> {
  const { signal = new AbortController().signal } = options;
  const log = self.log.child({ component: 'hub' });
  const { dataDir } = settings;
  const startedAt = Date.now();
  const provider = await openIdSettings(settings);
  const mailServer = mailServerOf(settings);
  const keys = await HubKeys.open(dataDir, settings.secretKeyFile);

  const disk = new DiskWatch(dataDir, settings.lowDiskBytes, (low, freeBytes) =>
    log.warn({ freeBytes }, low ? lowDisk(freeBytes) : 'enough disk space again'),
  );
  shutdown.own('disk watch', disk);
  await disk.start();
  const certificate = await openCertificate(settings, log);
  if (certificate !== undefined) shutdown.own('certificate', certificate);
  const nats = await HubNats.open(settings, self.log.child({ component: 'nats' }), signal);
  shutdown.own('NATS', nats, NATS_STOP_MS);
  // From here on the end of NATS ends every wait, so that a start can be given up wherever it is.
  const begun = { startedAt, keys, provider, mailServer, disk, nats, certificate, heartbeat: self.heartbeat };
  return unlessAborted(serve(settings, options, self, shutdown, begun), signal);
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

interface Begun {
  readonly startedAt: number;
  readonly keys: HubKeys;
  readonly provider: OpenIdSettings | undefined;
  readonly mailServer: SmtpServer | undefined;
  readonly disk: DiskWatch;
  readonly nats: HubNats;
  readonly certificate: Certificate | undefined;
  readonly heartbeat: Heartbeat | undefined;
}

async function openCertificate({ tlsCert, tlsKey }: HubSettings, log: Log): Promise<Certificate | undefined> {
  return tlsCert === undefined || tlsKey === undefined ? undefined : Certificate.open({ tlsCert, tlsKey }, log);
}

async function serve(
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
  clearDrill(settings, log).catch((error: unknown) => log.warn({ err: error }, 'what is left of a drill stays'));

  const clock = new Clock(systemClock);
  const tracer = await openTracer(process.env, {
    ...{ service: 'agentcom-hub', version: VERSION },
    onFailed: (error) => log.warn({ err: error }, 'traces cannot be sent; they are dropped until they can'),
  });
  if (tracer !== undefined) shutdown.add('traces', () => tracer.close());
  const traces = tracer && new Traces({ tracer, now: () => clock.now(), wall: Date.now });
  const metrics = new Metrics();
  const securityLog = whole.child({ component: 'security' });
  const audit = new Audit({
    records: store.audit,
    scheduler: systemScheduler,
    now: () => clock.now(),
    hubOrg: HUB_ORG,
    log: (level, fields, text) => securityLog[level](fields, text),
    onFailed: (error, isFirst) => {
      metrics.auditFailures.inc();
      if (isFirst) log.error({ err: error }, 'the audit log cannot be written; retrying');
    },
    onOmitted: () => metrics.auditOmitted.inc(),
  });
  shutdown.own('audit', audit, AUDIT_STOP_MS);
  const sockets = whole.child({ component: 'sockets' });
  const registry = new AgentRegistry({
    scheduler: systemScheduler,
    now: () => clock.now(),
    metrics,
    audit,
    onHeartbeat: heartbeatLog(sockets, Date.now),
    onTraced: traces && ((...report) => traces.reported(...report)),
    onFailed: (error, what, { org, agent }) => sockets.child({ org, agentId: agent }).error({ err: error }, what),
  });
  const meter = new Meter(metrics, () => clock.now());
  const telemetry = new Telemetry({ log: new TelemetryLog({ ...logs, log: whole }, hub), meter, now: Date.now });
  const address = { url: '' };
  let alerts: Alerts | undefined;
  const shard = new Shard({
    settings,
    log: whole,
    clock,
    hub,
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
    streamBytes: () => streamBytes(store),
    newestBackupAt: async () => (await listBackups(backupDirectory(settings)))[0]?.createdAt,
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
  void alerts.start();
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
      nats: { url: nats.url, version: nats.nc.info?.version, isOwn: nats.server !== undefined, fsync: nats.fsync },
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

function describeRestored({ head, kept }: Restored): NonNullable<Operation['restored']> {
  return { journal: head.journal, seq: head.seq, ...(kept !== null && { kept: basename(kept) }) };
}
