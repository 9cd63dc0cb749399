// What a task asks of an agent.

import { AGENT_PREFIX } from '../agent/capabilities.js';
import type { Task } from './task.js';

/** Of an agent's skills. */
export interface SkillsWanted {
  readonly needs: readonly string[];
  readonly runner?: string | undefined;
}

export interface Wanted extends SkillsWanted {
  readonly repo?: { readonly url: string } | undefined;
}

/** Work that is only to be pushed is on one agent's machine, and needs nothing else of it. */
export function wantedOf({ spec, push }: Task): Wanted {
  return push === undefined ? spec : { needs: [AGENT_PREFIX + push.agent], repo: spec.repo };
}

/** The agent that a task is meant for, when it needs one by name. */
export function targetOf(needs: readonly string[]): string | undefined {
  for (const need of needs) if (need.startsWith(AGENT_PREFIX)) return need.slice(AGENT_PREFIX.length);
  return undefined;
}
