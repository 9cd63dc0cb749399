// What somebody names who halts work or limits what it may cost, and whether they may.

import { agentKey } from './agent/agent.js';
import { Refusal } from './refusal.js';
import type { State } from './state.js';

/** With `ofHub`, `org` is the organisation that runs the hub. */
export interface AskedScope {
  readonly org: string;
  readonly ofHub: boolean;
  readonly scope: { readonly kind: string; readonly value?: string };
}

/** Whose work it is about; undefined: everybody's. */
export function orgOf({ org, scope }: Pick<AskedScope, 'org' | 'scope'>): string | undefined {
  if (scope.kind === 'fleet') return undefined;
  return scope.kind === 'org' ? (scope.value ?? org) : org;
}

export function refuseScope(state: State, asked: AskedScope, verb: 'halt' | 'limit'): Refusal | undefined {
  const { org, ofHub, scope } = asked;
  const whose = orgOf(asked);
  if (whose !== org && !ofHub)
    return new Refusal('auth.forbidden', `only those who run the hub ${verb} more than their own organisation`);
  if (whose !== undefined && !state.orgs.has(whose))
    return new Refusal('org.not_found', `organisation ${whose} not found`);
  if (scope.kind === 'agent' && !state.agents.has(agentKey(org, scope.value ?? '')))
    return new Refusal('agent.not_found', `agent ${scope.value} not found`);
  return undefined;
}
