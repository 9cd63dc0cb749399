// Builds a hub from its settings and runs it: the only place that knows all the parts, which is why it is longer than most files.

import type { AddressInfo } from 'node:net';
import type { HubSettings } from '@agentcom/schemas';
import { lockDirectory, makePrivateDirectory, systemScheduler } from '@agentcom/schemas/host';
import type { Logger } from 'pino';
import { uuidv7 } from 'uuidv7';
import { AbuseLimiter } from './access/abuse-limiter.js';
import { hashKey } from './access/authenticate.js';
import { DEFAULT_LIMITS, Limits } from './access/limits.js';
import { HUB_ORG } from './access/policy.js';
import { type Bodies, filledTask } from './bodies/body-writer.js';
import { Clock, systemClock } from './coordinator/clock.js';
import type { LeadershipPhase } from './coordinator/ports.js';
import { CoordinatorRunner } from './coordinator/runner.js';
import { agentKey } from './core/agent/agent.js';
import { Refusal } from './core/decision.js';
import { Feed } from './feed/feed.js';
import { AgentRegistry } from './gateway/agent/registry.js';
import { serveAgentSockets } from './gateway/agent/upgrade.js';
import { ConnectionGuard } from './gateway/http/connection-guard.js';
import { agentHandlers } from './gateway/http/handlers/agents.js';
import { configHandlers } from './gateway/http/handlers/config.js';
import { deadLetterHandlers } from './gateway/http/handlers/dead-letters.js';
import { enrolmentHandlers } from './gateway/http/handlers/enrolments.js';
import { hubHandlers, type Reason } from './gateway/http/handlers/hub.js';
import { type JoinParts, joinHandlers } from './gateway/http/handlers/join.js';
import { keyHandlers } from './gateway/http/handlers/keys.js';
import { messageHandlers } from './gateway/http/handlers/messages.js';
import { outputHandlers } from './gateway/http/handlers/output.js';
import { taskHandlers } from './gateway/http/handlers/tasks.js';
import { IdempotencyCache } from './gateway/http/idempotency-cache.js';
import { buildHttp } from './gateway/http/server.js';
import { hubId, type OwnerKey, ownerKey } from './identity.js';
import { parseEnd } from './journal/log/refused.js';
import { acceptJournalEnd, type Truncation } from './journal/repair/accept-end.js';
import { finishInterrupted } from './journal/repair/restore.js';
import { compactJournal } from './journal/snapshot/compaction.js';
import { Snapshotter } from './journal/snapshot/snapshotter.js';
import { untilUnused, urlOf } from './listening.js';
import { Archiver } from './maintenance/archiver.js';
import { BackupKeeper } from './maintenance/backups.js';
import { DiskWatch } from './maintenance/disk-watch.js';
import { Messages } from './messages/messages.js';
import { Meter } from './observe/meter.js';
import { Metrics } from './observe/metrics.js';
import { OutputIntake } from './output/intake.js';
import { Shutdown } from './shutdown.js';
import { archivedTask, backupDirectory, changeOptions, eraseBody, openStore, type Store } from './store.js';

export const VERSION = '0.1.0';

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
  readonly phase: LeadershipPhase;
  /** Drains and stops everything that this hub started. Further calls wait for the same end. */
  stop(): Promise<void>;
  /** Settles when the hub has ended: null after `stop`, else why it could not go on. */
  readonly stopped: Promise<Error | null>;
}

/** Resolves once the hub serves, as leader or behind another hub. Rejects with a message that says what to do. */
export async function startHub(settings: HubSettings, options: HubOptions): Promise<RunningHub> {
  await makePrivateDirectory(settings.dataDir);
  const shutdown = new Shutdown();
  const lock = lockDirectory(settings.dataDir);
  shutdown.add(() => lock.release());
  try {
    const hub = new Hub(settings, options, shutdown, await ownerKey(settings.dataDir));
    await hub.start();
    return hub;
  } catch (error) {
    await shutdown.end(null);
    throw error;
  }
}

class Hub implements RunningHub {
  readonly keyFile: string;
  readonly dataDir: string;
  readonly stopped: Promise<Error | null>;
  readonly #settings: HubSettings;
  readonly #log: Logger;
  readonly #shutdown: Shutdown;
  readonly #startedAt = Date.now();
  readonly #owner: OwnerKey;
  readonly #disk: DiskWatch;
  readonly #acceptedEnd: string | undefined;
  readonly #join: JoinParts | undefined;
  readonly #signal: AbortSignal;
  /** A part of the journal that was given up, until the journal itself says so. */
  #truncation: Truncation | null = null;
  #store: Store | null = null;
  #runner: CoordinatorRunner | null = null;
  #natsUp = true;
  /** The default organisation and the owner's key are durable, so this hub can be used. */
  #installed = false;
  #serving: () => void = () => undefined;
  #url = '';
  #resumed = false;

  constructor(settings: HubSettings, options: HubOptions, shutdown: Shutdown, owner: OwnerKey) {
    const { log } = options;
    this.#settings = settings;
    this.#log = log;
    this.#acceptedEnd = options.acceptJournalEnd;
    this.#join = options.join;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#shutdown = shutdown;
    this.#owner = owner;
    this.keyFile = this.#owner.file;
    this.dataDir = settings.dataDir;
    this.stopped = shutdown.ended;
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
    return this.#runner?.state.tasks.size ?? 0;
  }

  get phase(): LeadershipPhase {
    return this.#runner?.phase ?? 'recovering';
  }

  stop(): Promise<void> {
    return this.#shutdown.end(null);
  }

  /** Resolves once this hub leads and can be used, or follows another one. */
  async start(): Promise<void> {
    const shutdown = this.#shutdown;
    await this.#disk.start();
    shutdown.add(() => this.#disk.stop());
    const store = await openStore(this.#settings, this.#log, {
      mayMakeAnew: this.#acceptedEnd !== undefined,
      signal: this.#signal,
      onDoubt: () => this.#runner?.reverify(),
      onConnected: (connected) => {
        this.#natsUp = connected;
        this.#log.warn({ connected }, 'connection to NATS');
      },
      onLost: (error) => void shutdown.end(error),
    });
    this.#store = store;
    shutdown.add(() => store.close());
    this.#resumed = store.headRecord.head !== null;
    this.#truncation = await this.#mendJournal(store);

    const serving = new Promise<void>((resolve) => {
      this.#serving = resolve;
    });
    await this.#assemble(store);
    const failure = await Promise.race([serving, shutdown.ended]);
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
    const shutdown = this.#shutdown;
    const clock = new Clock(systemClock);
    const bodies: Bodies = {
      put: async (text) => {
        const { ref } = await store.bodies.put(text, runner.epoch);
        return {
          ref,
          release: () => {
            store.bodies.release(ref);
            if (!runner.state.bodies.has(ref)) eraseBody(store, ref, log);
          },
        };
      },
      get: (ref) => store.bodies.get(ref),
    };
    const feed = new Feed({
      soon: (run) => void systemScheduler.after(0, run),
      onFailed: (error) => log.error({ err: error }, 'a subscriber of the feed failed and is dropped'),
    });
    const runner: CoordinatorRunner = new CoordinatorRunner({
      journal: store.journal,
      clock,
      hub: await hubId(settings.dataDir),
      exclusive: store.server !== null,
      facts: { version: VERSION, heartbeatSeconds: settings.heartbeatSeconds },
      self: () => ({ url: settings.publicUrl ?? this.#url, version: VERSION }),
      scheduler: systemScheduler,
      inputs: { newId: uuidv7, random: Math.random },
      log,
      onOutputs: (outputs) => registry.deliver(outputs),
      onPhase: (phase) => {
        if (phase !== 'leading') intake.forget();
        this.#onPhase(phase, store, runner, registry);
      },
      onCommitted: (changes, seq, ms) => feed.publish(changes, seq, ms),
      onReset: (seq) => feed.reset(seq),
      onStuck: () => {
        if (!this.#natsUp || this.#disk.low || store.server === null) return;
        log.error({ cause: runner.appendFailure }, 'the journal cannot be written: nats-server is started again');
        store.server.restart();
      },
      onUntrusted: (error) => void shutdown.end(error),
    });
    this.#runner = runner;
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
      now: () => runner.now(),
      leads: () => runner.phase === 'leading',
      linkOf: (org, agent) => registry.of(agentKey(org, agent)),
      enrolledAt: (org, agent) => runner.state.agents.get(agentKey(org, agent))?.enrolledAt,
      onFailed: (error) => log.warn({ err: error }, 'messages cannot be read or written just now; trying again'),
    });
    const metrics = new Metrics({
      state: () => runner.state,
      backlog: () => runner.backlog,
      sockets: () => registry.size,
      leading: () => runner.phase === 'leading',
      journalSequence: () => runner.head?.seq ?? 0,
      epoch: () => runner.epoch,
      diskFreeBytes: () => this.#disk.freeBytes,
    });
    const registry: AgentRegistry = new AgentRegistry({
      scheduler: systemScheduler,
      now: () => runner.now(),
      metrics,
      onFailed: (error, what, agent) => log.error({ err: error, agent }, what),
    });
    const meter = new Meter(metrics);
    feed.subscribe(
      {},
      {
        changes: ({ changes, commitMs }) => meter.committed(changes, commitMs, runner.now()),
        resync: () => undefined,
      },
    );
    feed.subscribe(
      {},
      {
        changes: () => {
          if (runner.head !== null) snapshotter.acked(runner.head, performance.now());
        },
        resync: () => undefined,
      },
    );
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
      newest?.head.seq ?? 0,
      performance.now(),
    );
    shutdown.add(() => snapshotter.stop());
    const archiver = new Archiver({
      shard: runner,
      fill: (task) => filledTask(bodies, task),
      put: (org, task, json) => store.archive.put(org, task, json),
      erase: (refs) => {
        for (const ref of refs) eraseBody(store, ref, log);
      },
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
      end: () => (runner.phase === 'leading' ? runner.head : null),
      onDone: ({ file, bytes }) => log.info({ file, bytes }, 'backup made'),
      onFailed: (error) => log.error({ err: error }, 'no backup could be made'),
    });
    shutdown.add(() => backups.stop());
    shutdown.add(() => archiver.stop());
    shutdown.add(() => runner.stop());
    shutdown.add(() => messages.stop());
    shutdown.add(() => intake.stop());

    const refuseSubmission = (): Refusal | null => this.#refuseSubmission();
    const abuse = new AbuseLimiter();
    const stopping = new AbortController();
    const now = (): number => runner.now();
    const limits = new Limits(() => DEFAULT_LIMITS);
    const guard = new ConnectionGuard();
    const taskParts = { bodies, refuseSubmission, archived: archivedTask(store) };
    const http = await buildHttp({
      shard: runner,
      abuse,
      guard,
      answers: new IdempotencyCache(now),
      metrics,
      log,
      draining: () => shutdown.begun,
      handlers: {
        ...taskHandlers(taskParts),
        ...deadLetterHandlers(taskParts),
        ...agentHandlers({ registry, hubVersion: VERSION }),
        ...outputHandlers({
          now,
          intake,
          store: store.output,
          archived: taskParts.archived,
          stopping: stopping.signal,
        }),
        ...messageHandlers(messages),
        ...keyHandlers(now),
        ...configHandlers(),
        ...enrolmentHandlers({ limits, now, publicUrl: settings.publicUrl }),
        ...joinHandlers({ limits, now, join: this.#join, publicUrl: settings.publicUrl }),
        ...hubHandlers({
          now,
          meter,
          metrics,
          backups,
          version: VERSION,
          startedAt: this.#startedAt,
          notReady: () => this.#notReady(),
          degraded: () => this.#degraded(),
        }),
      },
    });
    const socketParts = {
      shard: runner,
      bodies,
      registry,
      limits,
      output: intake,
      messages,
      scheduler: systemScheduler,
      onSocketFailed: (error: unknown, agent: string) => log.debug({ err: error, agent }, 'agent socket failed'),
      refuseSubmission,
    };
    const closeDoor = serveAgentSockets(http.server, socketParts, abuse, guard);
    shutdown.add(() => http.close());
    shutdown.add(() => untilUnused(http.server));
    shutdown.add(() => {
      closeDoor();
      registry.stop();
      stopping.abort();
    });
    await http.listen({ host: settings.host, port: settings.port });
    this.#url = urlOf(settings.host, http.server.address() as AddressInfo);
    runner.start();
    messages.start();
    archiver.start();
    backups.start();
  }

  #onPhase(phase: LeadershipPhase, store: Store, runner: CoordinatorRunner, registry: AgentRegistry): void {
    this.#installed = false;
    if (phase === 'leading') void this.#install(store, runner);
    else registry.closeAll('this hub does not lead right now');
    if (phase === 'following') this.#serving();
  }

  /** What every leader makes sure of before it is of use. */
  async #install(store: Store, runner: CoordinatorRunner): Promise<void> {
    const { epoch } = runner;
    if (this.#truncation !== null) {
      const { at, knownHead, kept, settle } = this.#truncation;
      const noted = await runner.execute({ type: 'journal.truncate', at, knownHead }, 'hub');
      if (noted instanceof Refusal) return;
      this.#truncation = null;
      await settle();
      this.#log.warn({ at, knownHead, kept }, 'part of the journal was given up; what there was is kept');
    }
    const outcomes = await Promise.all([
      runner.execute({ type: 'org.ensure', org: HUB_ORG }, 'hub'),
      runner.execute(
        { type: 'key.ensure', org: HUB_ORG, role: 'owner', name: 'owner', hash: hashKey(this.#owner.key) },
        'hub',
      ),
    ]);
    if (outcomes.some((outcome) => outcome instanceof Refusal) || runner.epoch !== epoch) return;
    this.#installed = true;
    this.#serving();
    const swept = await store.bodies.sweep((ref) => runner.state.bodies.has(ref), epoch);
    if (swept > 0) this.#log.info({ swept }, 'bodies that no task names were erased');
  }

  #refuseSubmission(): Refusal | null {
    if (this.#shutdown.begun)
      return new Refusal('hub.draining', 'the hub is stopping; ask again when it is back', [], 5_000);
    if (this.#disk.low)
      return new Refusal('hub.low_disk', 'the hub has too little disk space to take tasks', [], 10_000);
    return null;
  }

  #notReady(): Reason[] {
    const reasons: Reason[] = [];
    if (this.#shutdown.begun) reasons.push({ code: 'draining', message: 'the hub is stopping' });
    if (!this.#natsUp) reasons.push({ code: 'nats_down', message: 'NATS does not answer' });
    if (this.phase === 'following') reasons.push({ code: 'not_leader', message: 'another hub leads' });
    else if (!this.#installed) reasons.push(this.#notInstalled());
    return reasons;
  }

  #notInstalled(): Reason {
    const failure = this.#runner?.appendFailure;
    if (failure === undefined) return { code: 'recovering', message: 'the journal is being read' };
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
