// The routes about agents.

import { type Caller, forbidden } from '../../../access/authenticate.js';
import type { Shard } from '../../../coordinator/runner.js';
import { type Agent, agentKey } from '../../../core/agent/agent.js';
import { agentState, agentView } from '../../../core/agent/view.js';
import { Refusal } from '../../../core/decision.js';
import type { State } from '../../../core/state.js';
import type { Connections } from '../../agent/registry.js';
import { pageOf } from '../paging.js';
import type { Handlers } from '../server.js';

export interface AgentParts {
  readonly shard: Shard;
  readonly connections: Connections;
  readonly hubVersion: string;
}

type AgentHandlers = Pick<Handlers, 'agent.list' | 'agent.show' | 'agent.remove' | 'agent.drain' | 'agent.resume'>;

export function agentHandlers(parts: AgentParts): AgentHandlers {
  const { shard, hubVersion } = parts;
  const show = (state: State, agent: Agent) => {
    const link = parts.connections.link(agentKey(agent.org, agent.name));
    return agentView(state, agent, { health: link?.health, lastSeenAt: link?.lastSeenAt, hubVersion });
  };
  const setDraining = async (org: string, name: string, source: string, draining: boolean, reason: string) => {
    const view = await shard.executeAnd(
      { type: 'agent.drain', org, agent: name, draining, reason },
      source,
      (state) => {
        const agent = state.agents.get(agentKey(org, name));
        return agent === undefined ? noSuchAgent(name) : show(state, agent);
      },
    );
    return view instanceof Refusal ? view : { body: view };
  };
  return {
    'agent.list': async ({ caller, query }) => {
      const page = await shard.read((state) => {
        const agents = [...state.agents.values()]
          .filter((agent) => agent.org === caller.org && (query.state?.includes(agentState(state, agent)) ?? true))
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        return pageOf(
          agents,
          query,
          (agent) => agent.name,
          (agent) => show(state, agent),
        );
      });
      return page instanceof Refusal ? page : { body: page };
    },

    'agent.show': async ({ caller, path }) => {
      if (!mayTouch(caller, path.name)) return forbidden(caller);
      const view = await shard.read((state) => {
        const agent = state.agents.get(agentKey(caller.org, path.name));
        return agent === undefined ? noSuchAgent(path.name) : show(state, agent);
      });
      return view instanceof Refusal ? view : { body: view };
    },

    'agent.remove': async ({ caller, path, source }) => {
      if (!mayTouch(caller, path.name)) return forbidden(caller);
      const removed = await shard.execute({ type: 'agent.remove', org: caller.org, agent: path.name }, source);
      return removed instanceof Refusal ? removed : {};
    },

    'agent.drain': async ({ caller, path, body, source }) =>
      mayTouch(caller, path.name)
        ? setDraining(caller.org, path.name, source, true, body.reason ?? 'request for by an operator')
        : forbidden(caller),
    'agent.resume': ({ caller, path, body, source }) =>
      setDraining(caller.org, path.name, source, false, body.reason ?? 'request for by an operator'),
  };
}

/** An agent may look at, drain and remove itself, which is how its machine leaves; not another. */
function mayTouch(caller: Caller, agent: string): boolean {
  return caller.agent === null || caller.agent === agent;
}

function noSuchAgent(name: string): Refusal {
  return new Refusal('agent.not_found', `there is no agent ${name}`);
}
