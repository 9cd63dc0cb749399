// Which channels and browsers are told of something: by the routes of its organisation, and by who follows the task.

import { matchesPattern, type Notification } from '@agentcom/schemas';
import { HUB_ORG, memberKey } from '../access/access.js';
import type { State } from '../state.js';
import type { NotificationChannel, OrgNotify, Route, RouteMatch } from './notify.js';

/** What it depends on who is told. */
export type Told = Pick<
  Notification,
  'org' | 'kind' | 'severity' | 'rule' | 'lane' | 'labels' | 'repo' | 'submitter' | 'escalation' | 'subjects'
>;

export interface Target {
  /** The id of a channel, or of a push subscription. */
  readonly id: string;
  /** Whose it is: of what concerns the hub itself, those who run it. */
  readonly org: string;
  readonly includeExcerpt: boolean;
  readonly digest: boolean;
}

export function targetsOf(state: State, told: Told): readonly Target[] {
  const org = told.org ?? HUB_ORG;
  const own = state.notify.orgs.get(org);
  if (own === undefined) return [];
  const targets = new Map<string, Target>();
  const add = (id: string, { excerpts = false, digest = false }: Pick<Route, 'excerpts' | 'digest'>): void => {
    if (!targets.has(id)) targets.set(id, { id, org, includeExcerpt: excerpts, digest });
  };
  const isUsable = ({ id, disabled }: NotificationChannel): boolean => disabled === undefined && !isSubject(told, id);
  let isRouted = false;
  for (const route of own.routes) {
    if (!matches(route.match, told)) continue;
    isRouted = true;
    for (const id of channelsAt(route, told.escalation)) {
      const channel = own.channels.get(id);
      if (channel !== undefined && isUsable(channel)) add(id, route);
    }
    if (route.continue !== true) break;
  }
  if (isRouted && targets.size === 0 && told.kind === 'alert') {
    // An alert is not lost with its channel: what is wrong with that goes by another.
    const other = [...own.channels.values()].find(isUsable);
    if (other !== undefined) add(other.id, {});
  }
  for (const { id } of followers(state, own, org, told)) add(id, {});
  return [...targets.values()];
}

function isSubject({ subjects }: Told, channel: string): boolean {
  return subjects.some(({ kind, id }) => kind === 'channel' && id === channel);
}

/** A page that nobody acknowledges goes to the next of the list, and in the end to its last. */
function channelsAt({ channels, escalation = [] }: Route, step: number): readonly string[] {
  const next = escalation[Math.min(step, escalation.length) - 1];
  return next === undefined ? channels : [next];
}

/** The browsers of whoever submitted the task, while that one may still look at it. */
function followers(state: State, own: OrgNotify, org: string, { kind, submitter }: Told) {
  if (kind === 'alert' || submitter === undefined) return [];
  const browsers = own.subscriptions.get(submitter);
  return browsers !== undefined && isStillThere(state, org, submitter) ? browsers : [];
}

function isStillThere(state: State, org: string, by: string): boolean {
  const [, kind, id = ''] = /^(key|person):(.+)$/.exec(by) ?? [];
  if (kind === 'person') return state.members.has(memberKey(org, id));
  const key = state.access.keys.get(id);
  return (
    key !== undefined && key.org === org && key.revokedAt === undefined && (key.expiresAt ?? state.now) >= state.now
  );
}

function matches(match: RouteMatch, told: Told): boolean {
  const { kind, severity, rule, lane, label, repo } = match;
  return (
    includes(kind, told.kind) &&
    includes(severity, told.severity) &&
    includes(rule, told.rule) &&
    includes(lane, told.lane) &&
    (label === undefined || label.every((one) => hasLabel(told.labels, one))) &&
    (repo === undefined || (told.repo !== undefined && repo.some((one) => matchesPattern(one, told.repo ?? ''))))
  );
}

function includes<T>(wanted: readonly T[] | undefined, value: T | undefined): boolean {
  return wanted === undefined || (value !== undefined && wanted.includes(value));
}

function hasLabel(labels: Readonly<Record<string, string>> | undefined, wanted: string): boolean {
  const at = wanted.indexOf('=');
  const value = labels?.[at === -1 ? wanted : wanted.slice(0, at)];
  return value !== undefined && (at === -1 || value === wanted.slice(at + 1));
}
