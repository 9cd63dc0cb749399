// The routes about the hub itself: figures, schemas, its own description and probes.

import {
  AGENT_STATES,
  type AgentState,
  type Health,
  type HealthCode,
  type HubRole,
  publishedSchema,
  type Stats,
  type Storage,
  schemasByName,
} from '@agentcom/schemas';
import type { View } from '../../../access/view.js';
import { iso } from '../../../core/iso.js';
import { Refusal } from '../../../core/refusal.js';
import type { Meter } from '../../../observe/meter.js';
import type { Metrics } from '../../../observe/metrics.js';
import { asyncApi } from '../asyncapi.js';
import type { DashboardFiles } from '../dashboard-files.js';
import type { Handlers, RouteRequest } from '../handler.js';
import { openApi } from '../openapi.js';

export interface Reason {
  readonly code: HealthCode;
  readonly message: string;
}

export interface HubParts {
  readonly now: () => number;
  readonly meter: Meter;
  readonly metrics: Metrics;
  /** The sizes of the streams, and when they were last compacted and backed up. */
  readonly storage: () => Storage;
  readonly version: string;
  readonly startedAt: number;
  readonly dashboard: DashboardFiles;
  /** Why the hub takes no requests just now, or in any role cannot do its part; none when it does. */
  readonly notReady: (role?: HubRole) => readonly Reason[];
  /** What is not as it should be although the hub works. */
  readonly degraded: () => readonly Reason[];
  /** How long ago the alert rules were last evaluated; undefined while this hub does not lead. */
  readonly evaluatedAgeSeconds: () => number | undefined;
}

type HubHandlers = Pick<
  Handlers,
  | 'stats'
  | 'stats.current'
  | 'schema.list'
  | 'schema.show'
  | 'openapi'
  | 'asyncapi'
  | 'home'
  | 'live'
  | 'ready'
  | 'health'
  | 'metrics'
>;

export function hubHandlers(parts: HubParts): HubHandlers {
  const { registry } = parts.metrics;
  const routes = openApi(parts.version);
  const frames = asyncApi(parts.version);
  const stats = async ({ caller, read }: Pick<RouteRequest<'stats'>, 'caller' | 'read'>) => {
    const body = await read((view) => statsOf(parts, view, caller.org));
    return body instanceof Refusal ? body : { body };
  };
  return {
    stats,
    'stats.current': stats,
    metrics: async () => ({ body: await registry.metrics(), headers: { 'content-type': registry.contentType } }),
    'schema.list': () => ({ body: { items: Object.keys(schemasByName).sort() } }),
    'schema.show': ({ path }) => {
      const schema = publishedSchema(path.name);
      if (schema === undefined) return new Refusal('request.not_found', `schema ${path.name} not found`);
      return { body: schema, headers: { 'content-type': 'application/schema+json' } };
    },
    openapi: () => ({ body: routes }),
    asyncapi: () => ({ body: frames }),

    home: ({ acceptEncoding, ifNoneMatch }) => parts.dashboard.page({ acceptEncoding, ifNoneMatch }),
    live: () => ({ body: { status: 'live' } }),
    ready: ({ query }) => {
      const reasons = parts.notReady(query.role);
      if (reasons.length === 0) return { body: { status: 'ready', reasons } };
      return { status: 503, body: { status: 'not_ready', reasons } };
    },
    health: () => {
      const body = healthOf(parts);
      return { status: statusOf(body), body };
    },
  };
}

export function healthOf(parts: Pick<HubParts, 'notReady' | 'degraded' | 'storage' | 'evaluatedAgeSeconds'>): Health {
  const blocking = parts.notReady();
  const age = parts.evaluatedAgeSeconds();
  const figures = {
    storage: parts.storage(),
    ...(age !== undefined && { alerting: { evaluatedAgeSeconds: age } }),
  };
  if (blocking.length > 0) return { status: 'not_ready', reasons: [...blocking], ...figures };
  const reasons = parts.degraded();
  return { status: reasons.length === 0 ? 'healthy' : 'degraded', reasons: [...reasons], ...figures };
}

function statusOf({ status }: Health): number {
  return status === 'not_ready' ? 503 : 200;
}

/** Rates and latencies are of the whole organisation, so only those get them who may see all of its tasks. */
function statsOf({ now: clock, startedAt, meter }: HubParts, view: View, org: string): Stats {
  const now = clock();
  const agents = Object.fromEntries(AGENT_STATES.map((name) => [name, 0])) as Record<AgentState, number>;
  for (const agent of view.agents()) agents[view.agentState(agent)]++;
  return {
    at: iso(now),
    uptimeSeconds: (now - startedAt) / 1000,
    queued: view.queuedByLane(),
    tasks: view.taskCounts(),
    agents,
    ...utilisationOf(agents),
    ...(view.seesAllTasks
      ? {
          oldestQueuedSeconds: view.oldestQueuedSeconds(now),
          spend: view.spend(now),
          latencyMs: meter.latencyMs(org),
          perSecond: meter.perSecond(org),
        }
      : {}),
  };
}

function utilisationOf({ idle, assigned, working, blocked }: Stats['agents']): Pick<Stats, 'utilisation'> {
  const busy = assigned + working + blocked;
  return idle + busy === 0 ? {} : { utilisation: busy / (idle + busy) };
}
