// The live socket of pages, `GET /ws/live`: what a page may say, what the hub says, and the rows of each view. Every row has an `id`, by which
// a delta puts it in place of the one before or takes it away.

import * as Type from 'typebox';
import { AgentView } from './agent.js';
import { AlertView } from './alerts.js';
import { Forecast, Money } from './costs.js';
import { HaltView } from './halts.js';
import { countOf, Health, Mine, Reasons, Storage } from './http.js';
import { LIMITS } from './limits.js';
import {
  AGENT_STATES,
  FSYNC_MODES,
  LANES,
  LIVE_NEED_KINDS,
  LIVE_VIEWS,
  type LiveViewKind,
  TASK_STATES,
} from './names.js';
import { SEVERITIES } from './notification.js';
import { page, limit as pageLimit, Query, Sort } from './pages.js';
import { Count, closed, type Data, integer, oneOf, TaskId, Timestamp } from './primitives.js';
import { ErrorCodeText, ErrorDetails } from './problem.js';
import { Question, type TaskSummary, taskViewFields, Why } from './task.js';

// What a page says

/** `q` is a query and `sort` an order of that list; `task` is for the view of one task. */
export const LiveView = closed({
  kind: oneOf(LIVE_VIEWS),
  q: Query,
  sort: Sort,
  /** The most rows; those beyond them are counted in `total`. */
  limit: Type.Optional(integer(1, LIMITS.liveRows)),
  task: Type.Optional(TaskId),
});
export type LiveView = Data<typeof LiveView>;

const SubscriptionId = integer(0, LIMITS.sequence);
const Seq = integer(0, Number.MAX_SAFE_INTEGER);

export const pageFrames = {
  /** With the number of a subscription that there is, it takes its place. `from`: what the page has already, as of that `seq`. */
  subscribe: closed({
    type: Type.Literal('subscribe'),
    id: SubscriptionId,
    view: LiveView,
    from: Type.Optional(Seq),
  }),
  unsubscribe: closed({ type: Type.Literal('unsubscribe'), id: SubscriptionId }),
};

// Rows

const spend = {
  /** In UTC, each currency by itself. */
  today: Type.Array(Money),
  month: Type.Array(Money),
  /** Attempts that ended today and whose cost nobody knows; absent for none. */
  todayUnknown: Type.Optional(Count),
  /** In money, by the spend limit of the organisation. */
  todayLimit: Type.Optional(Money),
  monthLimit: Type.Optional(Money),
};
export const LiveSpend = closed(spend);
export type LiveSpend = Data<typeof LiveSpend>;

/** One row, `hub`: what the top of every page shows. What the caller may not see is not there. */
export const LiveOverview = closed({
  id: Type.Literal('overview'),
  tasks: countOf(TASK_STATES),
  queued: countOf(LANES),
  agents: Type.Optional(countOf(AGENT_STATES)),
  /** Open questions, groups of dead letters, work that nobody is there for, firing alerts, failing agents and work that waits for review. */
  needsYou: Count,
  firing: Type.Optional(Count),
  /** The worst of those that fire and are not acknowledged, silenced or muted. */
  worst: Type.Optional(oneOf(SEVERITIES)),
  halts: Type.Optional(Type.Array(HaltView)),
  spend: Type.Optional(LiveSpend),
});
export type LiveOverview = Data<typeof LiveOverview>;

/** Dead letters that ended in the same way. `id` stays the same while there is one. */
export const DeadLetterGroup = closed({
  id: Type.String(),
  class: Type.Optional(Type.String()),
  code: Type.String(),
  repo: Type.Optional(Type.String()),
  runner: Type.Optional(Type.String()),
  count: Count,
  firstAt: Timestamp,
  lastAt: Timestamp,
  /** The one that died last. */
  example: closed({ task: TaskId, title: Type.String(), message: Type.Optional(Type.String()) }),
  /** What to do about it. */
  next: Type.Optional(Type.String()),
  /** Finds its letters, as a query for dead letters. */
  q: Type.String(),
});
export type DeadLetterGroup = Data<typeof DeadLetterGroup>;

/**
 * What waits for a person: why, since when, and the one next action. Beside that what its kind is about: of a question the task, of work that waits
 * for review, too.
 */
export const LiveNeed = closed({
  id: Type.String(),
  kind: oneOf(LIVE_NEED_KINDS),
  title: Type.String(),
  why: Type.String(),
  since: Timestamp,
  /** When it ends by itself. */
  until: Type.Optional(Timestamp),
  next: Type.String(),
  repo: Type.Optional(Type.String()),
  /** In place of `repo` where it is about several; at most 20 of them. */
  repos: Type.Optional(Type.Array(Type.String())),
  task: Type.Optional(TaskId),
  agent: Type.Optional(Type.String()),
  question: Type.Optional(Question),
  deadLetters: Type.Optional(DeadLetterGroup),
  /** Of another kind, the gravest alert with the same cause; `severity` is that of the alert. */
  alert: Type.Optional(AlertView),
  severity: Type.Optional(oneOf(SEVERITIES)),
  pullRequest: Type.Optional(Type.String()),
  branch: Type.Optional(Type.String()),
});
export type LiveNeed = Data<typeof LiveNeed>;

/** The first of them; the usual order has the most urgent first. */
export const NeedListQuery = closed({ limit: pageLimit, q: Query, sort: Sort, mine: Mine });
export type NeedListQuery = Data<typeof NeedListQuery>;

export const NeedPage = closed({ ...page(LiveNeed).properties, total: Count });
export type NeedPage = Data<typeof NeedPage>;

const { prompt, data, ...taskWithoutTexts } = taskViewFields;

/** One task is up to three rows. The texts, which are long and hardly ever change, are one by themselves. */
export const LiveTask = closed({ ...taskWithoutTexts, id: Type.Literal('task'), task: TaskId });
export type LiveTask = Data<typeof LiveTask>;
export const LiveTaskTexts = closed({ id: Type.Literal('texts'), prompt, data });
export type LiveTaskTexts = Data<typeof LiveTaskTexts>;
export const LiveTaskWhy = closed({ ...Why.properties, id: Type.Literal('why') });
export type LiveTaskWhy = Data<typeof LiveTaskWhy>;

export const LiveAgent = closed({ ...AgentView.properties, id: Type.String() });
export type LiveAgent = Data<typeof LiveAgent>;

/** One row: money as the ledger has it. */
export const LiveCosts = closed({
  id: Type.Literal('costs'),
  ...spend,
  /** Attempts of this month that nobody knows the cost of. */
  unknownCost: Count,
  forecast: Type.Array(Forecast),
});
export type LiveCosts = Data<typeof LiveCosts>;

/** One row: the hub that the page is connected to, and what it stores. */
export const LiveSystem = closed({
  id: Type.Literal('system'),
  role: oneOf(['leader', 'follower']),
  version: Type.String(),
  /** Of the journal, as this hub has read it. */
  seq: Count,
  lagMs: Count,
  leader: Type.Optional(Type.String()),
  leaderVersion: Type.Optional(Type.String()),
  status: Health.properties.status,
  reasons: Reasons,
  commitMs: Type.Optional(closed({ p50: Type.Optional(Type.Number()), p99: Type.Optional(Type.Number()) })),
  storage: Type.Optional(Storage),
  durability: closed({
    fsync: oneOf(FSYNC_MODES),
    /** On how many servers each stream is kept. */
    replicas: Count,
    /** Each server that keeps a copy beside the one that answers, and how far it is behind; a copy that is up to date is not behind. */
    copies: Type.Array(closed({ name: Type.String(), behindMs: Count })),
    natsVersion: Type.Optional(Type.String()),
    /** Whether the hub runs nats-server itself. */
    isOwn: Type.Boolean(),
  }),
  /** With the hub's data. Under `lowBytes` no task is taken. */
  disk: Type.Optional(
    closed({
      freeBytes: Count,
      lowBytes: Count,
      /** How much less is free each hour; below zero while more becomes free. */
      lostBytesPerHour: Type.Optional(integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
      /** Until no task is taken, if it goes on like that. */
      lowInSeconds: Type.Optional(Count),
    }),
  ),
  /** Of every organisation, by the version of their sidecars; the newest first. */
  sidecars: Type.Array(closed({ version: Type.String(), agents: Count, connected: Count })),
  /** Work in the background that runs or waits. */
  operations: Count,
});
export type LiveSystem = Data<typeof LiveSystem>;

/** What happened, newest first. `event` is the name of the fact in the journal. */
export const LiveActivity = closed({
  id: Type.String(),
  at: Timestamp,
  event: Type.String(),
  task: Type.Optional(closed({ id: TaskId, title: Type.String(), state: oneOf(TASK_STATES) })),
  agent: Type.Optional(Type.String()),
});
export type LiveActivity = Data<typeof LiveActivity>;

/** What the rows of each view are. */
export interface LiveRows {
  readonly overview: LiveOverview;
  readonly 'needs-you': LiveNeed;
  readonly tasks: TaskSummary;
  readonly task: LiveTask | LiveTaskTexts | LiveTaskWhy;
  readonly agents: LiveAgent;
  readonly 'dead-letters': DeadLetterGroup;
  readonly alerts: AlertView;
  readonly costs: LiveCosts;
  readonly system: LiveSystem;
  readonly activity: LiveActivity;
}
export type LiveRow<Kind extends LiveViewKind = LiveViewKind> = LiveRows[Kind];

// What the hub says

const Row = Type.Object({ id: Type.String() }, { additionalProperties: true });
/** Absent where it is not known without looking at all there is. */
const Total = Type.Optional(Count);

export const liveFrames = {
  /** All rows, in order. It takes the place of whatever the page had. */
  snapshot: closed({
    type: Type.Literal('snapshot'),
    id: SubscriptionId,
    seq: Seq,
    total: Total,
    items: Type.Array(Row),
  }),
  /** What is different since the frame before. A page may not have had all that has gone. */
  delta: closed({
    type: Type.Literal('delta'),
    id: SubscriptionId,
    seq: Seq,
    put: Type.Array(Row),
    gone: Type.Array(Type.String()),
    total: Total,
  }),
  /** With `id`, there is no such subscription any more. Without it, the frame could not be read that far, or the socket is closed next. */
  error: closed({
    type: Type.Literal('error'),
    id: Type.Optional(SubscriptionId),
    code: ErrorCodeText,
    message: Type.String(),
    retryable: Type.Boolean(),
    retryAfterMs: Type.Optional(Count),
    details: Type.Optional(ErrorDetails),
  }),
  /** First, and whenever it is different. What was seen of another journal means nothing in this one: the page begins anew. */
  hub: closed({
    type: Type.Literal('hub'),
    role: oneOf(['leader', 'follower']),
    lagMs: Count,
    version: Type.String(),
    journal: Type.String(),
  }),
};

export type PageFrameType = keyof typeof pageFrames;
export type PageFrameOf<T extends PageFrameType> = Data<(typeof pageFrames)[T]>;
export type PageFrame = { [T in PageFrameType]: PageFrameOf<T> }[PageFrameType];

export type LiveFrameType = keyof typeof liveFrames;
export type LiveFrameOf<T extends LiveFrameType> = Data<(typeof liveFrames)[T]>;
export type LiveFrame = { [T in LiveFrameType]: LiveFrameOf<T> }[LiveFrameType];
