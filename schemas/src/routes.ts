// The HTTP routes as data: who may call them, what they take and what they answer. The gateway and its OpenAPI document
// are both made from this table, so that they cannot disagree.

import type { TSchema } from 'typebox';
import { AgentView } from './agent.js';
import * as http from './http.js';
import { Message } from './message.js';
import type { Role } from './names.js';
import { Config, ConfigPatch } from './runtime-config.js';
import { TaskSpec, TaskView, Why } from './task.js';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, or at the root for probes; `:name` stands for a part of `path`. */
  readonly url: string;
  readonly summary: string;
  /** Who may call it; empty: anybody, without a key. */
  readonly roles: readonly Role[];
  readonly path?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  readonly status: number;
  /** Absent: no body, or not one of ours. */
  readonly answer?: TSchema;
}

const operators: readonly Role[] = ['owner', 'admin', 'operator'];
const submitters: readonly Role[] = [...operators, 'submitter'];
const readers: readonly Role[] = [...submitters, 'viewer'];
const owners: readonly Role[] = ['owner'];
const keepers: readonly Role[] = ['owner', 'admin'];
/** An agent may do this to itself only. */
const operatorsOrItself: readonly Role[] = [...operators, 'agent'];
const readersOrItself: readonly Role[] = [...readers, 'agent'];
const anyKey: readonly Role[] = [...readers, 'agent'];
const anybody: readonly Role[] = [];

export const ROUTES = {
  'task.submit': {
    method: 'POST',
    url: '/api/v1/tasks',
    summary: 'Submit a task',
    roles: submitters,
    body: TaskSpec,
    status: 201,
    answer: TaskView,
  },
  'task.list': {
    method: 'GET',
    url: '/api/v1/tasks',
    summary: 'List tasks, newest first',
    roles: readers,
    query: http.TaskListQuery,
    status: 200,
    answer: http.TaskPage,
  },
  'task.show': {
    method: 'GET',
    url: '/api/v1/tasks/:id',
    summary: 'Show a task with its history and attempts',
    roles: readers,
    path: http.TaskPath,
    status: 200,
    answer: TaskView,
  },
  'task.output': {
    method: 'GET',
    url: '/api/v1/tasks/:id/output',
    summary: 'Read the output of a task, or follow it as server-sent events',
    roles: readers,
    path: http.TaskPath,
    query: http.OutputQuery,
    status: 200,
    answer: http.OutputPage,
  },
  'task.why': {
    method: 'GET',
    url: '/api/v1/tasks/:id/why',
    summary: 'Say why a task is not running',
    roles: readers,
    path: http.TaskPath,
    status: 200,
    answer: Why,
  },
  'task.cancel': {
    method: 'POST',
    url: '/api/v1/tasks/:id/cancel',
    summary: 'Cancel a task',
    roles: submitters,
    path: http.TaskPath,
    body: http.ReasonBody,
    status: 200,
    answer: TaskView,
  },
  'task.retry': {
    method: 'POST',
    url: '/api/v1/tasks/:id/retry',
    summary: 'Try a dead or backing-off task again now',
    roles: submitters,
    path: http.TaskPath,
    body: http.Empty,
    status: 200,
    answer: TaskView,
  },
  'task.answer': {
    method: 'POST',
    url: '/api/v1/tasks/:id/answer',
    summary: 'Answer what a blocked task asks',
    roles: submitters,
    path: http.TaskPath,
    body: http.AnswerBody,
    status: 200,
    answer: TaskView,
  },
  'dead.list': {
    method: 'GET',
    url: '/api/v1/dead-letters',
    summary: 'List dead letters, newest first',
    roles: readers,
    query: http.DeadLetterQuery,
    status: 200,
    answer: http.DeadLetterPage,
  },
  'dead.requeueMany': {
    method: 'POST',
    url: '/api/v1/dead-letters/requeue',
    summary: 'Requeue every dead letter that a filter matches',
    roles: operators,
    body: http.DeadLetterFilter,
    status: 200,
    answer: http.BulkRequeued,
  },
  'dead.requeue': {
    method: 'POST',
    url: '/api/v1/dead-letters/:id/requeue',
    summary: 'Requeue one dead letter',
    roles: operators,
    path: http.TaskPath,
    body: http.Empty,
    status: 200,
    answer: TaskView,
  },
  'dead.discard': {
    method: 'POST',
    url: '/api/v1/dead-letters/:id/discard',
    summary: 'Discard one dead letter',
    roles: operators,
    path: http.TaskPath,
    body: http.ReasonBody,
    status: 200,
    answer: TaskView,
  },
  'agent.list': {
    method: 'GET',
    url: '/api/v1/agents',
    summary: 'List agents by name',
    roles: readers,
    query: http.AgentListQuery,
    status: 200,
    answer: http.AgentPage,
  },
  'agent.show': {
    method: 'GET',
    url: '/api/v1/agents/:name',
    summary: 'Show an agent',
    roles: readersOrItself,
    path: http.AgentPath,
    status: 200,
    answer: AgentView,
  },
  'agent.remove': {
    method: 'DELETE',
    url: '/api/v1/agents/:name',
    summary: 'Remove an agent and revoke its key',
    roles: operatorsOrItself,
    path: http.AgentPath,
    status: 204,
  },
  'agent.drain': {
    method: 'POST',
    url: '/api/v1/agents/:name/drain',
    summary: 'Let an agent finish and take nothing new',
    roles: operatorsOrItself,
    path: http.AgentPath,
    body: http.ReasonBody,
    status: 200,
    answer: AgentView,
  },
  'agent.resume': {
    method: 'POST',
    url: '/api/v1/agents/:name/resume',
    summary: 'Let a draining agent take work again',
    roles: operators,
    path: http.AgentPath,
    body: http.ReasonBody,
    status: 200,
    answer: AgentView,
  },
  'agent.messages': {
    method: 'GET',
    url: '/api/v1/agents/:name/messages',
    summary: 'List the messages to an agent, newest first',
    roles: readers,
    path: http.AgentPath,
    query: http.MessageQuery,
    status: 200,
    answer: http.MessagePage,
  },
  'message.send': {
    method: 'POST',
    url: '/api/v1/messages',
    summary: 'Send a message to an agent or a channel',
    roles: operators,
    body: http.MessageBody,
    status: 201,
    answer: Message,
  },
  'channel.list': {
    method: 'GET',
    url: '/api/v1/channels',
    summary: 'List channels by name, with who has joined them',
    roles: readers,
    query: http.ChannelQuery,
    status: 200,
    answer: http.ChannelPage,
  },
  'channel.messages': {
    method: 'GET',
    url: '/api/v1/channels/:name/messages',
    summary: 'List the messages of a channel, newest first',
    roles: readers,
    path: http.ChannelPath,
    query: http.MessageQuery,
    status: 200,
    answer: http.MessagePage,
  },
  'enrolment.create': {
    method: 'POST',
    url: '/api/v1/enrolments',
    summary: 'Make an enrolment token',
    roles: keepers,
    body: http.EnrolmentBody,
    status: 201,
    answer: http.Enrolment,
  },
  enrol: {
    method: 'POST',
    url: '/api/v1/enrol',
    summary: 'Join as an agent with an enrolment token',
    roles: anybody,
    body: http.EnrolBody,
    status: 201,
    answer: http.Enrolled,
  },
  stats: {
    method: 'GET',
    url: '/api/v1/stats',
    summary: 'Queue, tasks, agents, latencies and rates',
    roles: readers,
    status: 200,
    answer: http.Stats,
  },
  'key.create': {
    method: 'POST',
    url: '/api/v1/keys',
    summary: 'Make a key; it is shown this once',
    roles: owners,
    body: http.KeyBody,
    status: 201,
    answer: http.CreatedKey,
  },
  'key.list': {
    method: 'GET',
    url: '/api/v1/keys',
    summary: 'List keys, oldest first',
    roles: owners,
    query: http.KeyListQuery,
    status: 200,
    answer: http.KeyPage,
  },
  'key.revoke': {
    method: 'DELETE',
    url: '/api/v1/keys/:id',
    summary: 'Revoke a key',
    roles: owners,
    path: http.KeyPath,
    status: 204,
  },
  'config.show': {
    method: 'GET',
    url: '/api/v1/config',
    summary: 'Show the config, with its version in ETag',
    roles: operators,
    status: 200,
    answer: Config,
  },
  'config.change': {
    method: 'PATCH',
    url: '/api/v1/config',
    summary: 'Change the config by a JSON merge patch; If-Match guards against changes of others',
    roles: keepers,
    body: ConfigPatch,
    status: 200,
    answer: Config,
  },
  'backup.create': {
    method: 'POST',
    url: '/api/v1/backups',
    summary: 'Make a backup now',
    roles: keepers,
    body: http.Empty,
    status: 201,
    answer: http.Backup,
  },
  'backup.list': {
    method: 'GET',
    url: '/api/v1/backups',
    summary: 'List backups, newest first',
    roles: keepers,
    query: http.PageQuery,
    status: 200,
    answer: http.BackupPage,
  },
  'backup.verify': {
    method: 'POST',
    url: '/api/v1/backups/:id/verify',
    summary: 'Replay a backup into a scratch state',
    roles: keepers,
    path: http.BackupPath,
    body: http.Empty,
    status: 200,
    answer: http.BackupVerified,
  },
  'schema.list': {
    method: 'GET',
    url: '/api/v1/schemas',
    summary: 'List the names of all schemas',
    roles: anyKey,
    status: 200,
    answer: http.SchemaNames,
  },
  'schema.show': {
    method: 'GET',
    url: '/api/v1/schemas/:name',
    summary: 'Show one JSON Schema',
    roles: anyKey,
    path: http.SchemaPath,
    status: 200,
  },
  openapi: {
    method: 'GET',
    url: '/api/v1/openapi.json',
    summary: 'The OpenAPI document of these routes',
    roles: anyKey,
    status: 200,
  },
  asyncapi: {
    method: 'GET',
    url: '/api/v1/asyncapi.json',
    summary: 'The AsyncAPI document of the agent socket',
    roles: anyKey,
    status: 200,
  },
  join: {
    method: 'GET',
    url: '/join',
    summary: 'The script that makes a machine an agent of this hub',
    roles: anybody,
    status: 200,
  },
  'join.bundle': {
    method: 'GET',
    url: '/join/agentcom.mjs',
    summary: 'The program that the script fetches: the agentcom command with its sidecar, in one file',
    roles: anybody,
    status: 200,
  },
  'join.checksum': {
    method: 'GET',
    url: '/join/agentcom.mjs.sha256',
    summary: 'The SHA-256 of that program, as sha256sum prints it',
    roles: anybody,
    status: 200,
  },
  live: { method: 'GET', url: '/livez', summary: 'The process runs', roles: anybody, status: 200, answer: http.Live },
  ready: {
    method: 'GET',
    url: '/readyz',
    summary: 'The hub takes requests; 503 with the reasons when not',
    roles: anybody,
    status: 200,
    answer: http.Ready,
  },
  health: {
    method: 'GET',
    url: '/healthz',
    summary: 'What is not as it should be',
    roles: anybody,
    status: 200,
    answer: http.Health,
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;
