// Who may do what: one table of action × role, with how far it reaches. Routes and frames name their action; whoever checks, documents or
// tests permissions reads them here.

import type { Action, LiveViewKind, MemberRole, Role, Scope, SidecarFrameType } from '@agentcom/schemas';
import { HUB_ORG } from '../core/access/access.js';
import { GRANTS } from '../core/access/grants.js';
import { Refusal } from '../core/refusal.js';
import type { Caller } from './authenticate.js';

/**
 * `org`: everything of the caller's organisation. `own`: what this caller submitted or made. `self`: this agent. `hub`: the hub itself, with what it
 * holds of every organisation; only for keys of the organisation that runs it.
 */
export type Reach = 'org' | 'own' | 'self' | 'hub';

type Row = Partial<Record<Role, Reach>>;

const keepers: Row = { owner: 'org', admin: 'org' };
const operators: Row = { ...keepers, operator: 'org' };
const builders: Row = { ...operators, developer: 'org' };
/** Each about itself. */
const people: Row = {
  owner: 'own',
  admin: 'own',
  operator: 'own',
  developer: 'own',
  submitter: 'own',
  viewer: 'own',
};
const everybody: Row = { ...builders, submitter: 'org', viewer: 'org', agent: 'org' };

export const POLICY: Readonly<Record<Action, Row>> = {
  'tasks.submit': { ...builders, submitter: 'own', agent: 'org' },
  'tasks.read': { ...builders, submitter: 'own', viewer: 'org' },
  'tasks.change': { ...operators, developer: 'own', submitter: 'own', agent: 'own' },
  'tasks.answer': { ...builders, submitter: 'own', agent: 'own' },
  'deadLetters.read': { ...builders, submitter: 'own', viewer: 'org' },
  'deadLetters.change': operators,
  'agents.read': { ...everybody, agent: 'self' },
  'agents.drain': { ...operators, agent: 'self' },
  'agents.resume': operators,
  'agents.remove': { ...operators, agent: 'self' },
  'agents.invite': keepers,
  'agents.connect': { agent: 'self' },
  'peers.read': { agent: 'org' },
  'assignments.report': { agent: 'self' },
  'messages.read': { ...operators, viewer: 'org' },
  'messages.send': { ...operators, agent: 'org' },
  'channels.use': { agent: 'self' },
  'keys.manage': { ...keepers, developer: 'own' },
  'members.read': { ...builders, viewer: 'org' },
  'members.manage': { owner: 'org' },
  'members.sessions': keepers,
  'self.manage': people,
  'orgs.read': { owner: 'hub', admin: 'hub' },
  'orgs.manage': { owner: 'hub' },
  'usage.read': { ...operators, viewer: 'org' },
  'costs.read': { ...builders, submitter: 'own', viewer: 'org' },
  'tasks.estimate': { ...builders, submitter: 'org' },
  'stats.read': { ...builders, submitter: 'own', viewer: 'org' },
  'metrics.read': { owner: 'hub', admin: 'hub', operator: 'hub', viewer: 'hub' },
  'backups.manage': { owner: 'hub', admin: 'hub' },
  'backups.restore': { owner: 'hub' },
  /** Each of them as far as one may begin such. */
  'operations.follow': { ...operators, developer: 'own', submitter: 'own', agent: 'own' },
  'config.read': { owner: 'hub', admin: 'hub', operator: 'hub' },
  'config.change': { owner: 'hub', admin: 'hub' },
  'audit.read': keepers,
  'alerts.read': { ...builders, viewer: 'org' },
  'alerts.change': operators,
  'views.read': { ...builders, submitter: 'own', viewer: 'org' },
  /** `org`: what is shared, too. */
  'views.manage': { ...operators, developer: 'own', submitter: 'own', viewer: 'own' },
  'halts.read': { ...builders, viewer: 'org' },
  'halts.change': operators,
  'limits.read': { ...builders, viewer: 'org' },
  'limits.change': operators,
  'notifications.read': operators,
  'notifications.manage': keepers,
  'notifications.send': operators,
  'notifications.follow': people,
  'schemas.read': everybody,
  'live.open': { ...builders, submitter: 'org', viewer: 'org' },
};

/** The scope that a narrowed key needs; undefined where every key may. */
export const SCOPE_OF: Readonly<Record<Action, Scope | undefined>> = {
  'tasks.submit': 'tasks:write',
  'tasks.read': 'tasks:read',
  'tasks.change': 'tasks:write',
  'tasks.answer': 'tasks:write',
  'deadLetters.read': 'tasks:read',
  'deadLetters.change': 'tasks:write',
  'agents.read': 'agents:read',
  'agents.drain': 'agents:write',
  'agents.resume': 'agents:write',
  'agents.remove': 'agents:write',
  'agents.invite': 'agents:write',
  'agents.connect': undefined,
  'peers.read': undefined,
  'assignments.report': undefined,
  'messages.read': 'messages:read',
  'messages.send': 'messages:write',
  'channels.use': undefined,
  'keys.manage': 'keys:write',
  'members.read': 'members:read',
  'members.manage': 'members:write',
  'members.sessions': 'members:write',
  'self.manage': undefined,
  'orgs.read': 'members:read',
  'orgs.manage': 'members:write',
  'usage.read': 'tasks:read',
  'costs.read': 'tasks:read',
  'tasks.estimate': 'tasks:write',
  'stats.read': 'tasks:read',
  'metrics.read': 'metrics:read',
  'backups.manage': 'backups:write',
  'backups.restore': 'backups:write',
  'operations.follow': undefined,
  'config.read': 'config:read',
  'config.change': 'config:write',
  'audit.read': 'audit:read',
  'alerts.read': 'alerts:read',
  'alerts.change': 'alerts:write',
  'views.read': 'tasks:read',
  'views.manage': 'tasks:read',
  'halts.read': 'halts:read',
  'halts.change': 'halts:write',
  'limits.read': 'limits:read',
  'limits.change': 'limits:write',
  'notifications.read': 'notifications:read',
  'notifications.manage': 'notifications:write',
  'notifications.send': 'notifications:write',
  'notifications.follow': 'notifications:write',
  'schemas.read': undefined,
  'live.open': undefined,
};

/** What each frame of a sidecar does. */
export const FRAME_ACTIONS: Readonly<Record<SidecarFrameType, Action>> = {
  hello: 'agents.connect',
  heartbeat: 'agents.connect',
  'task.accept': 'assignments.report',
  'task.reject': 'assignments.report',
  'task.progress': 'assignments.report',
  'task.output': 'assignments.report',
  'task.diff.part': 'assignments.report',
  'task.diff': 'assignments.report',
  'task.block': 'assignments.report',
  'task.answered': 'assignments.report',
  'task.complete': 'assignments.report',
  'task.fail': 'assignments.report',
  'task.stopped': 'assignments.report',
  'task.submit': 'tasks.submit',
  'agents.list': 'peers.read',
  'message.send': 'messages.send',
  'message.ack': 'channels.use',
  'channel.join': 'channels.use',
  'channel.leave': 'channels.use',
  'channel.history': 'channels.use',
};

/** What it takes to look at each live view; its rows are cut to the caller's reach. */
export const LIVE_ACTIONS: Readonly<Record<LiveViewKind, Action>> = {
  overview: 'stats.read',
  'needs-you': 'tasks.read',
  tasks: 'tasks.read',
  task: 'tasks.read',
  agents: 'agents.read',
  'dead-letters': 'deadLetters.read',
  alerts: 'alerts.read',
  costs: 'costs.read',
  system: 'metrics.read',
  activity: 'tasks.read',
};

/** All that a key limited to some repositories may do: what knows repositories, and what concerns nobody else. */
const OF_REPOSITORIES: ReadonlySet<Action> = new Set([
  'tasks.submit',
  'tasks.estimate',
  'tasks.read',
  'tasks.change',
  'tasks.answer',
  'operations.follow',
  'views.read',
  'views.manage',
  'deadLetters.read',
  'deadLetters.change',
  'agents.read',
  'agents.invite',
  'stats.read',
  'keys.manage',
  'self.manage',
  'notifications.follow',
  'schemas.read',
  'live.open',
]);

type Allowed = Pick<Caller, 'role' | 'org'> & Partial<Pick<Caller, 'scopes' | 'repositories'>>;

/** How far the caller may do it; undefined when it may not at all. */
export function reachOf({ role, org, scopes, repositories }: Allowed, action: Action): Reach | undefined {
  const reach = POLICY[action][role];
  if (reach === 'hub' && org !== HUB_ORG) return undefined;
  if (repositories !== undefined && !OF_REPOSITORIES.has(action)) return undefined;
  return isInScope(scopes, action) ? reach : undefined;
}

/** Undefined when the caller may do it, however far. */
export function refuse(caller: Allowed, action: Action): Refusal | undefined {
  if (reachOf(caller, action) !== undefined) return undefined;
  const { role, scopes, repositories } = caller;
  if (repositories !== undefined && !OF_REPOSITORIES.has(action))
    return new Refusal('auth.forbidden', 'this key is limited to some repositories, and this concerns more');
  if (!isInScope(scopes, action))
    return new Refusal('auth.forbidden', `this key is limited to other scopes; it needs ${SCOPE_OF[action]}`);
  return new Refusal('auth.forbidden', `the role ${role} is not allowed to do this`);
}

/** Whether what concerns the hub itself concerns the caller. */
export function seesHub({ org }: Pick<Caller, 'org'>): boolean {
  return org === HUB_ORG;
}

/** Whether the key it calls by may less than its role, or expires. */
export function isLimited({ scopes, repositories, makesUntil }: Caller): boolean {
  return scopes !== undefined || repositories !== undefined || makesUntil !== undefined;
}

/** Undefined when the caller's role may give `role`; `what` is being done with it, for the refusal. */
export function mayNotGive({ role: own }: Allowed, role: Role, what: string): Refusal | undefined {
  if (GRANTS[own].includes(role as MemberRole)) return undefined;
  const detail = { path: '/role', message: `must be one of ${GRANTS[own].join(', ')}` };
  return new Refusal('auth.forbidden', `the role ${own} is not allowed to ${what} ${role}`, [detail]);
}

/** Undefined when what the caller makes is limited to no other repositories than the caller is. */
export function beyondRepositories(
  { repositories }: Pick<Caller, 'repositories'>,
  wanted: readonly string[] | undefined,
): Refusal | undefined {
  if (!isMore(repositories, wanted)) return undefined;
  const detail = { path: '/repositories', message: 'is more than you have' };
  return new Refusal('auth.forbidden', 'your own key is limited to other repositories', [detail]);
}

/** Absent is without limits. */
export function isMore(own: readonly string[] | undefined, wanted: readonly string[] | undefined): boolean {
  return own !== undefined && (wanted === undefined || wanted.some((one) => !own.includes(one)));
}

/** The roles that may do it, as documents name them. */
export function rolesOf(action: Action): Role[] {
  return Object.keys(POLICY[action]) as Role[];
}

function isInScope(scopes: readonly Scope[] | undefined, action: Action): boolean {
  const needed = SCOPE_OF[action];
  return scopes === undefined || needed === undefined || scopes.includes(needed);
}
