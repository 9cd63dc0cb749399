// The rules of alerts for people who have Alertmanager: those that need no task or agent and have metrics. Severity, times and limits come from
// the catalogue, so that both say the same.

import { ALERT_RULES, type AlertRule, type AlertRuleName, runbookOf } from './alert-rules.js';
import { LANES, type Lane } from './names.js';
import type { Severity } from './notification.js';
import { settingsOf } from './settings.js';

const HEAD = `# Generated from \`schemas/src/alert-rules.ts\` and \`prometheus-rules.ts\`: change it there, then run \`npm run generate\`.
#
# For an Alertmanager of your own. The hub evaluates these rules itself, and those that need to know a task, an agent or a limit that is no
# metric: QueueGrowing, TaskStuck, MemoryHigh and others are not here. Limits are the defaults of the config; change both.
groups:
  - name: agentcom
    rules:
`;

interface Expression {
  readonly expr: string;
  /** Where it is not that of the catalogue. */
  readonly severity?: Severity;
  /** Where it is not that of the catalogue: the expression cannot say since when it is so. */
  readonly forSeconds?: number;
}

const { AgentsLost, AgentFlapping, AttemptFailures, DeadLetters, QueueWaitHigh, NoLeader } = ALERT_RULES;
const { LeaderChanges, CommitSlow, DiskLow, DiskWillFill, BackupOld, HubBusy, EventLoopSlow, ApiErrors } = ALERT_RULES;
const LOW_DISK_BYTES = Number(settingsOf('hub').find(({ key }) => key === 'lowDiskBytes')?.byDefault);

const limit = ({ thresholds }: { thresholds: AlertRule['thresholds'] }, name: string): number =>
  thresholds[name]?.byDefault ?? Number.NaN;
const share = (percent: number): number => percent / 100;

const connected = (when = ''): string => `sum by (instance) (agentcom_agents{state!="offline"}${when})`;
const LEADING = 'on (instance) agentcom_leading == 1';
const FAILED = 'agentcom_attempt_seconds_count{outcome!~"completed|rate_limited"}';
const ENDED = 'agentcom_attempt_seconds_count{outcome!="rate_limited"}';
const BUSY = 'agentcom_http_request_seconds_count{status=~"503|507"}';
const FAULTS = 'agentcom_http_request_seconds_count{status=~"5..",status!~"503|507"}';
const REQUESTS = 'agentcom_http_request_seconds_count';
const COMMIT_P99 = 'histogram_quantile(0.99, sum by (instance, le) (rate(agentcom_commit_seconds_bucket[5m])))';
/** Of all hubs: each counts what it wrote or answered itself. */
const sum = (metric: string, window: string): string => `sum(increase(${metric}[${window}]))`;
const shareOf = (part: string, whole: string, window: string): string => `${sum(part, window)} / ${sum(whole, window)}`;

const EXPRESSIONS: readonly (readonly [AlertRuleName, Expression])[] = [
  ['QueueWaitHigh', { expr: waits('urgent'), severity: 'page' }],
  [
    'QueueWaitHigh',
    {
      expr: LANES.filter((lane) => lane !== 'urgent')
        .map(waits)
        .join(' or '),
    },
  ],
  ['NoAgents', { expr: `(sum by (instance) (agentcom_agents) > 0 unless ${connected()} > 0) and ${LEADING}` }],
  ['AgentsLost', { expr: agentsLost() }],
  ['AgentFlapping', { expr: `${sum('agentcom_agent_flaps_total', `${limit(AgentFlapping, 'windowMinutes')}m`)} > 0` }],
  ['AttemptFailures', { expr: attemptFailures() }],
  ['DeadLetters', { expr: deadLetters(limit(DeadLetters, 'pageTasks')), severity: 'page' }],
  ['DeadLetters', { expr: `${deadLetters(limit(DeadLetters, 'tasks'))} or ${deadShare()}` }],
  ['NoLeader', { expr: '(sum(agentcom_leading) or vector(0)) == 0', forSeconds: limit(NoLeader, 'seconds') }],
  ['LeaderChanges', { expr: `max(changes(agentcom_epoch[15m])) >= ${limit(LeaderChanges, 'changes')}` }],
  ['CommitSlow', { expr: `${COMMIT_P99} > ${limit(CommitSlow, 'pageMs') / 1000}`, severity: 'page' }],
  ['CommitSlow', { expr: `${COMMIT_P99} > ${limit(CommitSlow, 'warnMs') / 1000}` }],
  ['DiskLow', { expr: `agentcom_disk_free_bytes < ${LOW_DISK_BYTES}`, severity: 'page' }],
  ['DiskLow', { expr: `agentcom_disk_free_bytes < ${LOW_DISK_BYTES * share(limit(DiskLow, 'warnPercent'))}` }],
  [
    'DiskWillFill',
    {
      expr: `predict_linear(agentcom_disk_free_bytes[1h], ${limit(DiskWillFill, 'withinSeconds')}) < ${LOW_DISK_BYTES}`,
    },
  ],
  ['BackupOld', { expr: `${backupAge()} > ${limit(BackupOld, 'pageSeconds')}`, severity: 'page' }],
  ['BackupOld', { expr: `${backupAge()} > ${limit(BackupOld, 'warnSeconds')} or ${noBackup()}` }],
  [
    'HubBusy',
    {
      expr: `${shareOf(BUSY, REQUESTS, '5m')} > ${share(limit(HubBusy, 'refusedPercent'))} and ${sum(REQUESTS, '5m')} >= ${limit(HubBusy, 'minimumRequests')}`,
    },
  ],
  ['EventLoopSlow', { expr: `agentcom_nodejs_eventloop_lag_p99_seconds > ${limit(EventLoopSlow, 'lagMs') / 1000}` }],
  ['ApiErrors', { expr: apiErrors('pageBurnTenths'), severity: 'page' }],
  ['ApiErrors', { expr: apiErrors('warnBurnTenths') }],
  ['Watchdog', { expr: 'vector(1)' }],
];

function waits(lane: Lane): string {
  return `agentcom_queue_oldest_seconds{lane="${lane}"} > ${limit(QueueWaitHigh, `${lane}Seconds`)} and ${LEADING}`;
}

function agentsLost(): string {
  const before = connected(` offset ${limit(AgentsLost, 'windowMinutes')}m`);
  const stay = share(100 - limit(AgentsLost, 'lostPercent'));
  const few = `${connected()} <= ${before} - ${limit(AgentsLost, 'minimumAgents')}`;
  return `${connected()} <= ${before} * ${stay} and ${few} and ${LEADING}`;
}

function attemptFailures(): string {
  const burn = share(limit(AttemptFailures, 'allowedPercent') * limit(AttemptFailures, 'burnRate'));
  const window = `${limit(AttemptFailures, 'windowMinutes')}m`;
  const burns = ['1h', '5m'].map((length) => `${shareOf(FAILED, ENDED, length)} >= ${burn}`);
  const most = `${shareOf(FAILED, ENDED, window)} >= ${share(limit(AttemptFailures, 'failedPercent'))}`;
  return (
    `(${burns.join(' and ')} and ${sum(ENDED, '1h')} >= ${limit(AttemptFailures, 'minimumAttempts')}) ` +
    `or (${most} and ${sum(FAILED, window)} >= ${limit(AttemptFailures, 'failures')})`
  );
}

function deadLetters(tasks: number): string {
  return `${sum('agentcom_dead_letters_total', `${limit(DeadLetters, 'windowMinutes')}m`)} >= ${tasks}`;
}

function deadShare(): string {
  const dead = sum('agentcom_dead_letters_total', '1h');
  const ended = `(${dead} + ${sum('agentcom_task_seconds_count', '1h')})`;
  return `(${dead} / ${ended} > ${share(limit(DeadLetters, 'hourPercent'))} and ${ended} >= ${limit(DeadLetters, 'hourMinimum')})`;
}

function backupAge(): string {
  return 'time() - max(agentcom_backup_newest_seconds)';
}

/** A hub led so long ago already. */
function noBackup(): string {
  const led = `sum(agentcom_leading offset ${limit(BackupOld, 'warnSeconds')}s) > 0`;
  return `(${led} unless count(agentcom_backup_newest_seconds))`;
}

function apiErrors(burnTenths: string): string {
  const failing = (limit(ApiErrors, 'allowedPerMille') / 1000) * (limit(ApiErrors, burnTenths) / 10);
  const burns = ['1h', '5m'].map(
    (window) => `${shareOf(FAULTS, REQUESTS, window)} >= ${Number(failing.toPrecision(6))}`,
  );
  return `${burns.join(' and ')} and ${sum(REQUESTS, '1h')} >= ${limit(ApiErrors, 'minimumRequests')}`;
}

/** The whole file, as YAML. */
export function prometheusRules(): string {
  return HEAD + EXPRESSIONS.map(([name, expression]) => entry(name, expression)).join('');
}

function entry(name: AlertRuleName, { expr, severity, forSeconds }: Expression): string {
  const rule: AlertRule = ALERT_RULES[name];
  const wait = forSeconds ?? rule.forSeconds;
  const keep = rule.keepFiringForSeconds;
  const lines = [
    `- alert: ${name}`,
    `  expr: ${quoted(expr)}`,
    ...(wait === 0 ? [] : [`  for: ${wait}s`]),
    ...(keep === 0 ? [] : [`  keep_firing_for: ${keep}s`]),
    '  labels:',
    `    severity: ${severity ?? rule.severity}`,
    '  annotations:',
    `    summary: ${quoted(rule.meaning)}`,
    `    description: ${quoted(rule.next)}`,
    `    runbook: ${runbookOf(name)}`,
  ];
  return lines.map((line) => `      ${line}\n`).join('');
}

/** As the formatter has it: with the quotes that need no escapes. */
function quoted(text: string): string {
  return text.includes('"') ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}
