// What happened lately as records of a snapshot, and back.

import type { LoadTable, State } from '../state.js';
import type { Activity, AgentActivity, OrgFacts } from './activity.js';

export type ActivityRecord =
  | { readonly kind: 'hub_activity'; readonly value: Activity['hub'] }
  | { readonly kind: 'activity'; readonly value: OrgFacts & { readonly org: string } }
  | {
      readonly kind: 'agent_activity';
      readonly value: Omit<AgentActivity, 'results'> & {
        readonly org: string;
        readonly agent: string;
      } & Partial<AgentActivity>;
    };

export function* dumpActivity({ activity }: State): Iterable<ActivityRecord> {
  yield { kind: 'hub_activity', value: activity.hub };
  for (const [org, own] of activity.orgs()) {
    yield { kind: 'activity', value: { org, ...own.dump() } };
    for (const [agent, facts] of [...own.agents].sort(([a], [b]) => (a < b ? -1 : 1)))
      yield { kind: 'agent_activity', value: { org, agent, ...facts } };
  }
}

export const loadActivity: LoadTable<ActivityRecord> = {
  hub_activity: ({ activity }, value) => {
    activity.hub = value;
  },
  activity: ({ activity }, { org, ...facts }) => activity.restore(org, facts),
  agent_activity: ({ activity }, { org, agent, ...facts }) => {
    activity.org(org).restore(agent, facts);
  },
};
