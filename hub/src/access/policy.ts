// Who may do what: one table of action × role, with how far it reaches. Routes and frames name their action; whoever checks, documents or
// tests permissions reads them here.

import type { Action, Role, SidecarFrameType } from '@agentcom/schemas';
import { Refusal } from '../core/decision.js';
import type { Caller } from './authenticate.js';

/**
 * `org`: everything of the caller's organisation. `own`: what this caller submitted. `self`: this agent. `hub`: the hub itself, with what it
 * holds of every organisation; only for keys of the organisation that runs it.
 */
export type Reach = 'org' | 'own' | 'self' | 'hub';

/** The organisation that runs the hub. It exists from the start. */
export const HUB_ORG = 'default';

type Row = Partial<Record<Role, Reach>>;

const keepers: Row = { owner: 'org', admin: 'org' };
const operators: Row = { ...keepers, operator: 'org' };

export const POLICY: Readonly<Record<Action, Row>> = {
  'tasks.submit': { ...operators, submitter: 'own', agent: 'org' },
  'tasks.read': { ...operators, submitter: 'own', viewer: 'org' },
  'tasks.change': { ...operators, submitter: 'own', agent: 'own' },
  'deadLetters.read': { ...operators, submitter: 'own', viewer: 'org' },
  'deadLetters.change': operators,
  'agents.read': { ...operators, submitter: 'org', viewer: 'org', agent: 'self' },
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
  'keys.manage': { owner: 'org' },
  'stats.read': { ...operators, submitter: 'own', viewer: 'org' },
  'metrics.read': { owner: 'hub', admin: 'hub', operator: 'hub', viewer: 'hub' },
  'backups.manage': { owner: 'hub', admin: 'hub' },
  'config.read': { owner: 'hub', admin: 'hub', operator: 'hub' },
  'config.change': { owner: 'hub', admin: 'hub' },
  'schemas.read': { ...operators, submitter: 'org', viewer: 'org', agent: 'org' },
};

/** What each frame of a sidecar does. */
export const FRAME_ACTIONS: Readonly<Record<SidecarFrameType, Action>> = {
  hello: 'agents.connect',
  heartbeat: 'agents.connect',
  'task.accept': 'assignments.report',
  'task.reject': 'assignments.report',
  'task.progress': 'assignments.report',
  'task.output': 'assignments.report',
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

/** How far the caller may do it; undefined when it may not at all. */
export function reachOf(caller: Pick<Caller, 'role' | 'org'>, action: Action): Reach | undefined {
  const reach = POLICY[action][caller.role];
  return reach === 'hub' && caller.org !== HUB_ORG ? undefined : reach;
}

/** Undefined when the caller may do it, however far. */
export function refuse(caller: Pick<Caller, 'role' | 'org'>, action: Action): Refusal | undefined {
  if (reachOf(caller, action) !== undefined) return undefined;
  return new Refusal('auth.forbidden', `a key with role ${caller.role} is not allowed to do this`);
}

/** The roles that may do it, as documents name them. */
export function rolesOf(action: Action): Role[] {
  return Object.keys(POLICY[action]) as Role[];
}
