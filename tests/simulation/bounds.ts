// What invitations bind agents to, and beside it, spelled out, what such an agent may have.

import type { AgentBounds } from '@agentcom/hub/core/agent/agent';

export interface Bound {
  readonly invitation: AgentBounds;
  /** Absent: any, also none. */
  readonly repos?: readonly string[];
  /** That a task may name; absent: any. */
  readonly runners?: readonly string[];
}

export const UNBOUND: Bound = { invitation: {} };

const REPOS = {
  invitation: { repositories: ['https://FORGE.example/*-1'] },
  repos: ['https://forge.example/repo-1'],
};
const RUNNERS = { invitation: { runners: ['codex'] }, runners: ['codex'] } as const;
export const BOUNDS: readonly Bound[] = [
  UNBOUND,
  REPOS,
  RUNNERS,
  { ...REPOS, ...RUNNERS, invitation: { ...REPOS.invitation, ...RUNNERS.invitation } },
];
