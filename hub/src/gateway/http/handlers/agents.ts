// The routes about agents.

import { matcherOf, rowOrder } from '@agentcom/schemas';
import type { View } from '../../../access/view.js';
import { type Agent, agentKey } from '../../../core/agent/agent.js';
import { agentFacts } from '../../../core/agent/agent-facts.js';
import { Refusal } from '../../../core/refusal.js';
import type { AgentRegistry } from '../../agent/registry.js';
import { queryOf, sortOf } from '../asked.js';
import type { Handlers, RouteRequest } from '../handler.js';
import { pageOf } from '../paging.js';

export interface AgentParts {
  readonly registry: Pick<AgentRegistry, 'of'>;
  readonly hubVersion: string;
  /** ms; the hub's own time. */
  readonly now: () => number;
}

type AgentHandlers = Pick<Handlers, 'agent.list' | 'agent.show' | 'agent.remove' | 'agent.drain' | 'agent.resume'>;

const nameOf = ({ name }: { readonly name: string }): string => name;

export function agentHandlers({ registry, hubVersion, now }: AgentParts): AgentHandlers {
  const show = (view: View, agent: Agent) => {
    const session = registry.of(agentKey(agent.org, agent.name));
    const { health, phase, lastSeenAt } = session ?? {};
    return view.agentView(agent, { health, phase, lastSeenAt, hubVersion }, now());
  };
  const showNamed = async ({ read, path }: RouteRequest<'agent.show' | 'agent.drain' | 'agent.resume'>) => {
    const body = await read((view) => {
      const agent = view.agent(path.name);
      return agent === undefined ? noSuchAgent(path.name) : show(view, agent);
    });
    return body instanceof Refusal ? body : { body };
  };
  const setDraining = async (request: RouteRequest<'agent.drain' | 'agent.resume'>, draining: boolean) => {
    const agent = await visibleAgent(request);
    if (agent instanceof Refusal) return agent;
    const reason = request.body.reason ?? `requested by ${request.caller.by}`;
    const set = await request.execute({ type: 'agent.drain', ...agent, draining, reason });
    return set instanceof Refusal ? set : showNamed(request);
  };
  return {
    'agent.list': async ({ read, query }) => {
      const asked = queryOf('agents', query.q, now());
      if (asked instanceof Refusal) return asked;
      const sort = sortOf('agents', query);
      if (sort instanceof Refusal) return sort;
      const matches = asked === undefined ? undefined : matcherOf(asked, agentFacts);
      const order = sort === undefined ? undefined : rowOrder('agents', sort);
      const body = await read((view) => {
        const agents = view
          .agents()
          .filter((agent) => query.state?.includes(view.agentState(agent)) ?? true)
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        if (matches === undefined && order === undefined)
          return pageOf(agents, query, nameOf, (one) => show(view, one));
        const rows = agents
          .map((agent) => ({ id: agent.name, ...show(view, agent) }))
          .filter((row) => matches?.(row, now()) ?? true);
        const page = pageOf(order === undefined ? rows : rows.sort(order), query, nameOf, ({ id: _id, ...row }) => row);
        return sort === undefined || sort.key === 'name' ? page : { ...page, nextCursor: null };
      });
      return body instanceof Refusal ? body : { body };
    },

    'agent.show': showNamed,

    'agent.remove': async (request) => {
      const agent = await visibleAgent(request);
      if (agent instanceof Refusal) return agent;
      const removed = await request.execute({ type: 'agent.remove', ...agent });
      return removed instanceof Refusal ? removed : {};
    },

    'agent.drain': (request) => setDraining(request, true),
    'agent.resume': (request) => setDraining(request, false),
  };
}

/** The agent that a command is for. An agent sees itself alone, so its key reaches no other. */
async function visibleAgent({
  caller,
  path,
  read,
}: RouteRequest<'agent.remove' | 'agent.drain' | 'agent.resume'>): Promise<{ org: string; agent: string } | Refusal> {
  const isThere = await read((view) => view.agent(path.name) !== undefined);
  if (isThere instanceof Refusal) return isThere;
  return isThere ? { org: caller.org, agent: path.name } : noSuchAgent(path.name);
}

function noSuchAgent(name: string): Refusal {
  return new Refusal('agent.not_found', `agent ${name} not found`);
}
