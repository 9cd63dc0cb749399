// The fixed words of the domain, as lists for programs and as types.

export const LANES = ['urgent', 'high', 'normal', 'low'] as const;
export type Lane = (typeof LANES)[number];

export const TASK_STATES = [
  'scheduled',
  'waiting',
  'queued',
  'assigned',
  'working',
  'blocked',
  'completed',
  'cancelled',
  'dead',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** Why a task is `scheduled`. */
export const SCHEDULED_REASONS = ['notBefore', 'backoff', 'rate_limited', 'budget'] as const;
export type ScheduledReason = (typeof SCHEDULED_REASONS)[number];

export const FAILURE_CLASSES = [
  'transient',
  'timeout',
  'lost',
  'verification',
  'rate_limited',
  'machine',
  'permanent',
  'budget',
] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** Why a task is among the dead letters. */
export const DEATH_CAUSES = ['attempts_used', 'permanent', 'budget', 'no_taker'] as const;
export type DeathCause = (typeof DEATH_CAUSES)[number];

export const CANCEL_CAUSES = ['requested', 'parent_failed', 'discarded'] as const;
export type CancelCause = (typeof CANCEL_CAUSES)[number];

export const AGENT_STATES = ['offline', 'idle', 'assigned', 'working', 'blocked'] as const;
export type AgentState = (typeof AGENT_STATES)[number];

/** What a sidecar is doing with the task it holds; `assigned` until it has accepted. */
export const HOLDING_PHASES = [
  'assigned',
  'preparing',
  'running',
  'blocked',
  'checking',
  'verifying',
  'pushing',
  'requesting',
  'reporting',
  'stopping',
] as const;
export type HoldingPhase = (typeof HOLDING_PHASES)[number];

/** What the hub says to a hello about the task the sidecar holds. */
export const HOLDING_VERDICTS = ['keep', 'confirmed', 'drop'] as const;
export type HoldingVerdict = (typeof HOLDING_VERDICTS)[number];

/** Roles of people, and of the keys that they make. */
export const MEMBER_ROLES = ['owner', 'admin', 'operator', 'developer', 'submitter', 'viewer'] as const;
export type MemberRole = (typeof MEMBER_ROLES)[number];
/** An agent's key comes from its enrolment. */
export const ROLES = [...MEMBER_ROLES, 'agent'] as const;
export type Role = (typeof ROLES)[number];

/** What a key can be narrowed to. */
export const SCOPES = [
  'tasks:read',
  'tasks:write',
  'agents:read',
  'agents:write',
  'messages:read',
  'messages:write',
  'keys:write',
  'members:read',
  'members:write',
  'config:read',
  'config:write',
  'backups:write',
  'metrics:read',
  'audit:read',
  'alerts:read',
  'alerts:write',
  'halts:read',
  'halts:write',
  'limits:read',
  'limits:write',
  'notifications:read',
  'notifications:write',
] as const;
export type Scope = (typeof SCOPES)[number];

/** What routes and frames do, as permissions know it. */
export const ACTIONS = [
  'tasks.submit',
  'tasks.read',
  'tasks.change',
  'tasks.answer',
  'deadLetters.read',
  'deadLetters.change',
  'agents.read',
  'agents.drain',
  'agents.resume',
  'agents.remove',
  'agents.invite',
  'agents.connect',
  'peers.read',
  'assignments.report',
  'messages.read',
  'messages.send',
  'channels.use',
  'keys.manage',
  'members.read',
  'members.manage',
  'members.sessions',
  'self.manage',
  'orgs.read',
  'orgs.manage',
  'usage.read',
  'costs.read',
  'tasks.estimate',
  'stats.read',
  'metrics.read',
  'backups.manage',
  'backups.restore',
  'operations.follow',
  'config.read',
  'config.change',
  'audit.read',
  'alerts.read',
  'alerts.change',
  'views.read',
  'views.manage',
  'halts.read',
  'halts.change',
  'limits.read',
  'limits.change',
  'notifications.read',
  'notifications.manage',
  'notifications.send',
  'notifications.follow',
  'schemas.read',
  'live.open',
] as const;
export type Action = (typeof ACTIONS)[number];

/** What the hub does in the background: `tasks` for an organisation, one at a time for each; everything else for itself, one at a time. */
export const OPERATION_KINDS = ['backup', 'verify', 'drill', 'compaction', 'restore', 'tasks'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];
/** What is done to many tasks at once. */
export const TASK_ACTIONS = ['cancel', 'retry', 'requeue', 'discard', 'lane'] as const;
export type TaskAction = (typeof TASK_ACTIONS)[number];
/** Where the action `lane` moves tasks: into one, or one step from where each is. */
export const LANE_MOVES = [...LANES, 'up', 'down'] as const;
export type LaneMove = (typeof LANE_MOVES)[number];
export const OPERATION_STATES = ['waiting', 'running', 'done', 'failed', 'stopped'] as const;

/** Whether nats-server syncs each write before it acknowledges it; `periodic` loses up to an interval in a power cut. */
export const FSYNC_MODES = ['always', 'periodic', 'unknown'] as const;
export type FsyncMode = (typeof FSYNC_MODES)[number];

export const ALERT_STATES = ['pending', 'firing', 'resolved'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** Why an alert helped nobody. */
export const NOISE_REASONS = ['false_positive', 'not_actionable', 'poor_details'] as const;
export type NoiseReason = (typeof NOISE_REASONS)[number];

/** What a page can look at live. */
export const LIVE_VIEWS = [
  'overview',
  'needs-you',
  'tasks',
  'task',
  'agents',
  'dead-letters',
  'alerts',
  'costs',
  'system',
  'activity',
] as const;
export type LiveViewKind = (typeof LIVE_VIEWS)[number];

/** What waits for a person. */
export const LIVE_NEED_KINDS = ['question', 'dead-letters', 'unmatched', 'alert', 'agent', 'review'] as const;

/** What an organisation may have so much of. */
export const QUOTAS = [
  'members',
  'agents',
  'connections',
  'keys',
  'queuedTasks',
  'tasksPerDay',
  'costMicrosPerDay',
  'costMicrosPerMonth',
  'storedBytes',
] as const;
export type QuotaName = (typeof QUOTAS)[number];

/** The kinds of agents that a sidecar can wake. */
export const RUNNERS = ['claude', 'codex', 'opencode', 'gemini', 'aider', 'command'] as const;
export type RunnerKind = (typeof RUNNERS)[number];

/** What a piece of output came from: the program itself, or what was made of its events for people to read. */
export const OUTPUT_STREAMS = ['stdout', 'stderr', 'agent'] as const;
export type OutputStream = (typeof OUTPUT_STREAMS)[number];

/** Of what a diff is: what an attempt had changed by the time somebody asked, or what it came to. */
export const DIFF_STAGES = ['working', 'result'] as const;
export type DiffStage = (typeof DIFF_STAGES)[number];

/** What became of a file. */
export const DIFF_STATUSES = ['added', 'deleted', 'modified', 'renamed', 'copied', 'retyped'] as const;
export type DiffStatus = (typeof DIFF_STATUSES)[number];

/** A line of a diff is one of the file as it is now, or as it was at the base. */
export const DIFF_SIDES = ['new', 'old'] as const;
export type DiffSide = (typeof DIFF_SIDES)[number];

/** What comments on a diff become: a message to the agent at work, or a task that goes on from its branch. */
export const COMMENT_WAYS = ['message', 'task'] as const;
export type CommentWay = (typeof COMMENT_WAYS)[number];

/** What a halt is about. */
export const HALT_KINDS = ['fleet', 'org', 'repo', 'runner', 'label', 'agent'] as const;
export type HaltKind = (typeof HALT_KINDS)[number];

/** `new`: no new work. `running`: what runs is stopped as well. */
export const HALT_STRENGTHS = ['new', 'running'] as const;
export type HaltStrength = (typeof HALT_STRENGTHS)[number];

/** What a spend limit is about. */
export const LIMIT_KINDS = [...HALT_KINDS, 'member'] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];
/** `total`: since the limit was set. */
export const LIMIT_WINDOWS = ['day', 'month', 'total'] as const;
export type LimitWindow = (typeof LIMIT_WINDOWS)[number];
/** How much of it is used: from `warned` on agents are told, from `closed` on nothing new begins, and at `reached` what runs is stopped. */
export const LIMIT_LEVELS = ['open', 'warned', 'closed', 'reached'] as const;
export type LimitLevel = (typeof LIMIT_LEVELS)[number];
/** The share of a limit from which each level holds. */
export const LIMIT_SHARES = { warned: 0.7, closed: 0.85, reached: 1 } as const satisfies Record<
  Exclude<LimitLevel, 'open'>,
  number
>;

/** Why a task is where it is, in one word each. */
export const WHY_CODES = [
  'halted',
  'limit_reached',
  'limit_reserved',
  'not_before',
  'backoff',
  'rate_limited',
  'waits_for_parent',
  'parent_dead',
  'no_agents',
  'no_capable_agent',
  'agents_offline',
  'agents_draining',
  'agents_unfit',
  'agents_unresponsive',
  'agents_busy',
  'passed_over',
  'runner_limited',
  'over_max_cost',
  'waits_for_answer',
  'offered',
  'running',
  'agent_silent',
  'agent_away',
  'dead',
  'completed',
  'cancelled',
] as const;
export type WhyCode = (typeof WHY_CODES)[number];

/** Why a hub is not ready, or works with problems. */
export const HEALTH_CODES = [
  'draining',
  'nats_down',
  'nats_unstable',
  'behind',
  'not_leader',
  'recovering',
  'low_disk',
  'journal_not_writable',
  'secret_unreadable',
  'fsync_periodic',
  'fsync_unknown',
  'certificate_expiring',
  'unknown',
] as const;
export type HealthCode = (typeof HEALTH_CODES)[number];

/** In a hub's data directory, beside its owner's key: where the hub is reached, an address a line. The key goes nowhere else. */
export const ADDRESS_FILE = 'address';

/** For a cost whose currency nobody named: the code that ISO 4217 has for none. */
export const NO_CURRENCY = 'XXX';
