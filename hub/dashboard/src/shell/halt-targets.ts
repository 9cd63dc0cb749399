// What there is to halt, to choose from while somebody types it: what works and waits now comes first, then what there were costs of.

import type { AgentView, CostItem, OrgSummary, TaskSummary } from '@agentcom/schemas';
import type { HaltKind } from '@agentcom/schemas/names';
import { call } from '../api/client.js';
import { may, me } from '../session.js';
import { useResource } from '../ui/resource.js';

export type HaltTargets = Readonly<Partial<Record<HaltKind, readonly string[]>>>;

const ASKED = 200;
const SHOWN = 100;
const UNFINISHED = ['working', 'assigned', 'blocked', 'queued', 'scheduled', 'waiting'] as const;

interface Seen {
  readonly tasks: readonly Pick<TaskSummary, 'repo' | 'labels'>[];
  readonly agents: readonly Pick<AgentView, 'name'>[];
  readonly costs: readonly Pick<CostItem, 'group'>[];
  readonly orgs: readonly Pick<OrgSummary, 'org'>[];
}

/** Each once. Pure. */
export function haltTargets({ tasks, agents, costs, orgs }: Seen): HaltTargets {
  const some = (...values: readonly (string | undefined)[]): readonly string[] =>
    [...new Set(values)].filter((value) => value !== undefined).slice(0, SHOWN);
  return {
    repo: some(...tasks.map(({ repo }) => repo?.url), ...costs.map(({ group }) => group.repo)),
    label: some(
      ...tasks.flatMap(({ labels }) => Object.entries(labels).map(([name, value]) => `${name}=${value}`)),
      // The ledger names all labels of a task together.
      ...costs.flatMap(({ group }) => group.label?.split(', ') ?? []),
    ),
    agent: some(...agents.map(({ name }) => name)),
    org: some(...orgs.map(({ org }) => org)),
  };
}

/** Whatever the hub does not say is typed by hand. */
export function useHaltTargets(): HaltTargets {
  const { value } = useResource(
    async (signal): Promise<HaltTargets> => {
      const none = () => [];
      const page = { limit: ASKED } as const;
      const [tasks, agents, repos, labels, orgs] = await Promise.all([
        call('task.list', { query: { ...page, state: [...UNFINISHED] }, signal }).then(({ items }) => items, none),
        call('agent.list', { query: page, signal }).then(({ items }) => items, none),
        call('costs', { query: { by: ['repo'] }, signal }).then(({ items }) => items, none),
        call('costs', { query: { by: ['label'] }, signal }).then(({ items }) => items, none),
        may('orgs.read') ? call('org.list', { query: page, signal }).then(({ items }) => items, none) : [],
      ]);
      return haltTargets({ tasks, agents, costs: [...repos, ...labels], orgs });
    },
    [me.value?.org],
  );
  return value.value ?? {};
}
