// Agents that match a query. What their heartbeats say is in no journal, so they are looked at every few seconds, too.

import { type AgentView, matcherOf, type Query, rowPlace, type Sort } from '@agentcom/schemas';
import type { View } from '../../access/view.js';
import { type Agent, agentKey } from '../../core/agent/agent.js';
import { agentFacts } from '../../core/agent/agent-facts.js';
import { ListSource } from '../list-source.js';
import type { LivePorts, LiveSource } from '../source.js';

const AGAIN_MS = 5_000;

export interface AgentsAsked {
  readonly query: Query;
  readonly sort: Sort;
  readonly limit: number;
}

type Row = AgentView & { readonly id: string };

/** Every agent is counted: there are no more than the quota allows. */
const COUNTED_MAX = 1_000_000;

export function agentsSource({ query, sort, limit }: AgentsAsked, ports: LivePorts): LiveSource {
  const matches = matcherOf(query, agentFacts);
  const placeOf = rowPlace('agents', sort);
  /** All when they were last looked at from the first: a slice is a part of these, and who comes meanwhile is a change. */
  let names: readonly string[] = [];
  return new ListSource<Row>({
    topics: ['agent', 'task', 'halt'],
    limit,
    sort,
    isInOrder: false,
    countedMax: COUNTED_MAX,
    againMs: AGAIN_MS,
    againOn: 'halt',
    showsParts: false,
    isResumable: false,
    changed: ({ pending }) => pending.agents,
    lookOf: ({ view, now }) => {
      const find = (name: string): Row | undefined => {
        const agent = view.agent(name);
        return agent && rowOf(view, agent, ports, now);
      };
      return {
        now,
        find,
        counted: () => undefined,
        slice: (cursor, max) => {
          if (cursor === undefined) names = view.agents().map(({ name }) => name);
          const from = Number(cursor ?? 0);
          const to = from + max;
          const things = names.slice(from, to).flatMap((name) => find(name) ?? []);
          return { things, next: to < names.length ? String(to) : undefined };
        },
      };
    },
    matches,
    placeOf,
    textOf: (row) => JSON.stringify(row),
  });
}

function rowOf(view: View, agent: Agent, { surroundings }: LivePorts, now: number): Row {
  return { id: agent.name, ...view.agentView(agent, surroundings(agentKey(agent.org, agent.name)), now) };
}
