// What an agent may ask of the sidecar beside it, over the socket of its task: one JSON object a line, each way.

import * as Type from 'typebox';
import { AgentSummary } from './agent.js';
import { LIMITS } from './limits.js';
import { Message, messageFields } from './message.js';
import { Count, closed, type Data, JsonData, line, list, QuestionId, RepoUrl, TaskId, text } from './primitives.js';
import { ErrorCodeText, ErrorDetails } from './problem.js';
import { Answered, progressFields, questionFields, UsageTotal } from './task.js';

/** One request; the largest is a result with all the data it may have. */
export const AGENT_REQUEST_BYTES = 128 * 1024;
/** One answer; the largest is a task with its prompt, what was asked before, and messages. */
export const AGENT_ANSWER_BYTES = 1024 * 1024;

/** Made by the caller, new for each request, and kept when the same request is sent again: it takes effect once. */
const request = { id: QuestionId };
const { questionId: _questionId, ...askFields } = questionFields;

export const agentRequests = {
  get_task: closed({ type: Type.Literal('get_task'), ...request }),
  report_progress: closed(
    { type: Type.Literal('report_progress'), ...request, ...progressFields },
    { minProperties: 3 },
  ),
  ask: closed({ type: Type.Literal('ask'), ...request, ...askFields }),
  submit_result: closed({
    type: Type.Literal('submit_result'),
    ...request,
    summary: text(LIMITS.summaryBytes),
    data: Type.Optional(JsonData),
    noChange: Type.Optional(text(LIMITS.noteBytes)),
  }),
  send_message: closed({ type: Type.Literal('send_message'), ...request, ...messageFields }),
  /** Those that have come since the last look, here or at the task. */
  read_messages: closed({ type: Type.Literal('read_messages'), ...request }),
  list_agents: closed({ type: Type.Literal('list_agents'), ...request }),
};
export type AgentRequestType = keyof typeof agentRequests;
export type AgentRequestOf<T extends AgentRequestType> = Data<(typeof agentRequests)[T]>;
export type AgentRequest = { [T in AgentRequestType]: AgentRequestOf<T> }[AgentRequestType];

/** The task as its agent sees it. */
export const AgentTask = closed({
  task: TaskId,
  title: Type.String(),
  prompt: Type.String(),
  repo: Type.Optional(closed({ url: RepoUrl, branch: Type.String(), base: Type.String() })),
  /** What is run before the work is taken. */
  verify: Type.Optional(list(line(LIMITS.verifyChars), LIMITS.verify)),
  answers: Type.Array(Answered),
  /** What may still be used before the run is ended; absent without a limit. */
  budgetLeft: Type.Optional(closed({ costMicros: Type.Optional(Count), tokens: Type.Optional(Count) })),
  used: UsageTotal,
  /** Received and not shown before, oldest first. */
  messages: Type.Array(Message),
});
export type AgentTask = Data<typeof AgentTask>;

/** What each request is answered with. */
export const agentAnswers = {
  get_task: AgentTask,
  report_progress: closed({}),
  ask: closed({ /** What the agent is to do now. */ next: Type.String() }),
  submit_result: closed({ next: Type.String() }),
  send_message: closed({ messageId: TaskId }),
  read_messages: closed({ /** Oldest first. */ messages: Type.Array(Message) }),
  list_agents: closed({ agents: Type.Array(AgentSummary) }),
};
export type AgentAnswerOf<T extends AgentRequestType> = Data<(typeof agentAnswers)[T]>;

export const AgentError = closed({
  code: ErrorCodeText,
  message: Type.String(),
  retryable: Type.Boolean(),
  details: Type.Optional(ErrorDetails),
});
export type AgentError = Data<typeof AgentError>;

/** `re` is the id of the request, null when it could not be read that far; `result` or `error` is there. */
export const AgentReply = closed({
  re: Type.Union([QuestionId, Type.Null()], { mustBe: 'the id of a request or null' }),
  result: Type.Optional(Type.Unknown()),
  error: Type.Optional(AgentError),
});
export type AgentReply = Data<typeof AgentReply>;
