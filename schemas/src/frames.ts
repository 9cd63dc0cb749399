// Every frame of the agent socket, by its type: what sidecars may say, and what the hub may say.

import * as Type from 'typebox';
import { AgentIntroduction, AgentSummary, healthFields, Unfit } from './agent.js';
import { diffFields } from './diff.js';
import { LIMITS } from './limits.js';
import { Message, messageFields } from './message.js';
import { HOLDING_PHASES, HOLDING_VERDICTS, OUTPUT_STREAMS } from './names.js';
import {
  Count,
  closed,
  type Data,
  Digest,
  Generation,
  IdempotencyKey,
  InstanceId,
  integer,
  list,
  oneOf,
  QuestionId,
  RepoPath,
  RequestId,
  Sequence,
  Slug,
  TaskId,
  Timestamp,
  text,
} from './primitives.js';
import { ErrorCodeText, ErrorDetails } from './problem.js';
import {
  AssignedTask,
  leftFields,
  progressFields,
  questionFields,
  Result,
  Session,
  TaskError,
  taskSpecFields,
  Usage,
} from './task.js';
import { Traceparent } from './trace.js';

/** A frame that the hub answers with `ok` or `error`. */
const request = { id: RequestId };
/** A frame that is answered only when it has an id. */
const notice = { id: Type.Optional(RequestId) };
/** Which attempt a frame is about. */
const attempt = { task: TaskId, generation: Generation };
/** The span that it belongs under, where traces are on. Sidecars send one only for attempts whose `task.assign` had one. */
const traced = { traceparent: Type.Optional(Traceparent) };
const report = { ...request, ...attempt, ...traced, seq: Sequence };
/** What the attempt has used so far, and the conversation it is held in. */
const spent = { usage: Type.Optional(Usage), session: Type.Optional(Session) };
/** What a program said may have several lines. */
const Reason = Type.String({ minLength: 1, maxLength: LIMITS.reasonChars });

export const Holding = closed({ ...attempt, phase: oneOf(HOLDING_PHASES) });
export type Holding = Data<typeof Holding>;

export const sidecarFrames = {
  hello: closed({
    type: Type.Literal('hello'),
    ...request,
    agent: AgentIntroduction,
    /** Random, new at every start of the sidecar. */
    instance: InstanceId,
    /** Of the machine, and the same at every start; a copy of the sidecar's files has another. */
    machine: Type.Optional(InstanceId),
    holding: Type.Optional(Holding),
    unfit: Type.Optional(Unfit),
  }),
  heartbeat: closed({
    type: Type.Literal('heartbeat'),
    ...notice,
    ...healthFields,
    unfit: Type.Optional(Unfit),
    /** What the clock of the machine says. */
    clock: Type.Optional(Timestamp),
  }),
  'task.accept': closed({ type: Type.Literal('task.accept'), ...request, ...attempt, ...traced }),
  'task.reject': closed({ type: Type.Literal('task.reject'), ...request, ...attempt, ...traced, reason: Reason }),
  'task.progress': closed({
    type: Type.Literal('task.progress'),
    ...report,
    ...progressFields,
    ...spent,
    /** Whether the agent is running. Time before and after that, such as for set-up and verify commands, does not count towards the run timeout. */
    running: Type.Optional(Type.Boolean()),
    /** What differs from the base, committed or not: the first so many. */
    paths: Type.Optional(list(RepoPath, LIMITS.changedPaths)),
  }),
  'task.output': closed({
    type: Type.Literal('task.output'),
    ...notice,
    ...attempt,
    outputSeq: Sequence,
    stream: oneOf(OUTPUT_STREAMS),
    data: text(LIMITS.outputBytes),
  }),
  /** A piece of the text of a diff, which `task.diff` then names by its digest. */
  'task.diff.part': closed({
    type: Type.Literal('task.diff.part'),
    ...notice,
    ...attempt,
    digest: Digest,
    part: integer(1, LIMITS.diffParts),
    data: text(LIMITS.outputBytes),
  }),
  /** Answered once it is kept. Its text is that of its parts, which come before it; to be sent again, they are sent again too. */
  'task.diff': closed({
    type: Type.Literal('task.diff'),
    ...request,
    ...attempt,
    /** Of the text as UTF-8, and of how many parts it is; none where nothing has changed. */
    digest: Digest,
    parts: integer(0, LIMITS.diffParts),
    ...diffFields,
  }),
  'task.block': closed({ type: Type.Literal('task.block'), ...report, ...questionFields }),
  'task.answered': closed({
    type: Type.Literal('task.answered'),
    ...request,
    ...attempt,
    ...traced,
    questionId: QuestionId,
  }),
  'task.complete': closed({
    type: Type.Literal('task.complete'),
    ...report,
    result: Result,
    ...spent,
    /** The last output that belongs to the attempt. */
    outputSeq: Type.Optional(integer(0, LIMITS.sequence)),
  }),
  'task.fail': closed({
    type: Type.Literal('task.fail'),
    ...report,
    error: TaskError,
    ...spent,
    ...leftFields,
    /** When a usage limit ends, for the class `rate_limited`. */
    resetsAt: Type.Optional(Timestamp),
  }),
  'task.stopped': closed({
    type: Type.Literal('task.stopped'),
    ...request,
    ...attempt,
    ...traced,
    ...spent,
    ...leftFields,
    /** It was told to begin no other turn, and needed one. */
    limited: Type.Optional(Type.Literal(true)),
  }),
  'task.submit': closed({
    type: Type.Literal('task.submit'),
    ...request,
    ...traced,
    idempotencyKey: IdempotencyKey,
    ...taskSpecFields,
  }),
  'agents.list': closed({ type: Type.Literal('agents.list'), ...request }),
  'message.send': closed({ type: Type.Literal('message.send'), ...request, ...messageFields }),
  'message.ack': closed({ type: Type.Literal('message.ack'), ...notice, messageId: TaskId }),
  'channel.join': closed({ type: Type.Literal('channel.join'), ...request, channel: Slug }),
  'channel.leave': closed({ type: Type.Literal('channel.leave'), ...request, channel: Slug }),
  'channel.history': closed({
    type: Type.Literal('channel.history'),
    ...request,
    channel: Slug,
    limit: Type.Optional(integer(1, LIMITS.pageItems)),
  }),
};

export const WireLimits = closed({
  frameBytes: Count,
  promptBytes: Count,
  dataBytes: Count,
  summaryBytes: Count,
  outputBytes: Count,
  /** A hub that does not say it takes no diffs. */
  diffBytes: Type.Optional(Count),
});
export type WireLimits = Data<typeof WireLimits>;

export const hubFrames = {
  welcome: closed({
    type: Type.Literal('welcome'),
    re: RequestId,
    agent: Slug,
    org: Slug,
    heartbeatSeconds: integer(1, 3600),
    limits: WireLimits,
    serverTime: Timestamp,
    holding: Type.Union([oneOf(HOLDING_VERDICTS), Type.Null()], { mustBe: `${HOLDING_VERDICTS.join(', ')} or null` }),
    /** How long accepted work survives a lost link. A sidecar that was away for longer publishes nothing before it was told to keep it. */
    offlineGraceSeconds: Type.Optional(Count),
    /** What whoever runs the machine should know, such as that its sidecar is too old. */
    notice: Type.Optional(Type.String()),
  }),
  ok: closed({
    type: Type.Literal('ok'),
    re: RequestId,
    /** To `task.submit`: the task, and whether the key had been used for it before. */
    task: Type.Optional(TaskId),
    repeated: Type.Optional(Type.Boolean()),
    /** To `agents.list`. */
    agents: Type.Optional(Type.Array(AgentSummary)),
    /** To `message.send`. */
    messageId: Type.Optional(TaskId),
    /** To `channel.history`, oldest first. */
    messages: Type.Optional(Type.Array(Message)),
  }),
  error: closed({
    type: Type.Literal('error'),
    /** Absent when the request could not be read that far, and when it says why the hub closes the socket next. */
    re: Type.Optional(RequestId),
    code: ErrorCodeText,
    message: Type.String(),
    retryable: Type.Boolean(),
    retryAfterMs: Type.Optional(Count),
    details: Type.Optional(ErrorDetails),
  }),
  'task.assign': closed({
    type: Type.Literal('task.assign'),
    task: AssignedTask,
    generation: Generation,
    ...traced,
    acceptWithinMs: Count,
  }),
  'task.output.ack': closed({
    type: Type.Literal('task.output.ack'),
    ...attempt,
    /** Everything up to here has been taken. */
    outputSeq: Sequence,
  }),
  /** Somebody wants to see what the attempt has changed by now: the sidecar sends `task.diff`. */
  'task.diff.request': closed({ type: Type.Literal('task.diff.request'), ...attempt }),
  'task.answer': closed({
    type: Type.Literal('task.answer'),
    ...attempt,
    questionId: QuestionId,
    answer: text(LIMITS.answerBytes),
  }),
  'task.cancel': closed({ type: Type.Literal('task.cancel'), ...attempt, reason: Type.String() }),
  /** Whether the attempt may begin another turn. At `false` it ends with the turn that runs, unless that completes it. */
  'task.turns': closed({
    type: Type.Literal('task.turns'),
    ...attempt,
    allowed: Type.Boolean(),
    reason: Type.String(),
  }),
  message: closed({ type: Type.Literal('message'), ...Message.properties }),
  throttled: closed({ type: Type.Literal('throttled'), action: Type.String(), retryAfterMs: Count }),
  'agent.drain': closed({ type: Type.Literal('agent.drain'), reason: Type.String() }),
  'agent.resume': closed({ type: Type.Literal('agent.resume'), reason: Type.String() }),
  'agent.dismiss': closed({ type: Type.Literal('agent.dismiss'), reason: Type.String() }),
};

export type SidecarFrameType = keyof typeof sidecarFrames;
export type SidecarFrameOf<T extends SidecarFrameType> = Data<(typeof sidecarFrames)[T]>;
export type SidecarFrame = { [T in SidecarFrameType]: SidecarFrameOf<T> }[SidecarFrameType];

export type HubFrameType = keyof typeof hubFrames;
export type HubFrameOf<T extends HubFrameType> = Data<(typeof hubFrames)[T]>;
export type HubFrame = { [T in HubFrameType]: HubFrameOf<T> }[HubFrameType];
