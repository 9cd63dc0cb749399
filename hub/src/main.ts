// Builds a hub from its settings and runs it: the only place that knows all the parts, which is why it is longer than most files.

import type { AddressInfo } from 'node:net';
import { CLOSE_CODES, type HubSettings } from '@agentcom/schemas';
import { lockDirectory, makePrivateDirectory } from '@agentcom/schemas/host';
import type { Logger } from 'pino';
import { uuidv7 } from 'uuidv7';
import { Clock, systemClock } from './coordinator/clock.js';
import type { Role } from './coordinator/coordinator.js';
import { Drive } from './coordinator/drive.js';
import { Refusal } from './core/decision.js';
import { agentKey } from './core/state.js';
import { Ending } from './ending.js';
import { Answers } from './gateway/answers.js';
import { hashKey } from './gateway/auth.js';
import { Connections } from './gateway/connections.js';
import { agentHandlers } from './gateway/handlers/agents.js';
import { deadLetterHandlers } from './gateway/handlers/dead-letters.js';
import { enrolmentHandlers } from './gateway/handlers/enrolments.js';
import { hubHandlers, type Reason } from './gateway/handlers/hub.js';
import { type JoinParts, joinHandlers } from './gateway/handlers/join.js';
import { keyHandlers } from './gateway/handlers/keys.js';
import { messageHandlers } from './gateway/handlers/messages.js';
import { outputHandlers } from './gateway/handlers/output.js';
import { taskHandlers } from './gateway/handlers/tasks.js';
import { buildHttp } from './gateway/http.js';
import { KeyGuard } from './gateway/key-guard.js';
import { type Bodies, filledTask } from './gateway/texts.js';
import { serveAgentSockets } from './gateway/upgrade.js';
import { hubId, type OwnerKey, ownerKey } from './identity.js';
import { acceptJournalEnd, type Truncation } from './journal/accept-end.js';
import { compactJournal } from './journal/compaction.js';
import { parseEnd } from './journal/refused.js';
import { finishInterrupted } from './journal/restore.js';
import { Snapshotter } from './journal/snapshotter.js';
import { untilUnused, urlOf } from './listening.js';
import { Messages } from './messages/messages.js';
import { Meter } from './observe/meter.js';
import { Metrics } from './observe/metrics.js';
import { OutputIntake } from './output/intake.js';
import { coreSettings } from './settings.js';
import {
  archivedTask,
  backupDirectory,
  changeOptions,
  eraseBody,
  eraseUnused,
  openStore,
  type Store,
} from './store.js';
import { Archiver } from './upkeep/archiver.js';
import { BackupKeeper } from './upkeep/backups.js';
import { DiskWatch } from './upkeep/disk-watch.js';

export const VERSION = '0.1.0';
const DEFAULT_ORG = 'default';

export interface HubOptions {
  readonly log: Logger;
  /** `SEQ:HASH` of a journal's end that an operator accepts although more was known to be there. */
  readonly acceptJournalEnd?: string;
  /** Ends a start that waits for NATS. */
  readonly signal?: AbortSignal;
  /** What machines fetch that join; without it they are told that there is none. */
  readonly join?: JoinParts;
}

export interface RunningHub {
  readonly url: string;
  readonly keyFile: string;
  /** Without credential. */
  readonly nats: string;
  readonly dataDir: string;
  /** Whether an earlier start left data behind. */
  readonly resumed: boolean;
  /** How many tasks are in memory. */
  readonly tasks: number;
  readonly role: Role;
  /** Drains and stops everything that this hub started. Further calls wait for the same end. */
  stop(): Promise<void>;
  /** Settles when the hub has ended: null after `stop`, else why it could not go on. */
  readonly stopped: Promise<Error | null>;
}

/** Resolves once the hub serves, as leader or behind another hub. Rejects with a message that says what to do. */
export async function startHub(settings: HubSettings, options: HubOptions): Promise<RunningHub> {
  await makePrivateDirectory(settings.dataDir);
  const ending = new Ending();
  const lock = lockDirectory(settings.dataDir);
  ending.add(() => lock.release());
  try {
    const hub = new Hub(settings, options, ending, await ownerKey(settings.dataDir));
    await hub.start();
    return hub;
  } catch (error) {
    await ending.end(null);
    throw error;
  }
}

class Hub implements RunningHub {
  readonly keyFile: string;
  readonly dataDir: string;
  readonly stopped: Promise<Error | null>;
  readonly #settings: HubSettings;
  readonly #log: Logger;
  readonly #ending: Ending;
  readonly #startedAt = Date.now();
  readonly #owner: OwnerKey;
  readonly #disk: DiskWatch;
  readonly #acceptedEnd: string | undefined;
  readonly #join: JoinParts | undefined;
  readonly #signal: AbortSignal;
  /** A part of the journal that was given up, until the journal itself says so. */
  #truncation: Truncation | null = null;
  #store: Store | null = null;
  #drive: Drive | null = null;
  #natsUp = true;
  /** The default organisation and the owner's key are durable, so this hub can be used. */
  #installed = false;
  #serving: () => void = () => undefined;
  #url = '';
  #resumed = false;

  constructor(settings: HubSettings, options: HubOptions, ending: Ending, owner: OwnerKey) {
    const { log } = options;
    this.#settings = settings;
    this.#log = log;
    this.#acceptedEnd = options.acceptJournalEnd;
    this.#join = options.join;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#ending = ending;
    this.#owner = owner;
    this.keyFile = this.#owner.file;
    this.dataDir = settings.dataDir;
    this.stopped = ending.ended;
    this.#disk = new DiskWatch(settings.dataDir, settings.lowDiskBytes, (low, freeBytes) =>
      log.warn({ freeBytes }, low ? 'low disk space: no new tasks are taken' : 'enough disk space again'),
    );
  }

  get url(): string {
    return this.#url;
  }

  get nats(): string {
    return this.#store?.url ?? '';
  }

  get resumed(): boolean {
    return this.#resumed;
  }

  get tasks(): number {
    return this.#drive?.state.tasks.size ?? 0;
  }

  get role(): Role {
    return this.#drive?.role ?? 'recovering';
  }

  stop(): Promise<void> {
    return this.#ending.end(null);
  }

  /** Resolves once this hub leads and can be used, or follows another one. */
  async start(): Promise<void> {
    const ending = this.#ending;
    await this.#disk.start();
    ending.add(() => this.#disk.stop());
    const store = await openStore(this.#settings, this.#log, {
      mayMakeAnew: this.#acceptedEnd !== undefined,
      signal: this.#signal,
      onDoubt: () => this.#drive?.recheck(),
      onConnected: (connected) => {
        this.#natsUp = connected;
        this.#log.warn({ connected }, 'connection to NATS');
      },
      onLost: (error) => void ending.end(error),
    });
    this.#store = store;
    ending.add(() => store.close());
    this.#resumed = store.knownEnd.tip !== null;
    this.#truncation = await this.#mendJournal(store);

    const serving = new Promise<void>((resolve) => {
      this.#serving = resolve;
    });
    await this.#assemble(store);
    const failure = await Promise.race([serving, ending.ended]);
    if (failure instanceof Error) throw failure;
  }

  /** Finishes a change of the journal that was interrupted, and accepts the end that the operator named. */
  async #mendJournal(store: Store): Promise<Truncation | null> {
    const change = changeOptions(store, this.#settings, VERSION);
    const finished = await finishInterrupted(change);
    if (finished?.kind === 'truncated') return finished;
    if (this.#acceptedEnd === undefined) return null;
    const end = parseEnd(this.#acceptedEnd);
    if (end === null) throw new Error(`--accept-journal-end takes SEQ:HASH, as the refused start named it`);
    return acceptJournalEnd(change, end);
  }

  async #assemble(store: Store): Promise<void> {
    const settings = this.#settings;
    const log = this.#log;
    const ending = this.#ending;
    const core = coreSettings(settings);
    const clock = new Clock(systemClock);
    const bodies: Bodies = {
      put: async (text) => {
        const { ref } = await store.bodies.put(text, drive.epoch);
        return {
          ref,
          release: () => {
            store.bodies.release(ref);
            if (!drive.state.bodies.has(ref)) eraseBody(store, ref, log);
          },
        };
      },
      get: (ref) => store.bodies.get(ref),
    };
    const connections = new Connections(bodies, () => clock.now());
    const drive: Drive = new Drive({
      journal: store.journal,
      clock,
      hub: await hubId(settings.dataDir),
      alone: store.server !== null,
      inputs: { settings: core, newId: uuidv7, random: Math.random },
      log,
      onEffects: (effects) => {
        connections.deliver(effects, drive.state, drive.now());
        eraseUnused(store, effects, log);
      },
      onRole: (role) => {
        if (role !== 'leading') intake.forget();
        this.#onRole(role, store, drive, connections);
      },
      onCommitted: (events, ms) => {
        meter.committed(events, ms, drive.state, drive.now());
        if (drive.tip !== null) snapshotter.acked(drive.tip, performance.now());
      },
      onStuck: () => {
        if (!this.#natsUp || this.#disk.low || store.server === null) return;
        log.error({ cause: drive.appendFailure }, 'the journal cannot be written: nats-server is started again');
        store.server.restart();
      },
      onRefused: (error) => void ending.end(error),
    });
    this.#drive = drive;
    const intake = new OutputIntake({
      append: (attempt, batch) => store.output.append(attempt, batch),
      last: (attempt) => store.output.last(attempt),
      now: () => performance.now(),
      newId: uuidv7,
      onFailed: (error, { task }) => log.warn({ err: error, task }, 'output could not be stored; trying again'),
    });
    const messages = new Messages({
      js: store.js,
      jsm: store.jsm,
      names: store.names,
      now: () => drive.now(),
      leads: () => drive.role === 'leading',
      linkOf: (org, agent) => connections.link(agentKey(org, agent)),
      enrolledAt: (org, agent) => drive.state.agents.get(agentKey(org, agent))?.enrolledAt,
      onFailed: (error) => log.warn({ err: error }, 'messages cannot be read or written just now; trying again'),
    });
    const metrics = new Metrics({
      state: () => drive.state,
      backlog: () => drive.backlog,
      sockets: () => connections.size,
      leading: () => drive.role === 'leading',
      journalSequence: () => drive.tip?.seq ?? 0,
      epoch: () => drive.epoch,
      diskFreeBytes: () => this.#disk.freeBytes,
    });
    const meter = new Meter(metrics);
    const [newest] = await store.snapshots.list();
    const snapshotter = new Snapshotter(
      {
        connection: store.connection,
        stream: store.names.journal,
        bucket: store.names.snapshots,
        everyBatches: settings.snapshotEveryBatches,
        everyMs: settings.snapshotEverySeconds * 1000,
        compact: () => compactJournal(store.jsm, store.names.journal, store.snapshots),
        onDone: (done, elapsedMs) => log.info({ seq: done.at.seq, tasks: done.tasks, elapsedMs }, 'snapshot taken'),
        onFailed: (error) => log.error({ err: error }, 'no snapshot could be taken'),
      },
      newest?.tip.seq ?? 0,
      performance.now(),
    );
    ending.add(() => snapshotter.stop());
    const archiver = new Archiver({
      desk: drive,
      settings: core,
      fill: (task) => filledTask(bodies, task),
      put: (org, task, json) => store.archive.put(org, task, json),
      onFailed: (error) => log.error({ err: error }, 'finished tasks could not be archived'),
    });
    const backups = new BackupKeeper({
      connection: store.connection,
      names: store.names,
      directory: backupDirectory(settings.dataDir, settings.backupDir),
      hubVersion: VERSION,
      everyMs: settings.backupEverySeconds * 1000,
      keep: settings.backupKeep,
      holdErasures: () => store.bodies.holdErasures(),
      end: () => (drive.role === 'leading' ? drive.tip : null),
      onDone: ({ file, bytes }) => log.info({ file, bytes }, 'backup made'),
      onFailed: (error) => log.error({ err: error }, 'no backup could be made'),
    });
    ending.add(() => backups.stop());
    ending.add(() => archiver.stop());
    ending.add(() => drive.stop());
    ending.add(() => messages.stop());
    ending.add(() => intake.stop());

    const refuseSubmission = (): Refusal | null => this.#refuseSubmission();
    const guard = new KeyGuard();
    const stopping = new AbortController();
    const taskParts = { desk: drive, bodies, refuseSubmission, archived: archivedTask(store) };
    const http = await buildHttp({
      desk: drive,
      guard,
      answers: new Answers(),
      metrics,
      log,
      draining: () => ending.begun,
      handlers: {
        ...taskHandlers(taskParts),
        ...deadLetterHandlers(taskParts),
        ...agentHandlers({ desk: drive, connections, hubVersion: VERSION }),
        ...outputHandlers({
          desk: drive,
          intake,
          store: store.output,
          archived: taskParts.archived,
          stopping: stopping.signal,
        }),
        ...messageHandlers({ desk: drive, messages }),
        ...keyHandlers(drive),
        ...enrolmentHandlers(drive, guard, settings.publicUrl),
        ...joinHandlers(guard, this.#join, settings.publicUrl),
        ...hubHandlers({
          desk: drive,
          meter,
          backups,
          version: VERSION,
          startedAt: this.#startedAt,
          notReady: () => this.#notReady(),
          degraded: () => this.#degraded(),
        }),
      },
    });
    const socketParts = {
      desk: drive,
      bodies,
      connections,
      output: intake,
      messages,
      metrics,
      log,
      refuseSubmission,
      heartbeatSeconds: settings.heartbeatSeconds,
      hubVersion: VERSION,
    };
    const closeDoor = serveAgentSockets(http.server, socketParts, guard);
    ending.add(() => http.close());
    ending.add(() => untilUnused(http.server));
    ending.add(() => {
      closeDoor();
      connections.stop();
      stopping.abort();
    });
    await http.listen({ host: settings.host, port: settings.port });
    this.#url = urlOf(settings.host, http.server.address() as AddressInfo);
    drive.start();
    messages.start();
    archiver.start();
    backups.start();
  }

  #onRole(role: Role, store: Store, drive: Drive, connections: Connections): void {
    this.#installed = false;
    if (role === 'leading') void this.#install(store, drive);
    else connections.closeAll(CLOSE_CODES.hubRestarting, 'this hub does not lead just now');
    if (role === 'following') this.#serving();
  }

  /** What every leader makes sure of before it is of use. */
  async #install(store: Store, drive: Drive): Promise<void> {
    const { epoch } = drive;
    if (this.#truncation !== null) {
      const { at, knownEnd, kept, settle } = this.#truncation;
      const noted = await drive.execute({ type: 'journal.truncate', at, knownEnd }, 'hub');
      if (noted instanceof Refusal) return;
      this.#truncation = null;
      await settle();
      this.#log.warn({ at, knownEnd, kept }, 'part of the journal was given up; what there was is kept');
    }
    const outcomes = await Promise.all([
      drive.execute({ type: 'org.ensure', org: DEFAULT_ORG }, 'hub'),
      drive.execute(
        { type: 'key.ensure', org: DEFAULT_ORG, role: 'owner', name: 'owner', hash: hashKey(this.#owner.key) },
        'hub',
      ),
    ]);
    if (outcomes.some((outcome) => outcome instanceof Refusal) || drive.epoch !== epoch) return;
    this.#installed = true;
    this.#serving();
    const swept = await store.bodies.sweep((ref) => drive.state.bodies.has(ref), epoch);
    if (swept > 0) this.#log.info({ swept }, 'bodies that no task names were erased');
  }

  #refuseSubmission(): Refusal | null {
    if (this.#ending.begun)
      return new Refusal('hub.draining', 'the hub is stopping; ask again when it is back', [], 5_000);
    if (this.#disk.low)
      return new Refusal('hub.low_disk', 'the hub has too little disk space to take tasks', [], 10_000);
    return null;
  }

  #notReady(): Reason[] {
    const reasons: Reason[] = [];
    if (this.#ending.begun) reasons.push({ code: 'draining', message: 'the hub is stopping' });
    if (!this.#natsUp) reasons.push({ code: 'nats_down', message: 'NATS does not answer' });
    if (this.role === 'following') reasons.push({ code: 'not_leader', message: 'another hub leads' });
    else if (!this.#installed) reasons.push(this.#notInstalled());
    return reasons;
  }

  #notInstalled(): Reason {
    const failure = this.#drive?.appendFailure;
    if (failure == null) return { code: 'recovering', message: 'the journal is being read' };
    return { code: 'journal_not_writable', message: `the journal cannot be written: ${failure}` };
  }

  #degraded(): Reason[] {
    const reasons: Reason[] = [];
    if (this.#disk.low) {
      reasons.push({ code: 'low_disk', message: `${this.#disk.freeBytes} bytes free; no new tasks are taken` });
    }
    const fsync = this.#store?.fsync ?? 'unknown';
    if (fsync !== 'always') {
      const known = fsync === 'periodic' ? 'syncs only now and then' : 'does not tell whether it syncs each write';
      reasons.push({
        code: `fsync_${fsync}`,
        message: `this NATS server ${known}; a power cut may lose acknowledged work`,
      });
    }
    return reasons;
  }
}
