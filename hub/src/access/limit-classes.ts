// What every route and frame counts as: one class of action, whose limit in the config says how often it may be done.

import { type Action, ROUTES, type Route, type RouteName, type SidecarFrameType } from '@agentcom/schemas';
import type { Rule } from './limits.js';

/** Held against one key or agent, and against its organisation. */
export const LIMIT_CLASSES = ['messages', 'submissions', 'channels', 'reports', 'reads', 'admin'] as const;
export type LimitClass = (typeof LIMIT_CLASSES)[number];

/** Of the routes, by what they do. */
export const ACTION_CLASSES: Readonly<Record<Action, LimitClass>> = {
  'tasks.submit': 'submissions',
  'tasks.read': 'reads',
  'tasks.change': 'submissions',
  'tasks.answer': 'submissions',
  'deadLetters.read': 'reads',
  'deadLetters.change': 'submissions',
  'agents.read': 'reads',
  'agents.drain': 'admin',
  'agents.resume': 'admin',
  'agents.remove': 'admin',
  'agents.invite': 'admin',
  'agents.connect': 'reports',
  'peers.read': 'reads',
  'assignments.report': 'reports',
  'messages.read': 'reads',
  'messages.send': 'messages',
  'channels.use': 'channels',
  'keys.manage': 'admin',
  'members.read': 'reads',
  'members.manage': 'admin',
  'members.sessions': 'admin',
  'self.manage': 'admin',
  'orgs.read': 'reads',
  'orgs.manage': 'admin',
  'usage.read': 'reads',
  'costs.read': 'reads',
  'tasks.estimate': 'reads',
  'audit.read': 'reads',
  'alerts.read': 'reads',
  'alerts.change': 'admin',
  'views.read': 'reads',
  'views.manage': 'admin',
  'halts.read': 'reads',
  'halts.change': 'admin',
  'limits.read': 'reads',
  'limits.change': 'admin',
  'notifications.read': 'reads',
  'notifications.manage': 'admin',
  'notifications.send': 'admin',
  'notifications.follow': 'admin',
  'stats.read': 'reads',
  'metrics.read': 'reads',
  'backups.manage': 'admin',
  'backups.restore': 'admin',
  'operations.follow': 'admin',
  'config.read': 'reads',
  'config.change': 'admin',
  'schemas.read': 'reads',
  'live.open': 'reads',
};

type PublicRoute = { [N in RouteName]: (typeof ROUTES)[N]['action'] extends 'public' ? N : never }[RouteName];

/** Of the routes that need no key, by address. */
const PUBLIC_RULES: Readonly<Record<PublicRoute, Rule>> = {
  enrol: 'enrolments',
  'person.register': 'enrolments',
  'invitation.show': 'enrolments',
  'session.options': 'anonymous',
  'session.start': 'enrolments',
  'session.reset': 'enrolments',
  'session.mailReset': 'enrolments',
  'session.challenge': 'enrolments',
  'session.passkey': 'enrolments',
  'oidc.begin': 'enrolments',
  'oidc.callback': 'enrolments',
  join: 'downloads',
  'join.bundle': 'downloads',
  'join.checksum': 'downloads',
  home: 'anonymous',
  live: 'anonymous',
  ready: 'anonymous',
  health: 'anonymous',
};

/** What is refused of `reports` could lose work, so it is slowed instead. */
export const FRAME_CLASSES: Readonly<Record<SidecarFrameType, LimitClass>> = {
  hello: 'reports',
  heartbeat: 'reports',
  'task.accept': 'reports',
  'task.reject': 'reports',
  'task.progress': 'reports',
  'task.output': 'reports',
  'task.diff.part': 'reports',
  'task.diff': 'reports',
  'task.block': 'reports',
  'task.answered': 'reports',
  'task.complete': 'reports',
  'task.fail': 'reports',
  'task.stopped': 'reports',
  'task.submit': 'submissions',
  'agents.list': 'reads',
  'message.send': 'messages',
  'message.ack': 'reports',
  'channel.join': 'channels',
  'channel.leave': 'channels',
  'channel.history': 'channels',
};

export function ruleOfRoute(name: RouteName): Rule {
  const { action, method }: Route = ROUTES[name];
  if (action === 'public') return PUBLIC_RULES[name as PublicRoute];
  const limitClass = ACTION_CLASSES[action];
  // To look at what may be changed is a read.
  return method === 'GET' && limitClass === 'admin' ? 'reads' : limitClass;
}
