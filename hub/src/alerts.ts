// Puts the alert rules together with what they look at, and has them evaluated while this hub leads.

import type { HubSettings, Log } from '@agentcom/schemas';
import { systemScheduler } from '@agentcom/schemas/host';
import type { Certificate } from './certificate.js';
import type { CoordinatorRunner } from './coordinator/runner.js';
import { alertKey } from './core/alert/alert.js';
import { conditionsOf } from './core/alert/conditions.js';
import type { ChannelFigures } from './core/alert/figures.js';
import { tellDirectly } from './direct-telling.js';
import type { Edge } from './edge.js';
import type { AgentRegistry } from './gateway/agent/registry.js';
import { Lifecycle } from './lifecycle.js';
import { Alerting } from './maintenance/alerting.js';
import type { DirectAlertRecord } from './maintenance/direct-alert-record.js';
import { DirectAlerts } from './maintenance/direct-alerts.js';
import type { DiskWatch } from './maintenance/disk-watch.js';
import type { HeartbeatLook } from './maintenance/heartbeat.js';
import type { HubNats } from './nats/open.js';
import { newId } from './new-id.js';
import { EventLoopSensor } from './observe/event-loop.js';
import { Figures } from './observe/figures.js';
import type { Meter } from './observe/meter.js';
import type { Metrics } from './observe/metrics.js';
import type { Shard } from './shard.js';
import type { Store } from './store.js';

const WATCHDOG = alertKey({ org: undefined, rule: 'Watchdog' });
/** An evaluation that takes longer holds up everything else, ms. */
const SLOW_MS = 50;

export interface AlertsParts {
  readonly settings: HubSettings;
  readonly log: Log;
  readonly shard: Shard;
  readonly store: Store;
  readonly nats: HubNats;
  readonly disk: DiskWatch;
  readonly certificate: Certificate | undefined;
  readonly metrics: Metrics;
  readonly meter: Meter;
  readonly edge: Edge;
  readonly registry: AgentRegistry;
  readonly record: DirectAlertRecord;
}

export class Alerts extends Lifecycle {
  readonly #alerting: Alerting;
  readonly #direct: DirectAlerts;
  readonly #runner: CoordinatorRunner;
  readonly #ended = new AbortController();
  readonly #eventLoop = EventLoopSensor.start();

  constructor(parts: AlertsParts) {
    super();
    const { log, shard } = parts;
    const { runner, outbox } = shard;
    this.#runner = runner;
    const telling = {
      state: () => runner.state,
      outbox,
      scheduler: systemScheduler,
      log,
      signal: this.#ended.signal,
      newest: new Map<string, string>(),
    };
    this.#direct = new DirectAlerts({
      runner,
      evaluatedAt: () => this.#alerting.evaluatedAt,
      scheduler: systemScheduler,
      newId,
      record: parts.record,
      tell: (notification) => tellDirectly(notification, telling),
      onFailed: (error) => log.error({ err: error }, 'what people were told of alerts could not be noted'),
    });
    const figures = figuresOf(parts, this.#eventLoop.sensor);
    this.#alerting = new Alerting({
      shard: runner,
      scheduler: systemScheduler,
      find: (state, now) => [
        ...conditionsOf(figures.gather(), state, state.config.values, now),
        ...this.#direct.found(),
      ],
      onFound: (tookMs) => {
        if (tookMs > SLOW_MS) log.warn({ tookMs }, 'the alert rules took long to evaluate');
      },
      onFailed: (error) => log.error({ err: error }, 'the alert rules could not be evaluated; retrying'),
    });
  }

  override async start(): Promise<void> {
    await Promise.all([this.#alerting.start(), this.#direct.start()]);
  }

  /** How long ago the rules were last evaluated; undefined while this hub does not lead. */
  get ageSeconds(): number | undefined {
    const { evaluatedAt } = this.#alerting;
    return evaluatedAt === undefined ? undefined : Math.max(0, this.#runner.now() - evaluatedAt) / 1000;
  }

  look(): HeartbeatLook {
    const { phase, state, appends } = this.#runner;
    const isEnabled = state.config.values.alerts.rules.Watchdog.enabled;
    const alert = state.alerts.open.get(WATCHDOG);
    return {
      phase,
      now: this.#runner.now(),
      acknowledgedAt: appends.acknowledgedAt,
      evaluatedAt: this.#alerting.evaluatedAt,
      watchdog: isEnabled ? (alert?.state === 'firing' ? 'firing' : 'absent') : 'disabled',
    };
  }

  /** The journal must not be trusted. Resolves when people were told, or after a while. */
  journalRefused(reason: string): Promise<void> {
    return this.#direct.refused(reason);
  }

  override onLeading(epoch: number): void {
    this.#alerting.onLeading(epoch);
  }

  override onFollowing(): void {
    this.#alerting.onFollowing();
  }

  protected override async end(): Promise<void> {
    this.#eventLoop.stop();
    this.#ended.abort();
    await Promise.all([this.#alerting.stop(), this.#direct.stop()]);
  }
}

function figuresOf(parts: AlertsParts, eventLoop: EventLoopSensor): Figures {
  const { settings, shard, nats, disk, certificate, metrics, meter, edge, registry } = parts;
  const { runner, output, backups, storage } = shard;
  const since = runner.now();
  const everyMs = settings.snapshotEverySeconds * 1000;
  return new Figures({
    now: () => runner.now(),
    elapsed: () => performance.now(),
    state: () => runner.state,
    commitP99Ms: () => meter.commitP99Ms(),
    eventLoop,
    requests: metrics.requests,
    disk,
    streams: storage,
    snapshot: () => (storage.snapshotAt === undefined ? undefined : { takenAt: storage.snapshotAt, everyMs }),
    backups: () => ({ newestAt: backups.lastBackupAt, provedAt: backups.lastProofAt, since }),
    certificateEndsAt: () => certificate?.expiresAt,
    channels: () => failingChannels(shard),
    fsync: nats.fsync,
    refusedKeys: edge.refusedKeys,
    throttled: edge.throttled,
    clockSkewMs: () => registry.clockSkewMs(),
    outputAt: output.printedAt,
  });
}

/** Without the browsers of people, which are forgotten when they take nothing any more, and what is disabled. */
function failingChannels({ outbox, runner }: Shard): ChannelFigures[] {
  const { channels } = runner.state.notify;
  return outbox.failing().flatMap(({ channel, since, failures, why: error }) => {
    const known = channels.get(channel);
    if (known === undefined || known.disabled !== undefined) return [];
    return [{ org: known.org, id: known.id, name: known.name, since, failures, error }];
  });
}
