// One life of a hub, bottom-up: its directory and keys, its disk, NATS, and then what serves.

import type { HubSettings, Log, LogOutput } from '@agentcom/schemas';
import { lockDirectory } from '@agentcom/schemas/host';
import type { OpenIdSettings } from './access/open-id.js';
import { Certificate } from './certificate.js';
import type { JoinParts } from './gateway/http/join-files.js';
import { openHeartbeat } from './heartbeat.js';
import { HubKeys, hubId, openIdSettings, privateDirectory } from './identity.js';
import { unlessAborted } from './lifecycle.js';
import { DiskWatch } from './maintenance/disk-watch.js';
import type { Heartbeat } from './maintenance/heartbeat.js';
import { HubNats } from './nats/open.js';
import { mailServerOf } from './notify/mail-server.js';
import type { SmtpServer } from './notify/smtp.js';
import { lowDisk } from './readiness.js';
import { serve } from './serve.js';
import { Shutdown } from './shutdown.js';
import type { StartReport } from './start-report.js';

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
  /** The folder of the dashboard as it was built; without it people are told that there is none. */
  readonly dashboard?: string;
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

/** Of one life of a hub: from its start to its end, or to a restore. */
export interface HubLife extends RunningHub {
  /** It ends only to begin again, on another journal. */
  readonly startsAgain: () => boolean;
}

/** This hub's name in the journal, and what all of its log goes to. */
export interface Self {
  readonly hub: string;
  readonly log: Log;
  readonly heartbeat: Heartbeat | undefined;
}

export interface Begun {
  readonly startedAt: number;
  readonly keys: HubKeys;
  readonly provider: OpenIdSettings | undefined;
  readonly mailServer: SmtpServer | undefined;
  readonly disk: DiskWatch;
  readonly nats: HubNats;
  readonly certificate: Certificate | undefined;
  readonly heartbeat: Heartbeat | undefined;
}

/** Resolves once the hub serves. Rejects with a message that says what to do, and with nothing left behind. */
export async function startLife(settings: HubSettings, options: HubOptions): Promise<HubLife> {
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

async function openCertificate({ tlsCert, tlsKey }: HubSettings, log: Log): Promise<Certificate | undefined> {
  return tlsCert === undefined || tlsKey === undefined ? undefined : Certificate.open({ tlsCert, tlsKey }, log);
}
