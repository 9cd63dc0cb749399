// The HTTP routes as data: what each does to what (its action), what it takes and what it answers. The gateway, its policy and its OpenAPI
// document are all made from this table, so that they cannot disagree. Long because it is one table, read from top to bottom.

import type { TSchema } from 'typebox';
import { AgentView } from './agent.js';
import * as http from './http.js';
import { Message } from './message.js';
import type { Action } from './names.js';
import { Config, ConfigPatch } from './runtime-config.js';
import { SubmittedTask, TaskSpec, TaskView, Why } from './task.js';

export const METHODS = ['GET', 'POST', 'DELETE', 'PATCH'] as const;
export type Method = (typeof METHODS)[number];

/**
 * What a POST with an `Idempotency-Key` that is sent again leads to. `command`: the decision knows it again, by its own key. `replay`: the
 * answer, if it was a success, is given again. `secret`: it is refused, because the answer held a secret, which is never kept.
 */
export type Repetition = 'command' | 'replay' | 'secret';

export interface Route {
  readonly method: Method;
  /** Below `/api/v1`, or at the root for probes; `:name` stands for a part of `path`. */
  readonly url: string;
  readonly summary: string;
  /** What a caller must be allowed to do; `public`: anybody may, without a key. */
  readonly action: Action | 'public';
  readonly path?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** The most that a body may have, where that is less than elsewhere. */
  readonly bodyBytesMax?: number;
  /** Of every POST. */
  readonly repetition?: Repetition;
  readonly status: number;
  /** Where what was sent before is answered with another status. */
  readonly repeatedStatus?: number;
  /** Absent: no body, or not one of ours. */
  readonly answer?: TSchema;
}

/** Nobody has shown a key yet, so bodies are short. */
const ENROL_BYTES = 16 * 1024;

export const ROUTES = {
  'task.submit': {
    method: 'POST',
    url: '/api/v1/tasks',
    summary: 'Submit a task',
    action: 'tasks.submit',
    body: TaskSpec,
    repetition: 'command',
    status: 201,
    repeatedStatus: 200,
    answer: SubmittedTask,
  },
  'task.list': {
    method: 'GET',
    url: '/api/v1/tasks',
    summary: 'List tasks, newest first',
    action: 'tasks.read',
    query: http.TaskListQuery,
    status: 200,
    answer: http.TaskPage,
  },
  'task.show': {
    method: 'GET',
    url: '/api/v1/tasks/:id',
    summary: 'Show a task with its history and attempts',
    action: 'tasks.read',
    path: http.TaskPath,
    query: http.TaskShowQuery,
    status: 200,
    answer: TaskView,
  },
  'task.output': {
    method: 'GET',
    url: '/api/v1/tasks/:id/output',
    summary: 'Read the output of a task, or follow it as server-sent events',
    action: 'tasks.read',
    path: http.TaskPath,
    query: http.OutputQuery,
    status: 200,
    answer: http.OutputPage,
  },
  'task.why': {
    method: 'GET',
    url: '/api/v1/tasks/:id/why',
    summary: 'Explain why a task is not running',
    action: 'tasks.read',
    path: http.TaskPath,
    status: 200,
    answer: Why,
  },
  'task.cancel': {
    method: 'POST',
    url: '/api/v1/tasks/:id/cancel',
    summary: 'Cancel a task',
    action: 'tasks.change',
    path: http.TaskPath,
    body: http.ReasonBody,
    repetition: 'replay',
    status: 200,
    answer: TaskView,
  },
  'task.retry': {
    method: 'POST',
    url: '/api/v1/tasks/:id/retry',
    summary: 'Retry a dead or backing-off task now',
    action: 'tasks.change',
    path: http.TaskPath,
    body: http.RequeueBody,
    repetition: 'replay',
    status: 200,
    answer: TaskView,
  },
  'task.push': {
    method: 'POST',
    url: '/api/v1/tasks/:id/push',
    summary: 'Push the work left by a dead task without running its agent again',
    action: 'tasks.change',
    path: http.TaskPath,
    body: http.Empty,
    repetition: 'replay',
    status: 200,
    answer: TaskView,
  },
  'task.answer': {
    method: 'POST',
    url: '/api/v1/tasks/:id/answer',
    summary: 'Answer the question of a blocked task',
    action: 'tasks.change',
    path: http.TaskPath,
    body: http.AnswerBody,
    repetition: 'replay',
    status: 200,
    answer: TaskView,
  },
  'dead.list': {
    method: 'GET',
    url: '/api/v1/dead-letters',
    summary: 'List dead letters, newest first',
    action: 'deadLetters.read',
    query: http.DeadLetterQuery,
    status: 200,
    answer: http.DeadLetterPage,
  },
  'dead.requeueMany': {
    method: 'POST',
    url: '/api/v1/dead-letters/requeue',
    summary: 'Requeue every dead letter that a filter matches',
    action: 'deadLetters.change',
    body: http.BulkRequeueBody,
    repetition: 'replay',
    status: 200,
    answer: http.BulkRequeued,
  },
  'dead.requeue': {
    method: 'POST',
    url: '/api/v1/dead-letters/:id/requeue',
    summary: 'Requeue one dead letter',
    action: 'deadLetters.change',
    path: http.TaskPath,
    body: http.RequeueBody,
    repetition: 'replay',
    status: 200,
    answer: TaskView,
  },
  'dead.discard': {
    method: 'POST',
    url: '/api/v1/dead-letters/:id/discard',
    summary: 'Discard one dead letter',
    action: 'deadLetters.change',
    path: http.TaskPath,
    body: http.ReasonBody,
    repetition: 'replay',
    status: 200,
    answer: TaskView,
  },
  'agent.list': {
    method: 'GET',
    url: '/api/v1/agents',
    summary: 'List agents by name',
    action: 'agents.read',
    query: http.AgentListQuery,
    status: 200,
    answer: http.AgentPage,
  },
  'agent.show': {
    method: 'GET',
    url: '/api/v1/agents/:name',
    summary: 'Show an agent',
    action: 'agents.read',
    path: http.AgentPath,
    status: 200,
    answer: AgentView,
  },
  'agent.remove': {
    method: 'DELETE',
    url: '/api/v1/agents/:name',
    summary: 'Remove an agent and revoke its key',
    action: 'agents.remove',
    path: http.AgentPath,
    status: 204,
  },
  'agent.drain': {
    method: 'POST',
    url: '/api/v1/agents/:name/drain',
    summary: 'Let an agent finish its task and take no new ones',
    action: 'agents.drain',
    path: http.AgentPath,
    body: http.ReasonBody,
    repetition: 'replay',
    status: 200,
    answer: AgentView,
  },
  'agent.resume': {
    method: 'POST',
    url: '/api/v1/agents/:name/resume',
    summary: 'Let a draining agent take work again',
    action: 'agents.resume',
    path: http.AgentPath,
    body: http.ReasonBody,
    repetition: 'replay',
    status: 200,
    answer: AgentView,
  },
  'agent.messages': {
    method: 'GET',
    url: '/api/v1/agents/:name/messages',
    summary: 'List the messages to an agent, newest first',
    action: 'messages.read',
    path: http.AgentPath,
    query: http.MessageQuery,
    status: 200,
    answer: http.InboxPage,
  },
  'message.send': {
    method: 'POST',
    url: '/api/v1/messages',
    summary: 'Send a message to an agent or a channel',
    action: 'messages.send',
    body: http.MessageBody,
    repetition: 'replay',
    status: 201,
    answer: Message,
  },
  'channel.list': {
    method: 'GET',
    url: '/api/v1/channels',
    summary: 'List channels by name, with their members',
    action: 'messages.read',
    query: http.ChannelQuery,
    status: 200,
    answer: http.ChannelPage,
  },
  'channel.messages': {
    method: 'GET',
    url: '/api/v1/channels/:name/messages',
    summary: 'List the messages of a channel, newest first',
    action: 'messages.read',
    path: http.ChannelPath,
    query: http.MessageQuery,
    status: 200,
    answer: http.MessagePage,
  },
  'enrolment.create': {
    method: 'POST',
    url: '/api/v1/enrolments',
    summary: 'Create an enrolment token',
    action: 'agents.invite',
    body: http.EnrolmentBody,
    repetition: 'secret',
    status: 201,
    answer: http.Enrolment,
  },
  enrol: {
    method: 'POST',
    url: '/api/v1/enrol',
    summary: 'Join as an agent with an enrolment token',
    action: 'public',
    body: http.EnrolBody,
    bodyBytesMax: ENROL_BYTES,
    repetition: 'command',
    status: 201,
    answer: http.Enrolled,
  },
  stats: {
    method: 'GET',
    url: '/api/v1/stats',
    summary: 'Queue, tasks, agents, latencies and rates',
    action: 'stats.read',
    status: 200,
    answer: http.Stats,
  },
  'key.create': {
    method: 'POST',
    url: '/api/v1/keys',
    summary: 'Create a key; it is shown only once',
    action: 'keys.manage',
    body: http.KeyBody,
    repetition: 'secret',
    status: 201,
    answer: http.CreatedKey,
  },
  'key.list': {
    method: 'GET',
    url: '/api/v1/keys',
    summary: 'List keys, oldest first',
    action: 'keys.manage',
    query: http.KeyListQuery,
    status: 200,
    answer: http.KeyPage,
  },
  'key.revoke': {
    method: 'DELETE',
    url: '/api/v1/keys/:id',
    summary: 'Revoke a key',
    action: 'keys.manage',
    path: http.KeyPath,
    status: 204,
  },
  'config.show': {
    method: 'GET',
    url: '/api/v1/config',
    summary: 'Show the config, with its version in ETag',
    action: 'config.read',
    status: 200,
    answer: Config,
  },
  'config.change': {
    method: 'PATCH',
    url: '/api/v1/config',
    summary: 'Change the config with a JSON merge patch; If-Match guards against concurrent changes',
    action: 'config.change',
    body: ConfigPatch,
    status: 200,
    answer: Config,
  },
  'backup.create': {
    method: 'POST',
    url: '/api/v1/backups',
    summary: 'Create a backup now',
    action: 'backups.manage',
    body: http.Empty,
    repetition: 'replay',
    status: 201,
    answer: http.Backup,
  },
  'backup.list': {
    method: 'GET',
    url: '/api/v1/backups',
    summary: 'List backups, newest first',
    action: 'backups.manage',
    query: http.PageQuery,
    status: 200,
    answer: http.BackupPage,
  },
  'backup.verify': {
    method: 'POST',
    url: '/api/v1/backups/:id/verify',
    summary: 'Replay a backup into a scratch state',
    action: 'backups.manage',
    path: http.BackupPath,
    body: http.Empty,
    repetition: 'replay',
    status: 200,
    answer: http.BackupVerified,
  },
  'schema.list': {
    method: 'GET',
    url: '/api/v1/schemas',
    summary: 'List the names of all schemas',
    action: 'schemas.read',
    status: 200,
    answer: http.SchemaNames,
  },
  'schema.show': {
    method: 'GET',
    url: '/api/v1/schemas/:name',
    summary: 'Show one JSON Schema',
    action: 'schemas.read',
    path: http.SchemaPath,
    status: 200,
  },
  openapi: {
    method: 'GET',
    url: '/api/v1/openapi.json',
    summary: 'The OpenAPI document of these routes',
    action: 'schemas.read',
    status: 200,
  },
  asyncapi: {
    method: 'GET',
    url: '/api/v1/asyncapi.json',
    summary: 'The AsyncAPI document of the agent socket',
    action: 'schemas.read',
    status: 200,
  },
  join: {
    method: 'GET',
    url: '/join',
    summary: 'The script that makes a machine an agent of this hub',
    action: 'public',
    status: 200,
  },
  'join.bundle': {
    method: 'GET',
    url: '/join/agentcom.mjs',
    summary: 'The program that the script fetches: the agentcom command with its sidecar, in one file',
    action: 'public',
    status: 200,
  },
  'join.checksum': {
    method: 'GET',
    url: '/join/agentcom.mjs.sha256',
    summary: 'The SHA-256 of that program, as sha256sum prints it',
    action: 'public',
    status: 200,
  },
  home: {
    method: 'GET',
    url: '/',
    summary: 'A page for people: whether the hub is well, and the commands to go on with',
    action: 'public',
    status: 200,
  },
  live: {
    method: 'GET',
    url: '/livez',
    summary: 'Whether the process is alive',
    action: 'public',
    status: 200,
    answer: http.Live,
  },
  ready: {
    method: 'GET',
    url: '/readyz',
    summary: 'Whether the hub takes requests; 503 with the reasons if not',
    action: 'public',
    status: 200,
    answer: http.Ready,
  },
  health: {
    method: 'GET',
    url: '/healthz',
    summary: 'The health of the hub, with the reasons if it is degraded',
    action: 'public',
    status: 200,
    answer: http.Health,
  },
  metrics: {
    method: 'GET',
    url: '/metrics',
    summary: 'Metrics for Prometheus',
    action: 'metrics.read',
    status: 200,
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
