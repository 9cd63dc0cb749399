// `agentcom status`: one screen: is the hub well, who works on what, what waits and why, and what needs a person.

import type {
  AgentView,
  AlertView,
  Data,
  DeadLetter,
  HaltView,
  LimitView,
  LiveNeed,
  NotificationChannel,
  Stats,
  TaskSummary,
  Why,
} from '@agentcom/schemas';
import type { Health } from '@agentcom/schemas/http';
import type { Command } from 'commander';
import { allPages } from '../all-pages.js';
import type { HubClient } from '../client.js';
import { clockDifference } from '../clock.js';
import { CommandError, EXIT } from '../exit.js';
import { shortIds } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { withExamples } from '../options.js';
import { bySeverity } from '../show-alert.js';
import { statusText } from '../show-status.js';
import { ownOrAll, withAll } from '../task-filter.js';
import { oneLine } from '../text.js';

const TIMEOUT_MS = 5_000;
/** Of each kind; the counts say how many there are. */
const SHOWN = 5;
const AGENTS_MAX = 200;
const ALERTS_MAX = 200;
const NEEDS_MAX = 200;

type HealthAnswer = Data<typeof Health>;

export interface Status {
  readonly hub: string;
  readonly health: HealthAnswer;
  /** Set when the clocks of the hub and of this machine differ by more than a few seconds. */
  readonly clock?: string;
  readonly stats: Stats;
  readonly agents: readonly AgentView[];
  readonly working: readonly TaskSummary[];
  readonly waiting: readonly (Omit<TaskSummary, 'why'> & { readonly why: Why['reasons'] })[];
  readonly blocked: readonly TaskSummary[];
  readonly dead: readonly DeadLetter[];
  /** Questions, groups of dead letters, work that no agent is there for and agents in trouble, each with the alert that has the same cause. */
  readonly needs: readonly LiveNeed[];
  /** Those that page or warn and nobody has taken on, the most urgent first; none where the key may not read alerts. */
  readonly alerts: readonly AlertView[];
  /** Notification channels whose newest message did not go out; none where the key may not read them. */
  readonly channels: readonly NotificationChannel[];
  /** In force; none where the key may not read halts. */
  readonly halts: readonly HaltView[];
  /** Spend limits; none where the key may not read them. */
  readonly limits: readonly LimitView[];
}

/** How many there are of what needs somebody, as far as it is known, and how many tasks of others are not shown. */
export interface Counted {
  readonly blocked: number | undefined;
  readonly dead: number | undefined;
  readonly leftOut: number;
}

export function defineStatus(command: Command, cli: Cli): void {
  withExamples(withAll(command), 'agentcom status', 'agentcom status --all', 'agentcom status --json').action(
    cli.act(async (invocation: Invocation, { all }: { readonly all?: boolean }) => {
      const client = await invocation.client();
      const askedAt = invocation.world.now();
      const probe = await client.probe('health', TIMEOUT_MS);
      const clock = clockDifference(probe.date, askedAt, invocation.world.now());
      const health = asHealth(probe.body);
      const { status, counted } = await statusOf(client, { health, clock }, all).catch(async (error: unknown) => {
        throw await explained(error, health);
      });
      const ids = [status.working, status.waiting, status.blocked, status.dead].flat().map(({ id }) => id);
      for (const { task } of status.needs) if (task !== undefined) ids.push(task);
      invocation.out.answer(status, () => statusText(invocation, status, counted, shortIds(ids)));
      return status.health.status === 'not_ready' ? EXIT.failed : EXIT.done;
    }),
  );
}

/** While the hub takes no requests, what is wrong with it says more than that it refused one. */
async function explained(error: unknown, { status, reasons: [first, ...others] }: HealthAnswer): Promise<unknown> {
  if (!(error instanceof CommandError) || status !== 'not_ready' || first === undefined) return error;
  const { HEALTH } = await import('@agentcom/schemas/hub-words');
  const what = [first, ...others].map(({ message }) => oneLine(message)).join('; ');
  const words: Readonly<Record<string, readonly [string, string] | undefined>> = HEALTH;
  const remedy = words[first.code]?.[1];
  return new CommandError(error.exit, error.code, `the hub takes no requests: ${what}`, {
    cause: error,
    ...(remedy !== undefined && { remedy }),
  });
}

async function statusOf(
  client: HubClient,
  { health, clock }: { readonly health: HealthAnswer; readonly clock: string | undefined },
  all: boolean | undefined,
): Promise<{ readonly status: Status; readonly counted: Counted }> {
  const mine = ownOrAll({}, all);
  const asked = { ...mine, limit: SHOWN, count: '1' as const };
  const list = (state: readonly TaskSummary['state'][]) => client.call('task.list', { query: { ...asked, state } });
  const [stats, agents, working, queued, later, blocked, dead, needs, alerts, channels, halts, limits] =
    await Promise.all([
      client.call('stats'),
      client.call('agent.list', { query: { limit: AGENTS_MAX } }).then(({ items }) => items),
      list(['assigned', 'working']),
      list(['queued']),
      list(['waiting', 'scheduled']),
      list(['blocked']),
      client.call('dead.list', { query: asked }),
      client.call('need.list', { query: { q: '-kind:alert,review', limit: NEEDS_MAX, ...mine } }),
      unlessForbidden(firingAlerts(client)),
      unlessForbidden(failingChannels(client)),
      unlessForbidden(client.call('halt.list', { query: { limit: SHOWN } }).then(({ items }) => items)),
      unlessForbidden(allPages((page) => client.call('limit.list', { query: page }))),
    ]);
  // Those first that an agent could take now.
  const waiting = [...queued.items, ...later.items].slice(0, SHOWN);
  const reasons = await Promise.all(
    waiting.map(({ id }) => client.call('task.why', { path: { id } }).then((why) => why.reasons)),
  );
  const status = {
    hub: client.hub,
    health,
    ...(clock !== undefined && { clock }),
    stats,
    agents,
    working: working.items,
    waiting: waiting.map((task, i) => ({ ...task, why: reasons[i] ?? [] })),
    blocked: blocked.items,
    dead: dead.items,
    needs: needs.items,
    alerts,
    channels,
    halts,
    limits,
  };
  const lists = [working, queued, later, blocked, dead];
  const leftOut = lists.reduce((sum, { others = 0 }) => sum + others, 0);
  return { status, counted: { blocked: blocked.total, dead: dead.total, leftOut } };
}

function needsSomebody({ severity, mutedBy, acknowledged, silenced, clearing }: AlertView): boolean {
  const isHeld = [mutedBy, acknowledged, silenced, clearing].some((one) => one !== undefined);
  return severity !== 'info' && !isHeld;
}

async function firingAlerts(client: HubClient): Promise<AlertView[]> {
  const { items } = await client.call('alert.list', { query: { state: ['firing'], limit: ALERTS_MAX } });
  return bySeverity(items.filter(needsSomebody)).slice(0, SHOWN);
}

async function failingChannels(client: HubClient): Promise<NotificationChannel[]> {
  const items = await allPages((page) => client.call('notify.list', { query: page }));
  return items.filter(({ failing }) => failing !== undefined).slice(0, SHOWN);
}

/** None where the key may not read them. */
async function unlessForbidden<T>(asked: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof CommandError && error.code === 'auth.forbidden') return [];
    throw error;
  }
}

/** The probe's answer is not held against a schema: whatever is no health is said to be unknown. */
function asHealth(body: unknown): HealthAnswer {
  const isHealth = typeof body === 'object' && body !== null && 'status' in body && 'reasons' in body;
  if (isHealth && Array.isArray(body.reasons)) return body as HealthAnswer;
  return { status: 'degraded', reasons: [{ code: 'unknown', message: 'the hub did not report its health' }] };
}
