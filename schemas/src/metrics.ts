// The metrics of a hub, as Prometheus reads them at `/metrics`. No label names a task, an agent, an organisation or an address: each has few values.

export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels?: readonly string[];
}

export const METRICS = {
  agentcom_commits_total: { type: 'counter', help: 'Batches made durable in the journal.' },
  agentcom_events_total: {
    type: 'counter',
    help: 'Events made durable in the journal, by type.',
    labels: ['type'],
  },
  agentcom_commit_seconds: {
    type: 'histogram',
    help: 'From the start of an append to its acknowledgement.',
  },
  agentcom_assign_seconds: { type: 'histogram', help: 'From the time a task is queued to its offer.' },
  agentcom_accept_seconds: { type: 'histogram', help: 'From an offer to its accept.' },
  agentcom_attempt_seconds: {
    type: 'histogram',
    help: 'From an accept to the end of the attempt, by outcome: completed, or the class of the failure.',
    labels: ['outcome'],
  },
  agentcom_task_seconds: { type: 'histogram', help: 'From the submission of a task to its completion.' },
  agentcom_dead_letters_total: {
    type: 'counter',
    help: 'Tasks that became dead letters, by cause.',
    labels: ['cause'],
  },
  agentcom_tokens_total: { type: 'counter', help: 'Input and output tokens of completed attempts, as far as known.' },
  agentcom_cost_micros_total: { type: 'counter', help: 'Cost of completed attempts in millionths, as far as known.' },
  agentcom_agent_flaps_total: { type: 'counter', help: 'Times that an agent was found to reconnect again and again.' },
  agentcom_backups_total: { type: 'counter', help: 'Backups, by outcome: made or failed.', labels: ['outcome'] },
  agentcom_throttled_total: {
    type: 'counter',
    help: 'Requests and frames that a limit refused or slowed, by limit and effect.',
    labels: ['rule', 'effect'],
  },
  agentcom_frames_total: { type: 'counter', help: 'Frames received from sidecars, by type.', labels: ['type'] },
  agentcom_refusals_total: { type: 'counter', help: 'Commands and requests refused, by code.', labels: ['code'] },
  agentcom_http_request_seconds: {
    type: 'histogram',
    help: 'HTTP requests by route and status.',
    labels: ['method', 'route', 'status'],
  },
  agentcom_sockets_closed_total: { type: 'counter', help: 'Agent sockets closed, by close code.', labels: ['code'] },
  agentcom_audit_omitted_total: {
    type: 'counter',
    help: 'Entries left out of the audit log because too many could not be stored.',
  },
  agentcom_audit_failures_total: { type: 'counter', help: 'Failed writes of the audit log.' },
  agentcom_queue_tasks: { type: 'gauge', help: 'Queued tasks by lane.', labels: ['lane'] },
  agentcom_queue_oldest_seconds: {
    type: 'gauge',
    help: 'How long the oldest queued task of a lane that no halt holds back has waited; 0 without one.',
    labels: ['lane'],
  },
  agentcom_tasks: { type: 'gauge', help: 'Tasks in memory by state.', labels: ['state'] },
  agentcom_agents: { type: 'gauge', help: 'Agents by state.', labels: ['state'] },
  agentcom_agents_unfit: { type: 'gauge', help: 'Agents held back because their machine cannot start work.' },
  agentcom_agents_draining: { type: 'gauge', help: 'Agents that are given no new tasks.' },
  agentcom_sockets: { type: 'gauge', help: 'Open agent sockets.' },
  agentcom_inbox_commands: { type: 'gauge', help: 'Commands that wait for room in a batch.' },
  agentcom_leading: { type: 'gauge', help: '1 while this hub leads.' },
  agentcom_journal_sequence: { type: 'gauge', help: 'Sequence of the last acknowledged batch.' },
  agentcom_epoch: { type: 'gauge', help: 'Epoch of the leadership last seen.' },
  agentcom_disk_free_bytes: { type: 'gauge', help: 'Free bytes where the data directory is.' },
  agentcom_stream_bytes: {
    type: 'gauge',
    help: 'Bytes of what the hub stores in JetStream, by kind.',
    labels: ['stream'],
  },
  agentcom_backup_newest_seconds: {
    type: 'gauge',
    help: 'When the newest backup was made, in seconds since 1970; absent without one.',
  },
} as const satisfies Readonly<Record<`agentcom_${string}`, Metric>>;

export type MetricName = keyof typeof METRICS;
export type MetricOf<Type extends Metric['type']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];
export type MetricLabels<Name extends MetricName> = (typeof METRICS)[Name] extends {
  readonly labels: readonly (infer Label)[];
}
  ? Label & string
  : never;
