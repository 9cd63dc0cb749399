// What a rule is: a pure function of what it looks at and of its part of the config. It finds something to be so, or nothing.

import type { AlertRuleName, AlertRulesConfig, Severity, Subject } from '@agentcom/schemas';
import type { State } from '../../state.js';
import type { Task } from '../../task/task.js';
import type { OrgActivity } from '../activity.js';
import { CONDITION_SUBJECTS, type Condition } from '../condition.js';
import type { HubFigures } from '../figures.js';
import type { Census } from './census.js';
import type { LaneCount } from './lanes.js';
import type { Servables } from './servable.js';

export interface HubLook {
  readonly state: State;
  readonly figures: HubFigures;
  readonly rules: AlertRulesConfig;
  readonly now: number;
  /** Of the agents whose clock is further from the hub's than it may be. */
  readonly skewedMs: () => ReadonlyMap<string, number>;
}

export interface OrgLook extends HubLook {
  readonly org: string;
  readonly activity: OrgActivity | undefined;
  readonly census: Census;
  readonly servables: Servables;
  readonly lanes: () => readonly LaneCount[];
}

/** Without a severity it has that of the config. */
export type Finding = Omit<Condition, 'rule' | 'org' | 'severity'> & { readonly severity?: Severity };

export type OrgRules = { readonly [Rule in AlertRuleName]?: OrgRule<Rule> };
type OrgRule<Rule extends AlertRuleName> = (look: OrgLook, config: AlertRulesConfig[Rule]) => Finding | undefined;

export type HubRules = { readonly [Rule in AlertRuleName]?: HubRule<Rule> };
type HubRule<Rule extends AlertRuleName> = (look: HubLook, config: AlertRulesConfig[Rule]) => Finding | undefined;

/** By its id alone: its title is text of the task. */
export function taskSubject(id: string): Subject {
  return { kind: 'task', id, name: id };
}

export function agentSubject(name: string): Subject {
  return { kind: 'agent', id: name, name };
}

/** As many as a condition names. */
export function firstSubjects<T>(items: Iterable<T>, subject: (item: T) => Subject): Subject[] {
  const subjects: Subject[] = [];
  for (const item of items) {
    if (subjects.length === CONDITION_SUBJECTS) break;
    subjects.push(subject(item));
  }
  return subjects;
}

/** When a task last came to be what that entry of its history says. */
export function sinceEntry({ history, createdAt }: Task, event: string): number {
  for (let i = (history?.length ?? 0) - 1; i >= 0; i--) {
    const entry = history?.[i];
    if (entry?.event === event) return entry.at;
  }
  return createdAt;
}

export function page(isPage: boolean): { readonly severity?: Severity } {
  return isPage ? { severity: 'page' } : {};
}
