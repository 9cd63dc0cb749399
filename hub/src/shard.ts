// One journal with everything that lives on it: its coordinator, the feed of its changes, bodies, output, messages and maintenance.

import { join } from 'node:path';
import type { HubSettings, Log, TelemetryRecord, Tracer } from '@agentcom/schemas';
import { systemScheduler } from '@agentcom/schemas/host';
import type { ChannelSettings } from './access/channel-settings.js';
import type { Bodies as StoredBodies } from './bodies/bodies.js';
import { type Bodies, filledTask } from './bodies/body-writer.js';
import type { Clock } from './coordinator/clock.js';
import type { CoordinatorOutput, LeadershipPhase } from './coordinator/ports.js';
import { CoordinatorRunner } from './coordinator/runner.js';
import { agentKey } from './core/agent/agent.js';
import { drill } from './drill.js';
import { Feed } from './feed/feed.js';
import { bucketStream } from './jetstream/names.js';
import { compactJournal, SNAPSHOTS_KEPT } from './journal/snapshot/compaction.js';
import { Snapshotter } from './journal/snapshot/snapshotter.js';
import { Lifecycle } from './lifecycle.js';
import { Archiver } from './maintenance/archiver.js';
import type { BackupRecord } from './maintenance/backup-record.js';
import { BackupKeeper } from './maintenance/backups.js';
import { Compactions } from './maintenance/compactions.js';
import type { Operations } from './maintenance/operations.js';
import { bytesByStream, StorageWatch, watchedStreams } from './maintenance/storage.js';
import type { Link } from './messages/delivery.js';
import { Messages } from './messages/messages.js';
import type { HubNats } from './nats/open.js';
import { newId } from './new-id.js';
import { openNotifications } from './notifications.js';
import type { Outbox } from './notify/outbox/outbox.js';
import { offSitePlace } from './off-site.js';
import { DiffIntake } from './output/diff-intake.js';
import { OutputIntake } from './output/intake.js';
import { Shutdown } from './shutdown.js';
import { backupDirectory, type Store } from './store.js';

export interface ShardParts {
  readonly settings: HubSettings;
  readonly log: Log;
  readonly clock: Clock;
  /** Undefined while traces are off. */
  readonly tracer: Tracer | undefined;
  /** This hub's name in the journal. */
  readonly hub: string;
  readonly version: string;
  /** What a leader says of itself. */
  readonly self: () => { readonly url: string; readonly version: string };
  readonly telemetry: { tell(record: TelemetryRecord): void };
  readonly nats: HubNats;
  readonly store: Store;
  readonly channelSettings: ChannelSettings;
  /** The agents that are connected to this hub. */
  readonly agents: {
    of(agent: string): Link | undefined;
    deliver(outputs: readonly CoordinatorOutput[]): void;
    closeAll(reason: string): void;
  };
  /** No restart of nats-server helps while the disk is full. */
  readonly isDiskLow: () => boolean;
  readonly operations: Operations;
  readonly backupRecord: BackupRecord;
  /** The journal must not be trusted; this hub ends once that settles. Never rejects. */
  readonly onRefused: (reason: string) => Promise<void>;
}

/** `stopped` tells when the journal must not be trusted. */
export class Shard extends Lifecycle {
  readonly runner: CoordinatorRunner;
  readonly feed: Feed;
  readonly bodies: Bodies;
  readonly output: OutputIntake;
  readonly diffs: DiffIntake;
  readonly messages: Messages;
  readonly backups: BackupKeeper;
  readonly compactions: Compactions;
  readonly storage: StorageWatch;
  readonly outbox: Outbox;
  readonly #agents: ShardParts['agents'];
  /** Told of this hub's leadership, in this order. */
  readonly #parts: Lifecycle[];
  readonly #shutdown: Shutdown;

  constructor(parts: ShardParts) {
    super();
    const { settings, clock, nats, store } = parts;
    const log = parts.log.child({ component: 'hub' });
    const coordinatorLog = parts.log.child({ component: 'coordinator' });
    const outputLog = parts.log.child({ component: 'output' });
    const messagesLog = parts.log.child({ component: 'messages' });
    const maintenanceLog = parts.log.child({ component: 'maintenance' });
    this.#agents = parts.agents;
    this.feed = new Feed({
      soon: (run) => void systemScheduler.after(0, run),
      onFailed: (error) => log.error({ err: error }, 'a subscriber of the feed failed and is dropped'),
    });
    this.runner = new CoordinatorRunner({
      journal: store.journal,
      clock,
      hub: parts.hub,
      exclusive: nats.server !== undefined,
      facts: { version: parts.version, heartbeatSeconds: settings.heartbeatSeconds },
      scheduler: systemScheduler,
      self: parts.self,
      inputs: { newId, random: Math.random },
      log: coordinatorLog,
      onOutputs: (outputs) => parts.agents.deliver(outputs),
      onPhase: (phase, epoch) => this.#onPhase(phase, epoch),
      onCommitted: (changes, seq, ms) => this.feed.publish(changes, seq, ms),
      onReset: (seq) => this.feed.reset(seq),
      onStuck: (cause) => {
        if (!nats.isConnected || parts.isDiskLow() || nats.server === undefined) return;
        coordinatorLog.error({ cause }, 'the journal cannot be written: nats-server is restarted');
        nats.server.restart();
      },
      onUntrusted: (error) => void parts.onRefused(error.message).finally(() => this.fail(error)),
    });
    nats.onSuspect(() => this.runner.reverify());
    this.bodies = epochBodies(store.bodies, this.runner, maintenanceLog);
    this.output = new OutputIntake({
      append: (attempt, batch) => store.output.append(attempt, batch),
      last: (attempt) => store.output.last(attempt),
      now: () => performance.now(),
      newId,
      onFailed: (error, { org, task, generation }) =>
        outputLog.child({ org, taskId: task, generation }).warn({ err: error }, 'output could not be stored; retrying'),
    });
    this.diffs = new DiffIntake({
      put: (org, diff) => store.diffs.put(org, diff),
      now: () => performance.now(),
      onFailed: (error, { org, task, generation }) =>
        outputLog.child({ org, taskId: task, generation }).warn({ err: error }, 'a diff could not be stored'),
    });
    this.messages = new Messages({
      ...store,
      now: () => clock.now(),
      linkOf: (org, agent) => parts.agents.of(agentKey(org, agent)),
      enrolledAt: (org, agent) => this.runner.state.agents.get(agentKey(org, agent))?.enrolledAt,
      onFailed: (error) => messagesLog.warn({ err: error }, 'messages cannot be read or written right now; retrying'),
    });
    const { connection } = nats;
    const { names } = store;
    const snapshotter = new Snapshotter({
      connection,
      stream: names.journal,
      bucket: names.snapshots,
      everyBatches: settings.snapshotEveryBatches,
      everyMs: settings.snapshotEverySeconds * 1000,
      now: () => performance.now(),
      newest: async () => (await store.snapshots.list())[0]?.head.seq ?? 0,
      head: () => this.runner.head,
      compact: () => compactJournal(store.jsm, names.journal, store.snapshots),
      exclusive: nats.server !== undefined,
      onCompacted: () => this.compactions.done(),
      onDone: (done, elapsedMs) =>
        maintenanceLog.info({ seq: done.at.seq, tasks: done.tasks, elapsedMs }, 'snapshot taken'),
      onFailed: (error) => maintenanceLog.error({ err: error }, 'no snapshot could be taken'),
    });
    this.feed.subscribe({}, { changes: () => snapshotter.appended(), resync: () => undefined });
    const archiver = new Archiver({
      shard: this.runner,
      fill: (task) => filledTask(this.bodies, task),
      put: (org, task, json) => store.archive.put(org, task, json),
      erase: (refs) => {
        // Another task may name the same text by now.
        for (const ref of refs) if (!this.runner.state.bodies.has(ref)) eraseBody(store.bodies, ref, maintenanceLog);
      },
      onFailed: (error) => maintenanceLog.error({ err: error }, 'finished tasks could not be archived'),
    });
    this.compactions = new Compactions({
      operations: parts.operations,
      compact: (signal) => snapshotter.compactNow(signal),
      bytes: async () => {
        const infos = [names.journal, bucketStream(names.snapshots)].map((stream) => store.jsm.streams.info(stream));
        return (await Promise.all(infos)).reduce((sum, { state }) => sum + state.bytes, 0);
      },
      leads: () => this.runner.phase === 'leading',
      config: () => this.runner.state.config.values.compaction,
      streams: () => this.storage.storage.streams,
      scheduler: systemScheduler,
      now: Date.now,
      onFailed: (error) => maintenanceLog.error({ err: error }, 'no compaction could be begun'),
    });
    this.backups = new BackupKeeper({
      connection,
      names,
      directory: backupDirectory(settings),
      hubVersion: parts.version,
      schedule: { everyMs: settings.backupEverySeconds * 1000, hour: settings.backupHour },
      retention: { keep: settings.backupKeep, keepMs: ms(settings.backupKeepSeconds) },
      keyFile: settings.backupKeyFile,
      offSite: offSitePlace(settings),
      tracer: parts.tracer,
      drillEveryMs: settings.backupDrillSeconds * 1000,
      operations: parts.operations,
      record: parts.backupRecord,
      holdErasures: () => store.bodies.holdErasures(),
      end: () => this.runner.head,
      drill: (file, run) => drill(settings, store.jsm, file, run, maintenanceLog),
      onDone: ({ file, bytes }) => parts.telemetry.tell({ event: 'backup.made', fields: { file, bytes } }),
      onFailed: (error) => {
        maintenanceLog.error({ err: error }, 'a backup could not be made or copied');
        parts.telemetry.tell({ event: 'backup.failed', fields: {} });
      },
    });
    this.storage = new StorageWatch({
      scheduler: systemScheduler,
      streams: watchedStreams(names),
      info: (stream) => store.jsm.streams.info(stream),
      snapshotSeqs: async () => {
        const all = await store.snapshots.list();
        return { newest: all[0]?.head.seq ?? 0, oldest: all[SNAPSHOTS_KEPT - 1]?.head.seq ?? 0 };
      },
      diskBytes: async () => (nats.server === undefined ? undefined : bytesByStream(join(settings.dataDir, 'nats'))),
      now: () => this.runner.now(),
      onFailed: (error) => maintenanceLog.warn({ err: error }, 'streams cannot be looked at right now; retrying'),
      times: () => {
        const { lastBackupAt, lastOffSiteAt, lastProofAt } = this.backups;
        return { lastCompactionAt: this.compactions.lastAt, lastBackupAt, lastOffSiteAt, lastProofAt };
      },
    });
    const { outbox, dispatcher } = openNotifications({
      settings,
      log: maintenanceLog,
      runner: this.runner,
      feed: this.feed,
      store,
      channelSettings: parts.channelSettings,
      scheduler: systemScheduler,
      now: () => clock.now(),
      tracer: parts.tracer,
      address: () => parts.self().url,
    });
    this.outbox = outbox;
    const { backups, compactions, storage, messages, output } = this;
    this.#parts = [snapshotter, backups, compactions, storage, archiver, messages, output, outbox, dispatcher];
    this.#shutdown = new Shutdown((what) => log.warn({ what }, 'did not stop in time; the hub continues without it'));
    this.#shutdown.own('snapshotter', snapshotter);
    this.#shutdown.own('backups', this.backups);
    this.#shutdown.own('compactions', this.compactions);
    this.#shutdown.own('storage', this.storage);
    this.#shutdown.own('archiver', archiver);
    this.#shutdown.own('outbox', outbox);
    this.#shutdown.own('dispatcher', dispatcher);
    // At the bound the hub has not said that it leaves: another one waits until it has been silent for long enough.
    this.#shutdown.add('coordinator', () => this.runner.stop());
    this.#shutdown.own('messages', this.messages);
    this.#shutdown.own('output', this.output);
  }

  /** Reads the journal and goes on from there; parts that need the lead wait for it. */
  override start(): void {
    this.runner.start();
    for (const part of this.#parts) void this.#startPart(part);
  }

  async #startPart(part: Lifecycle): Promise<void> {
    try {
      await part.start();
    } catch (error) {
      this.fail(error);
    }
  }

  /** From now on `part` hears of this hub's leadership too. */
  tell(part: Lifecycle): void {
    this.#parts.push(part);
  }

  protected override end(): Promise<void> {
    return this.#shutdown.end();
  }

  #onPhase(phase: LeadershipPhase, epoch: number): void {
    if (phase !== 'leading') this.#agents.closeAll('this hub does not lead right now');
    for (const part of this.#parts) {
      if (phase === 'leading') part.onLeading(epoch);
      else part.onFollowing();
    }
  }
}

/** Stores bodies in the epoch in which this hub leads, and erases one that no task came to name. */
function epochBodies(stored: StoredBodies, runner: CoordinatorRunner, log: Log): Bodies {
  return {
    put: async (text) => {
      const { ref } = await stored.put(text, runner.epoch);
      return {
        ref,
        release: () => {
          stored.release(ref);
          if (!runner.state.bodies.has(ref)) eraseBody(stored, ref, log);
        },
      };
    },
    get: (ref) => stored.get(ref),
  };
}

function eraseBody(stored: StoredBodies, ref: string, log: Log): void {
  stored.erase(ref).catch((error: unknown) => log.warn({ err: error, ref }, 'a body could not be erased'));
}

function ms(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
