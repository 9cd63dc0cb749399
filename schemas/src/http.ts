// What the HTTP routes take and answer, beside tasks and agents themselves. Long because it is data, one schema after the other.

import type { TSchema } from 'typebox';
import * as Type from 'typebox';
import { AgentView, Host, OperatingSystem } from './agent.js';
import { LIMITS } from './limits.js';
import { Message, messageFields } from './message.js';
import {
  AGENT_STATES,
  DEATH_CAUSES,
  FAILURE_CLASSES,
  LANE_MOVES,
  LANES,
  OUTPUT_STREAMS,
  TASK_ACTIONS,
  TASK_STATES,
} from './names.js';
import { limit, mustBeCursor, page, Query, Sort } from './pages.js';
import {
  agentBounds,
  ClaimableCapability,
  Count,
  closed,
  type Data,
  FailureClassName,
  FailureCode,
  Generation,
  GrantableCapability,
  integer,
  KeyHash,
  LabelFilter,
  LaneName,
  line,
  list,
  Needs,
  oneOf,
  QuestionId,
  Sequence,
  Slug,
  TaskId,
  TaskStateName,
  Timestamp,
  text,
} from './primitives.js';
import {
  Budget,
  MaxAttempts,
  MaxCost,
  PreferredModels,
  PreferredRunners,
  Prompt,
  RunTimeoutSeconds,
  TaskError,
  TaskSummary,
  taskSummaryFields,
} from './task.js';

export const Empty = closed({});

/** A cursor names the last item of the page before. */
const TaskCursor = Type.String({ ...TaskId, mustBe: mustBeCursor });
const AgentCursor = Type.String({ ...Slug, mustBe: mustBeCursor });
const BackupCursor = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$', mustBe: mustBeCursor });

export const PageQuery = closed({ limit, cursor: Type.Optional(BackupCursor) });
export type PageQuery = Data<typeof PageQuery>;

// Tasks

/** Repeated `state` means any of them, repeated `label` all of them. */
/** What may be asked of tasks in whatever state. Every condition must hold. */
const taskFilter = {
  lane: Type.Optional(list(LaneName, LANES.length)),
  agent: Type.Optional(Slug),
  label: Type.Optional(list(LabelFilter, LIMITS.labels)),
  /** A query: `ops/docs/queries.md`. */
  q: Query,
  /** Only tasks created then or later, and then or earlier. */
  since: Type.Optional(Timestamp),
  until: Type.Optional(Timestamp),
  /** Part of the address of its repository, whatever its case. */
  repo: Type.Optional(line(LIMITS.urlChars)),
  /** Only what the caller submitted. */
  mine: Type.Optional(oneOf(['0', '1'])),
};

/** `auto`: as `1` where the caller may change no other tasks, as `0` everywhere else. */
export const Mine = Type.Optional(oneOf(['0', '1', 'auto']));
/** Says how many there are on all pages together. */
const Counted = Type.Optional(oneOf(['0', '1']));

/** A cursor goes with the order by age alone; of any other, the first are listed. */
export const TaskListQuery = closed({
  limit,
  cursor: Type.Optional(TaskCursor),
  ...taskFilter,
  sort: Sort,
  mine: Mine,
  state: Type.Optional(list(TaskStateName, TASK_STATES.length)),
  /** How the id begins or ends. */
  id: Type.Optional(
    Type.String({
      pattern: '^[0-9a-f][0-9a-f-]{2,34}[0-9a-f]$',
      mustBe: 'the beginning or end of a task id: at least 4 lower-case hex digits',
    }),
  ),
  count: Counted,
});
export type TaskListQuery = Data<typeof TaskListQuery>;
export type TaskFilterFields = Pick<TaskListQuery, keyof typeof taskFilter>;

/** With `ifNot` the answer waits until the task is in another state, or for so long. */
export const TaskShowQuery = closed({
  ifNot: Type.Optional(TaskStateName),
  waitSeconds: Type.Optional(integer(1, LIMITS.waitSeconds)),
});
export type TaskShowQuery = Data<typeof TaskShowQuery>;

/** What a list says that was to be counted; no number goes past `LIMITS.countedTasks`. */
const counts = {
  total: Type.Optional(Count),
  /** How many more match that others submitted, where `mine=auto` leaves those out. */
  others: Type.Optional(Count),
};

export const TaskPage = closed({ ...page(TaskSummary).properties, ...counts });
export type TaskPage = Data<typeof TaskPage>;

const OutputCursor = Type.String({ pattern: '^[1-9][0-9]{0,9}\\.[0-9]{1,10}$', mustBe: mustBeCursor });

/**
 * Which part of a task's output is asked for. With `follow` it comes as server-sent events, from the beginning or from after the
 * cursor, until the task has ended.
 */
export const OutputQuery = closed({
  limit,
  cursor: Type.Optional(OutputCursor),
  generation: Type.Optional(Generation),
  follow: Type.Optional(oneOf(['0', '1'])),
});
export type OutputQuery = Data<typeof OutputQuery>;

/** One piece of output. `at` is when the hub got it. */
export const OutputPiece = closed({
  generation: Generation,
  outputSeq: Sequence,
  stream: oneOf(OUTPUT_STREAMS),
  at: Timestamp,
  data: Type.String(),
});
export type OutputPiece = Data<typeof OutputPiece>;

export const OutputPage = page(OutputPiece);
export type OutputPage = Data<typeof OutputPage>;

const LineNumber = integer(1, LIMITS.sequence);

/**
 * Which lines of an attempt's output are asked for, by default the newest attempt's: `limit` from the line `from` on, or the last ones. With
 * `q` only those that have the text, in any case, whatever their colours.
 */
export const LinesQuery = closed({
  generation: Type.Optional(Generation),
  from: Type.Optional(LineNumber),
  last: Type.Optional(integer(1, LIMITS.outputLines)),
  limit: Type.Optional(integer(1, LIMITS.outputLines)),
  q: Type.Optional(line(LIMITS.outputSearchChars)),
});
export type LinesQuery = Data<typeof LinesQuery>;

/** By its number, without its line feed; `cut`: only the beginning of it. */
export const OutputLine = closed({
  line: LineNumber,
  stream: oneOf(OUTPUT_STREAMS),
  text: Type.String(),
  cut: Type.Optional(Type.Literal(true)),
});
export type OutputLine = Data<typeof OutputLine>;

export const OutputLines = closed({
  /** Absent before the first attempt. */
  generation: Type.Optional(Generation),
  items: Type.Array(OutputLine),
  /** The line to go on from: those before it have been looked at. Null at the end. */
  next: Type.Union([LineNumber, Type.Null()], { mustBe: 'the number of a line, or null at the end' }),
  /** Lines that have begun, and the stream of the last one while it has not ended. */
  lines: Count,
  open: Type.Optional(oneOf(OUTPUT_STREAMS)),
  /** False while lines are still being counted: ask again. */
  counted: Type.Boolean(),
  /** The last piece that was counted; `follow` goes on behind it. Null when there is none. */
  cursor: Type.Union([OutputCursor, Type.Null()], { mustBe: 'a cursor, or null when there is no output' }),
  /** Codes of the colours that hold where the first item begins. */
  colours: Type.String(),
});
export type OutputLines = Data<typeof OutputLines>;

const Reason = line(LIMITS.reasonChars);
/** The body of cancel, discard, drain and resume. */
export const ReasonBody = closed({ reason: Type.Optional(Reason) });
export type ReasonBody = Data<typeof ReasonBody>;

/** Without `questionId` the open question is meant. */
export const AnswerBody = closed({ answer: text(LIMITS.answerBytes), questionId: Type.Optional(QuestionId) });
export type AnswerBody = Data<typeof AnswerBody>;

/** What is to be different from here on, for one task as for many. */
const changeFields = {
  /** The next attempt begins a new session. */
  freshSession: Type.Optional(Type.Boolean()),
  /** What was used so far counts against the budget as before; without it the budget begins anew. */
  keepBudget: Type.Optional(Type.Boolean()),
  budget: Type.Optional(Budget),
  needs: Type.Optional(Needs),
  runner: Type.Optional(PreferredRunners),
  model: Type.Optional(PreferredModels),
  maxCost: Type.Optional(MaxCost),
  maxAttempts: Type.Optional(MaxAttempts),
  runTimeoutSeconds: Type.Optional(RunTimeoutSeconds),
  /** Added to the prompt, as a paragraph of its own. */
  promptAppend: Type.Optional(Prompt),
};
/** The body of retry and requeue. */
export const RequeueBody = closed({
  ...changeFields,
  lane: Type.Optional(LaneName),
  /** In place of the prompt; what is appended comes behind it. */
  prompt: Type.Optional(Prompt),
  /** Refused when the task has been offered again since that generation. */
  ifGeneration: Type.Optional(Generation),
});
export type RequeueBody = Data<typeof RequeueBody>;

// Dead letters

const deadLetterFilter = {
  ...taskFilter,
  death: Type.Optional(oneOf(DEATH_CAUSES)),
  /** Class and code of the last error. */
  class: Type.Optional(FailureClassName),
  code: Type.Optional(FailureCode),
};

export const DeadLetterQuery = closed({
  limit,
  cursor: Type.Optional(TaskCursor),
  ...deadLetterFilter,
  mine: Mine,
  count: Counted,
});
export type DeadLetterQuery = Data<typeof DeadLetterQuery>;

/** Which dead letters are requeued, and what is to be different for each. Every condition must hold; none means all of them. */
export const BulkRequeueBody = closed({ ...deadLetterFilter, ...changeFields });
export type BulkRequeueBody = Data<typeof BulkRequeueBody>;
export type DeadLetterFilter = Pick<BulkRequeueBody, keyof typeof deadLetterFilter>;
/** The fields of a bulk requeue that say what is to be different. */
export const BULK_CHANGES = Object.keys(changeFields) as (keyof typeof changeFields)[];

/**
 * What is done to all tasks that a filter matches, or to these. Every condition must hold; none means all that it can be done to. `changes` are for
 * retry and requeue, `to` is for the lane. With `perMinute` it is done to so many in a minute; with `dryRun` nothing
 * is begun, and `total` of the answer says how many there are.
 */
export const TaskActionBody = closed({
  action: oneOf(TASK_ACTIONS),
  ...deadLetterFilter,
  state: Type.Optional(list(TaskStateName, TASK_STATES.length)),
  tasks: Type.Optional(list(TaskId, LIMITS.actionTasksNamed)),
  reason: Type.Optional(Reason),
  to: Type.Optional(oneOf(LANE_MOVES)),
  changes: Type.Optional(closed({ ...changeFields, lane: Type.Optional(LaneName), prompt: Type.Optional(Prompt) })),
  perMinute: Type.Optional(integer(1, LIMITS.actionTasksPerMinute)),
  dryRun: Type.Optional(Type.Boolean()),
});
export type TaskActionBody = Data<typeof TaskActionBody>;

/** With the last error; all of them are in the task itself. */
export const DeadLetter = closed({
  ...taskSummaryFields,
  death: oneOf(DEATH_CAUSES),
  diedAt: Timestamp,
  error: Type.Optional(TaskError),
});
export type DeadLetter = Data<typeof DeadLetter>;

export const DeadLetterPage = closed({ ...page(DeadLetter).properties, ...counts });
export type DeadLetterPage = Data<typeof DeadLetterPage>;

/** `remaining`: how many more the filter matches, or at least so many where there are thousands; 0 when there are none. */
export const BulkRequeued = closed({ requeued: Count, remaining: Count });
export type BulkRequeued = Data<typeof BulkRequeued>;

// Agents

/** A cursor goes with the order by name alone. */
export const AgentListQuery = closed({
  limit,
  cursor: Type.Optional(AgentCursor),
  state: Type.Optional(list(oneOf(AGENT_STATES), AGENT_STATES.length)),
  q: Query,
  sort: Sort,
});
export type AgentListQuery = Data<typeof AgentListQuery>;

export const AgentPage = page(AgentView);
export type AgentPage = Data<typeof AgentPage>;

/** The name is for lists of invitations. The capabilities are given to every agent that joins by it, beside its own. */
export const EnrolmentBody = closed({
  name: Type.Optional(line(64)),
  uses: Type.Optional(integer(1, LIMITS.enrolmentUses)),
  ttlSeconds: Type.Optional(integer(60, LIMITS.enrolmentTtlSeconds)),
  capabilities: Type.Optional(list(GrantableCapability, LIMITS.capabilities)),
  ...agentBounds,
});
export type EnrolmentBody = Data<typeof EnrolmentBody>;

/** The token is shown only once. */
export const Enrolment = closed({ token: Type.String(), expiresAt: Timestamp, joinCommand: Type.String() });
export type Enrolment = Data<typeof Enrolment>;

export const EnrolBody = closed({
  token: Type.String({
    pattern: '^[A-Za-z0-9_-]{1,128}$',
    mustBe: 'an enrolment token as printed by `agentcom agent invite`',
  }),
  keyHash: KeyHash,
  name: Type.Optional(Slug),
  capabilities: list(ClaimableCapability, LIMITS.capabilities),
  host: Host,
  os: OperatingSystem,
});
export type EnrolBody = Data<typeof EnrolBody>;

/** `hub` is the address under which the hub is to be reached. */
export const Enrolled = closed({ agent: Slug, org: Slug, hub: Type.String() });
export type Enrolled = Data<typeof Enrolled>;

// Messages

export const MessageBody = closed(messageFields);
export type MessageBody = Data<typeof MessageBody>;
const MessageCursor = Type.String({ ...TaskId, mustBe: mustBeCursor });
export const MessageQuery = closed({ limit, cursor: Type.Optional(MessageCursor) });
export type MessageQuery = Data<typeof MessageQuery>;
/** `agent`: only those to it by name, and those that it has sent. */
export const MessageListQuery = closed({
  limit,
  cursor: Type.Optional(MessageCursor),
  agent: Type.Optional(Slug),
});
export type MessageListQuery = Data<typeof MessageListQuery>;
/** Newest first. */
export const MessagePage = page(Message);
export type MessagePage = Data<typeof MessagePage>;

/** A message to an agent, and what has become of it. */
export const ListedMessage = closed({
  ...Message.properties,
  /** When it was first sent to the agent's machine; absent while it waits, and when it is so old that this is not remembered. */
  deliveredAt: Type.Optional(Timestamp),
  /** The machine has it on disk, and the agent will see it. */
  acknowledged: Type.Boolean(),
  acknowledgedAt: Type.Optional(Timestamp),
});
export type ListedMessage = Data<typeof ListedMessage>;
/** Newest first. */
export const InboxPage = page(ListedMessage);
export type InboxPage = Data<typeof InboxPage>;

const ChannelCursor = Type.String({ ...Slug, mustBe: mustBeCursor });
export const ChannelQuery = closed({ limit, cursor: Type.Optional(ChannelCursor) });
export type ChannelQuery = Data<typeof ChannelQuery>;
export const Channel = closed({
  name: Slug,
  members: Type.Array(Slug),
  /** The newest that is kept; of a long one the beginning. */
  lastMessage: Type.Optional(Message),
});
export type Channel = Data<typeof Channel>;
export const ChannelPage = page(Channel);
export type ChannelPage = Data<typeof ChannelPage>;

// Backups

export const BackupId = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$',
  mustBe: 'a backup id, as `agentcom backup list` shows it',
});

/** One backup file: the journal it holds, up to where, and what is in it. */
export const Backup = closed({
  id: BackupId,
  createdAt: Timestamp,
  bytes: Count,
  sha256: Type.String(),
  journal: Type.String(),
  seq: Count,
  encrypted: Type.Boolean(),
});
export type Backup = Data<typeof Backup>;

export const BackupPage = page(Backup);
export type BackupPage = Data<typeof BackupPage>;

/** Without problems, replaying the backup gave the state that it claims; after a drill, the store that was made of it did. */
export const BackupVerified = closed({
  id: BackupId,
  ok: Type.Boolean(),
  problems: Type.Array(Type.String()),
  seq: Count,
  tasks: Count,
  agents: Count,
  /** Whether that is the state that the hub itself had come to by then; absent where the backup does not say. */
  isSameState: Type.Optional(Type.Boolean()),
  /** How long it took. */
  seconds: Type.Number({ minimum: 0 }),
});
export type BackupVerified = Data<typeof BackupVerified>;

// The hub itself

/** Milliseconds over the last minutes; absent while there is nothing to measure. */
const Percentiles = closed({
  p50: Type.Optional(Type.Number()),
  p95: Type.Optional(Type.Number()),
  p99: Type.Optional(Type.Number()),
});

export function countOf<Word extends string>(words: readonly Word[]) {
  return eachOf(words, Count);
}

function eachOf<Word extends string, Of extends TSchema>(words: readonly Word[], of: Of) {
  return closed(Object.fromEntries(words.map((word) => [word, of])) as Record<Word, Of>);
}

export const Stats = closed({
  at: Timestamp,
  uptimeSeconds: Type.Number({ minimum: 0 }),
  /** Queued tasks by lane. */
  queued: countOf(LANES),
  tasks: countOf(TASK_STATES),
  agents: countOf(AGENT_STATES),
  /** Which part of the connected agents holds a task, from 0 to 1; absent while none is connected. */
  utilisation: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  /** How long the oldest queued task of each lane has waited that no halt holds back whoever would work on it; of lanes that have one. */
  oldestQueuedSeconds: Type.Optional(eachOf(LANES, Type.Optional(Type.Number({ minimum: 0 })))),
  /** What attempts have cost, in millionths, by UTC. */
  spend: Type.Optional(closed({ todayMicros: Count, monthMicros: Count })),
  /** Of the whole organisation, as all that follows: absent for callers that see only their own tasks. */
  latencyMs: Type.Optional(
    closed({
      submitToAssign: Percentiles,
      /** As far as this hub has seen the offer. */
      assignToAccept: Percentiles,
      /** Of attempts, from their accept to their end. */
      run: Percentiles,
      /** Of completed tasks, from their submission. */
      endToEnd: Percentiles,
      commit: Percentiles,
    }),
  ),
  perSecond: Type.Optional(
    closed({
      submitted: Type.Number({ minimum: 0 }),
      completed: Type.Number({ minimum: 0 }),
      /** Attempts, by the class of the failure. */
      failed: eachOf(FAILURE_CLASSES, Type.Number({ minimum: 0 })),
      /** What a limit refused or slowed. */
      throttled: Type.Number({ minimum: 0 }),
      commits: Type.Number({ minimum: 0 }),
      events: Type.Number({ minimum: 0 }),
    }),
  ),
});
export type Stats = Data<typeof Stats>;

export const SchemaNames = closed({ items: Type.Array(Type.String()) });

export const Reasons = Type.Array(closed({ code: Type.String(), message: Type.String() }));
export const Live = closed({ status: Type.Literal('live') });
/** `any`: also for a hub that follows and keeps up, which answers reads and can take the lead. */
export const ReadyQuery = closed({ role: Type.Optional(oneOf(['leader', 'any'])) });
export type ReadyQuery = Data<typeof ReadyQuery>;
export type HubRole = NonNullable<ReadyQuery['role']>;
export const Ready = closed({ status: oneOf(['ready', 'not_ready']), reasons: Reasons });
export type Ready = Data<typeof Ready>;
/** One stream in the store. `heldBytes`: held by data that was purged or superseded, as far as that can be told. */
const StreamSize = closed({
  name: Type.String(),
  messages: Count,
  bytes: Count,
  /** Absent where it may grow as the disk allows. */
  bytesMax: Type.Optional(Count),
  /** In files; only where the hub runs its own nats-server. */
  diskBytes: Type.Optional(Count),
  heldBytes: Count,
});
/** As of the last minute. A backup holds every stream, and so does its proof; compaction is of the journal and its snapshots. */
export const Storage = closed({
  streams: Type.Array(StreamSize),
  /** When the newest snapshot was seen first. */
  lastSnapshotAt: Type.Optional(Timestamp),
  lastCompactionAt: Type.Optional(Timestamp),
  lastBackupAt: Type.Optional(Timestamp),
  lastOffSiteAt: Type.Optional(Timestamp),
  /** When a backup was last proven by replaying or restoring it. */
  lastProofAt: Type.Optional(Timestamp),
});
export type Storage = Data<typeof Storage>;
/** Ready or not, and what is not as it should be although the hub works. */
export const Health = closed({
  status: oneOf(['healthy', 'degraded', 'not_ready']),
  reasons: Reasons,
  storage: Type.Optional(Storage),
  /** Only of the hub that leads. */
  alerting: Type.Optional(closed({ evaluatedAgeSeconds: Type.Number({ minimum: 0 }) })),
});
export type Health = Data<typeof Health>;

export const TaskPath = closed({ id: TaskId });
export const AgentPath = closed({ name: Slug });
export const ChannelPath = closed({ name: Slug });
export const BackupPath = closed({ id: BackupId });
export const SchemaPath = closed({ name: line(64) });
