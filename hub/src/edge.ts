// The HTTP server of a hub with its routes and agent sockets: opened last, and the first thing to be closed.

import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { Server as TlsServer } from 'node:tls';
import type { HubSettings, Log, Tracer } from '@agentcom/schemas';
import { systemScheduler } from '@agentcom/schemas/host';
import type { FastifyInstance } from 'fastify';
import { AbuseLimiter } from './access/abuse-limiter.js';
import { accountOf, type Caller, isLiveCredential, signedIn } from './access/authenticate.js';
import { ChannelSettings } from './access/channel-settings.js';
import { CredentialWatch } from './access/credential-watch.js';
import { Hosts } from './access/hosts.js';
import { holderKey, Limits } from './access/limits.js';
import type { OpenIdSettings } from './access/open-id.js';
import { OperationsView } from './access/operations-view.js';
import { type IsProxy, proxiesIn } from './access/proxies.js';
import type { Sealer } from './access/sealing.js';
import { UseNotes } from './access/use-notes.js';
import type { Certificate } from './certificate.js';
import { MinuteTally } from './core/alert/minute-tally.js';
import type { CommandOf } from './core/commands.js';
import type { AgentRegistry } from './gateway/agent/registry.js';
import { agentDoor } from './gateway/agent/upgrade.js';
import type { AuditLog } from './gateway/audit-port.js';
import { DiffRequests } from './gateway/diff-requests.js';
import { serveDoors } from './gateway/doors.js';
import { ConnectionGuard } from './gateway/http/connection-guard.js';
import { DashboardFiles } from './gateway/http/dashboard-files.js';
import { agentHandlers } from './gateway/http/handlers/agents.js';
import { alertHandlers } from './gateway/http/handlers/alerts.js';
import { auditHandlers } from './gateway/http/handlers/audit.js';
import { backupHandlers } from './gateway/http/handlers/backups.js';
import { commentHandlers } from './gateway/http/handlers/comments.js';
import { configHandlers } from './gateway/http/handlers/config.js';
import { costHandlers } from './gateway/http/handlers/costs.js';
import { deadLetterHandlers } from './gateway/http/handlers/dead-letters.js';
import { diffHandlers } from './gateway/http/handlers/diff.js';
import { enrolmentHandlers } from './gateway/http/handlers/enrolments.js';
import { haltHandlers } from './gateway/http/handlers/halts.js';
import { hubHandlers } from './gateway/http/handlers/hub.js';
import { identityHandlers } from './gateway/http/handlers/identity.js';
import { joinHandlers } from './gateway/http/handlers/join.js';
import { keyHandlers } from './gateway/http/handlers/keys.js';
import { memberHandlers } from './gateway/http/handlers/members.js';
import { messageHandlers } from './gateway/http/handlers/messages.js';
import { needHandlers } from './gateway/http/handlers/needs.js';
import { notificationHandlers } from './gateway/http/handlers/notifications.js';
import { operationUndoHandlers } from './gateway/http/handlers/operation-undo.js';
import { operationHandlers } from './gateway/http/handlers/operations.js';
import { orgHandlers } from './gateway/http/handlers/orgs.js';
import { outputHandlers } from './gateway/http/handlers/output.js';
import { savedViewHandlers } from './gateway/http/handlers/saved-views.js';
import { spendLimitHandlers } from './gateway/http/handlers/spend-limits.js';
import { taskActionHandlers } from './gateway/http/handlers/task-actions.js';
import { taskListHandlers } from './gateway/http/handlers/task-list.js';
import { taskHandlers } from './gateway/http/handlers/tasks.js';
import { IdempotencyCache } from './gateway/http/idempotency-cache.js';
import { JoinFiles, type JoinParts } from './gateway/http/join-files.js';
import { RequestLimits } from './gateway/http/request-limits.js';
import { buildHttp } from './gateway/http/server.js';
import { waitingShares } from './gateway/http/shares.js';
import { TaskWaits } from './gateway/http/task-waits.js';
import { LagGuard } from './gateway/lag-guard.js';
import { liveDoor } from './gateway/live/live-door.js';
import type { MailPort } from './gateway/mail-port.js';
import { Rests } from './gateway/rests.js';
import { SocketHolds } from './gateway/socket-holds.js';
import { Lifecycle } from './lifecycle.js';
import { untilUnused, urlOf } from './listening.js';
import type { LiveHub } from './live/live-hub.js';
import { livePages } from './live-pages.js';
import type { DiskWatch } from './maintenance/disk-watch.js';
import type { Operations } from './maintenance/operations.js';
import type { HubNats } from './nats/open.js';
import { newId } from './new-id.js';
import { KnownKinds } from './notify/channels/index.js';
import { newVapidKeys } from './notify/vapid-keys.js';
import type { Meter } from './observe/meter.js';
import type { Metrics } from './observe/metrics.js';
import type { Telemetry } from './observe/telemetry.js';
import type { Readiness } from './readiness.js';
import type { Restoring } from './restoring.js';
import type { Shard } from './shard.js';
import { archivedTask, type Store } from './store.js';

/** Connections that wait to be taken up; the system resets those beyond, as when a fleet comes back at once. Node's own is 511. */
const BACKLOG = 4_096;

export interface EdgeParts {
  readonly settings: HubSettings;
  readonly log: Log;
  readonly version: string;
  readonly startedAt: number;
  readonly join: JoinParts | undefined;
  /** The folder of the dashboard as it was built. */
  readonly dashboard: string | undefined;
  readonly sealer: Sealer;
  /** Where people may sign in, beside here. */
  readonly provider: OpenIdSettings | undefined;
  readonly shard: Shard;
  readonly store: Store;
  readonly registry: AgentRegistry;
  readonly metrics: Metrics;
  readonly meter: Meter;
  readonly telemetry: Telemetry;
  readonly readiness: Readiness;
  /** With it, https:// is served and nothing else. */
  readonly certificate: Certificate | undefined;
  readonly audit: AuditLog;
  /** Undefined while traces are off. */
  readonly tracer: Tracer | undefined;
  readonly operations: Operations;
  readonly nats: HubNats;
  readonly disk: DiskWatch;
  readonly restoring: Restoring;
  /** Undefined where the hub sends none. */
  readonly mail: MailPort | undefined;
  /** Of the alert rules; undefined while this hub does not lead. */
  readonly evaluatedAgeSeconds: () => number | undefined;
}

/** What requests and sockets are held against. */
interface Guards {
  readonly abuse: AbuseLimiter;
  readonly guard: ConnectionGuard;
  readonly limits: Limits;
  readonly holds: SocketHolds;
  readonly rests: Rests;
  readonly credentials: CredentialWatch;
  readonly uses: UseNotes;
  readonly hosts: Hosts;
  readonly isProxy: IsProxy;
}

export class Edge extends Lifecycle {
  /** Bad keys, by address. */
  readonly refusedKeys = new MinuteTally();
  /** Who met a limit, as `Limits` names them. */
  readonly throttled = new MinuteTally();
  readonly #parts: EdgeParts;
  readonly #stopping = new AbortController();
  #http: FastifyInstance | undefined;
  #uses: UseNotes | undefined;
  #lagGuard: LagGuard | undefined;
  #closeDoor: () => void = () => undefined;
  #url = '';

  constructor(parts: EdgeParts) {
    super();
    this.#parts = parts;
  }

  get url(): string {
    return this.#url;
  }

  /** Resolves once it listens. */
  override async start(): Promise<void> {
    const { settings, log, registry, shard, readiness, certificate, telemetry } = this.#parts;
    const sockets = log.child({ component: 'sockets' });
    const abuse = new AbuseLimiter(() => shard.runner.now(), this.refusedKeys);
    const hosts = new Hosts(settings, hostname());
    const isProxy = proxiesIn(settings.trustProxy);
    const guard = new ConnectionGuard(isProxy);
    const limits = new Limits(
      () => shard.runner.state.config.values.limits,
      (rule, holder, effect) => {
        this.throttled.note(holderKey(holder), shard.runner.now());
        telemetry.tell({ event: 'throttled', org: holder.org, fields: { rule, effect } });
      },
    );
    const holds = new SocketHolds();
    const rests = new Rests(() => performance.now());
    const credentials = this.#credentialWatch();
    const uses = this.#useNotes();
    this.#uses = uses;
    const { store, audit } = this.#parts;
    const http = await this.#build({ abuse, guard, limits, holds, rests, credentials, uses, hosts, isProxy });
    this.#http = http;
    const guards = { abuse, guard, hosts, isProxy, credentials, uses, limits, audit, scheduler: systemScheduler };
    const agents = agentDoor({
      ...guards,
      shard: shard.runner,
      bodies: shard.bodies,
      registry,
      holds,
      rests,
      output: shard.output,
      diffs: shard.diffs,
      messages: shard.messages,
      archived: (org, id) => archivedTask(store, org, id),
      replaceArchived: (task) => store.archive.replace(task.org, task.id, JSON.stringify(task)),
      onSocketFailed: (error, { org, agent }) =>
        sockets.child({ org, agentId: agent }).debug({ err: error }, 'agent socket failed'),
      refuseSubmission: () => readiness.refuseSubmission(),
    });
    const pages = liveDoor({
      ...guards,
      shard: shard.runner,
      live: this.#livePages(sockets),
      stopping: this.#stopping.signal,
      onSocketFailed: (error, { org, by }) => sockets.child({ org }).debug({ err: error, by }, 'live page failed'),
    });
    this.#closeDoor = serveDoors(http.server, [agents, pages], (error) =>
      sockets.error({ err: error }, 'a socket could not be admitted'),
    );
    this.#lagGuard = new LagGuard({ scheduler: systemScheduler, holds, connections: () => guard.connections() });
    this.#lagGuard.start();
    await http.listen({ host: settings.host, port: settings.port, backlog: BACKLOG });
    certificate?.follow(http.server as unknown as TlsServer);
    this.#url = urlOf(settings.host, http.server.address() as AddressInfo, certificate !== undefined);
  }

  /** Tells everybody that is connected, waits a moment for them to go, and cuts off the others. */
  protected override async end(): Promise<void> {
    this.#closeDoor();
    this.#lagGuard?.stop();
    this.#parts.registry.stop();
    this.#stopping.abort();
    this.#uses?.stop();
    if (this.#http === undefined) return;
    await untilUnused(this.#http.server);
    this.#http.server.closeAllConnections();
    await this.#http.close();
  }

  #livePages(log: Log): LiveHub {
    const { shard, store, registry, meter, version, nats, disk, operations, readiness, evaluatedAgeSeconds } =
      this.#parts;
    return livePages({
      shard,
      store,
      registry,
      meter,
      version,
      nats,
      disk,
      operations,
      health: {
        notReady: (role) => readiness.blocking(role),
        degraded: () => readiness.degraded(),
        storage: () => shard.storage.storage,
        evaluatedAgeSeconds,
      },
      onFailed: (error) => log.error({ err: error }, 'live views could not be brought up to the state'),
    });
  }

  #credentialWatch(): CredentialWatch {
    const { shard, log } = this.#parts;
    const { runner, feed } = shard;
    const now = () => runner.now();
    const isLive = (key: string) => isLiveCredential(runner.state, key, now());
    const onFailed = (error: unknown) =>
      log.child({ component: 'security' }).error({ err: error }, 'what a key held could not be ended');
    return new CredentialWatch({ feed, scheduler: systemScheduler, now, isLive, onFailed });
  }

  /** What is not noted is noted when the key or session is used again. */
  #useNotes(): UseNotes {
    const { runner } = this.#parts.shard;
    const note = async (command: CommandOf<'credentials.note'>): Promise<void> => {
      if (runner.phase === 'leading') await runner.execute(command, 'hub').catch(() => undefined);
    };
    return new UseNotes({ scheduler: systemScheduler, now: () => runner.now(), note });
  }

  async #build({ limits, holds, ...guards }: Guards): Promise<FastifyInstance> {
    const { settings, log, version, shard, store, registry, metrics, readiness, audit, provider, mail } = this.#parts;
    const { runner, bodies, messages } = shard;
    const archived = (org: string, id: string) => archivedTask(store, org, id);
    const now = () => runner.now();
    const waits = new TaskWaits(shard.feed, systemScheduler, this.#stopping.signal);
    const waiting = waitingShares();
    const files = new JoinFiles(this.#parts.join);
    const dashboard = new DashboardFiles(this.#parts.dashboard);
    const refuseSubmission = () => readiness.refuseSubmission();
    const signsOf = (agent: string) => {
      const session = registry.of(agent);
      return session && { lastSeenAt: session.lastSeenAt, phase: session.phase };
    };
    const taskParts = { bodies, archived, refuseSubmission, waits, waiting, now, signsOf };
    const { operations } = this.#parts;
    const seenBy = (caller: Caller) => new OperationsView(operations, caller);
    const actionParts = { shard: runner, bodies, now, newId, scheduler: systemScheduler, operations };
    return buildHttp({
      waiting,
      shard: runner,
      ...guards,
      tls: this.#parts.certificate?.options,
      holds,
      requestLimits: new RequestLimits({ limits, holds, now }),
      answers: new IdempotencyCache(now),
      metrics,
      audit,
      tracer: this.#parts.tracer,
      log: log.child({ component: 'http' }),
      draining: () => this.isStopping,
      dashboard,
      handlers: {
        ...taskHandlers(taskParts),
        ...taskListHandlers({ now, signsOf }),
        ...deadLetterHandlers(taskParts),
        ...taskActionHandlers(actionParts),
        ...operationHandlers(seenBy),
        ...operationUndoHandlers({ ...actionParts, seenBy }),
        ...agentHandlers({ registry, hubVersion: version, now }),
        ...outputHandlers({
          now,
          intake: shard.output,
          store: store.output,
          lines: store.outputLines,
          waits,
          archived,
          stopping: this.#stopping.signal,
        }),
        ...diffHandlers({
          ...{ store: store.diffs, archived, waiting },
          requests: new DiffRequests({
            scheduler: systemScheduler,
            intake: shard.diffs,
            sessionOf: (agent) => registry.of(agent),
          }),
        }),
        ...commentHandlers({ ...taskParts, store: store.diffs, messages }),
        ...messageHandlers(messages),
        ...notificationHandlers({
          kinds: new KnownKinds(),
          deliveries: shard.outbox,
          settings: new ChannelSettings(this.#parts.sealer),
          scheduler: systemScheduler,
          newId,
          now,
          newPushKeys: newVapidKeys,
          shard: runner,
        }),
        ...keyHandlers(now),
        ...costHandlers(now),
        ...memberHandlers({ publicUrl: settings.publicUrl, mail, now }),
        ...orgHandlers({ publicUrl: settings.publicUrl, isOpen: settings.registration === 'open', now }),
        ...identityHandlers({
          sealer: this.#parts.sealer,
          provider,
          tracer: this.#parts.tracer,
          onProviderFailed: (reason) =>
            log.child({ component: 'security' }).warn({ reason }, 'signing in at the identity provider failed'),
          abuse: guards.abuse,
          mail,
          accountOf: (email) => accountOf(runner.state, email),
          onMailFailed: (err) => log.warn({ err }, 'a link to set a new password could not be made'),
          now,
          isOpen: settings.registration === 'open',
          publicUrl: settings.publicUrl,
          sessionSeconds: settings.sessionSeconds,
          sessionIdleSeconds: settings.sessionIdleSeconds,
          signedIn: (secret) => signedIn(runner.state, secret, now()),
        }),
        ...configHandlers(),
        ...alertHandlers(now),
        ...needHandlers(now),
        ...haltHandlers,
        ...savedViewHandlers(now),
        ...spendLimitHandlers,
        ...auditHandlers(audit),
        ...enrolmentHandlers({ files, publicUrl: settings.publicUrl }),
        ...joinHandlers({ files, publicUrl: settings.publicUrl }),
        ...backupHandlers({
          backups: shard.backups,
          compactions: shard.compactions,
          restores: this.#parts.restoring,
        }),
        ...hubHandlers({
          now,
          meter: this.#parts.meter,
          metrics,
          storage: () => shard.storage.storage,
          version,
          startedAt: this.#parts.startedAt,
          dashboard,
          notReady: (role) => readiness.blocking(role),
          degraded: () => readiness.degraded(),
          evaluatedAgeSeconds: this.#parts.evaluatedAgeSeconds,
        }),
      },
    });
  }
}
