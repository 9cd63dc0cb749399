// Builds a hub from its settings and runs it, bottom-up: the only place that knows all the parts.

import type { HubSettings } from '@agentcom/schemas';
import { lockDirectory, systemScheduler } from '@agentcom/schemas/host';
import type { Logger } from 'pino';
import type { OpenIdSettings } from './access/open-id.js';
import { HUB_ORG } from './access/policy.js';
import { Audit } from './audit/audit.js';
import { Certificate } from './certificate.js';
import { Clock, systemClock } from './coordinator/clock.js';
import { Edge } from './edge.js';
import { AgentRegistry } from './gateway/agent/registry.js';
import type { JoinParts } from './gateway/http/join-files.js';
import { HubKeys, hubId, openIdSettings, privateDirectory, writeAddress } from './identity.js';
import { Installation } from './install.js';
import { unlessAborted } from './lifecycle.js';
import { DiskWatch } from './maintenance/disk-watch.js';
import { IdleHeap } from './maintenance/idle-heap.js';
import { HubNats } from './nats/open.js';
import { GuardedHttp } from './notify/http-out.js';
import { mailServerOf } from './notify/mail-server.js';
import { Mailer } from './notify/mailer.js';
import type { SmtpServer } from './notify/smtp.js';
import { conflictLog } from './observe/conflict-log.js';
import { Meter } from './observe/meter.js';
import { Metrics } from './observe/metrics.js';
import { lowDisk, Readiness } from './readiness.js';
import { repairJournal } from './repair.js';
import { Shard } from './shard.js';
import { Shutdown } from './shutdown.js';
import { type StartReport, transportOf } from './start-report.js';
import { openStore } from './store.js';

export const VERSION = '0.1.0';

/** A hub ends within 5 s, whatever it holds. Connections get half a second to close by themselves. */
const EDGE_STOP_MS = 800;
/** Reached only when NATS does not answer: each part of the shard that waits for it comes to its own bound. */
const SHARD_STOP_MS = 1_200;
/** One write: what the requests of the last moments did. */
const AUDIT_STOP_MS = 300;
/** What is being sent is broken off; only a connection that is still to come about takes longer. */
const MAIL_STOP_MS = 200;
/** nats-server is killed before that: it loses nothing that was acknowledged. */
const NATS_STOP_MS = 2_500;

const OPEN_TO_OTHERS =
  'other users of this machine could read this, which was corrected; replace the keys in it if you do not trust them';

export interface HubOptions {
  readonly log: Logger;
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

/** Resolves once the hub serves, as leader or behind another hub. Rejects with a message that says what to do. */
export async function startHub(settings: HubSettings, options: HubOptions): Promise<RunningHub> {
  const { log } = options;
  await privateDirectory(settings.dataDir, (path) => log.warn({ path }, OPEN_TO_OTHERS));
  const shutdown = new Shutdown((what) => log.warn({ what }, 'did not stop in time; the hub exits without it'));
  const lock = await lockDirectory(settings.dataDir);
  shutdown.add('lock', () => lock.release());
  try {
    return await start(settings, options, shutdown);
  } catch (error) {
    await shutdown.end();
    throw error;
  }
}

async function start(settings: HubSettings, options: HubOptions, shutdown: Shutdown): Promise<RunningHub> {
  const { log, signal = new AbortController().signal } = options;
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
  const nats = await HubNats.open(settings, log, signal);
  shutdown.own('NATS', nats, NATS_STOP_MS);
  // From here on the end of NATS ends every wait, so that a start can be given up wherever it is.
  const begun = { startedAt, keys, provider, mailServer, disk, nats, certificate };
  return unlessAborted(serve(settings, options, shutdown, begun), signal);
}

/** Unlike the addresses that members name, the mail server may be on a private network: whoever runs the hub has named it. */
async function openMailer(server: SmtpServer, log: Logger): Promise<Mailer> {
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
}

async function openCertificate({ tlsCert, tlsKey }: HubSettings, log: Logger): Promise<Certificate | undefined> {
  return tlsCert === undefined || tlsKey === undefined ? undefined : Certificate.open({ tlsCert, tlsKey }, log);
}

async function serve(
  settings: HubSettings,
  options: HubOptions,
  shutdown: Shutdown,
  { startedAt, keys, provider, mailServer, disk, nats, certificate }: Begun,
): Promise<RunningHub> {
  const { log, acceptJournalEnd } = options;
  const { dataDir } = settings;
  const store = await openStore(nats, settings, log, acceptJournalEnd !== undefined);
  shutdown.add("record of the journal's end", () => store.headRecord.flush());
  const resumed = store.headRecord.head !== null;
  const truncation = await repairJournal(store, settings, VERSION, acceptJournalEnd);

  const clock = new Clock(systemClock);
  const metrics = new Metrics();
  const audit = new Audit({
    records: store.audit,
    scheduler: systemScheduler,
    now: () => clock.now(),
    hubOrg: HUB_ORG,
    log: (level, fields, text) => log[level](fields, text),
    onFailed: (error, isFirst) => {
      metrics.auditFailures.inc();
      if (isFirst) log.error({ err: error }, 'the audit log cannot be written; retrying');
    },
    onOmitted: () => metrics.auditOmitted.inc(),
  });
  shutdown.own('audit', audit, AUDIT_STOP_MS);
  const registry = new AgentRegistry({
    scheduler: systemScheduler,
    now: () => clock.now(),
    metrics,
    audit,
    onFailed: (error, what, agent) => log.error({ err: error, agent }, what),
  });
  const address = { url: '' };
  const shard = new Shard({
    settings,
    log,
    clock,
    hub: await hubId(dataDir),
    version: VERSION,
    self: () => ({ url: settings.publicUrl ?? address.url, version: VERSION }),
    nats,
    store,
    agents: registry,
    isDiskLow: () => disk.low,
  });
  shutdown.own('shard', shard, SHARD_STOP_MS);
  const { runner, feed } = shard;
  const meter = new Meter(metrics, () => clock.now());
  feed.subscribe({}, meter);
  feed.subscribe({}, conflictLog(log));
  metrics.watch({ runner, sockets: () => registry.size, diskFreeBytes: () => disk.freeBytes });
  const installation = new Installation({ runner, bodies: store.bodies, keys, truncation, log });
  shutdown.own('installation', installation);
  shard.tell(installation);
  const readiness = new Readiness({ shutdown, nats, disk, runner, installation, certificate, now: Date.now });
  const mail = mailServer && (await openMailer(mailServer, log));
  if (mail !== undefined) shutdown.own('mail', mail, MAIL_STOP_MS);
  const account = { provider, mail, sealer: keys.sealer };
  const edgeParts = { settings, log, version: VERSION, startedAt, join: options.join, ...account };
  const edge = new Edge({ ...edgeParts, shard, store, registry, metrics, meter, readiness, certificate, audit });
  shutdown.own('edge', edge, EDGE_STOP_MS);
  await edge.start();
  address.url = edge.url;
  await writeAddress(dataDir, [edge.url, settings.publicUrl]);
  shard.start();
  const idleHeap = new IdleHeap();
  shutdown.own('idle heap', idleHeap);
  idleHeap.start();

  const failure = await Promise.race([installation.serving, shutdown.ended]);
  if (failure instanceof Error) throw failure;
  const { state, phase, head } = runner;
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
  };
}
