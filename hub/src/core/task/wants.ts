// What a task asks of an agent.

import { AGENT_PREFIX } from '../agent/capabilities.js';
import type { TaskRoute } from './events.js';
import { isRouted, openRoutes, routeText } from './routes.js';
import type { Task } from './task.js';

/** Of an agent's skills. */
export interface SkillsWanted {
  readonly needs: readonly string[];
  readonly runner?: string | undefined;
  /** In place of a runner: any of these, the first that is open. */
  readonly routes?: readonly TaskRoute[] | undefined;
}

export interface Wanted extends SkillsWanted {
  readonly repo?: { readonly url: string } | undefined;
}

/** Work that is only to be pushed is on one agent's machine, and needs nothing else of it. */
export function wantedOf(task: Pick<Task, 'spec' | 'push' | 'priced'>): Wanted {
  const { spec, push } = task;
  if (push !== undefined) return { needs: [AGENT_PREFIX + push.agent], repo: spec.repo };
  // Without a copy where there is nothing to choose from, which is most of the time.
  if (!isRouted(spec)) return spec as Wanted;
  return { needs: spec.needs, repo: spec.repo, routes: openRoutes(task) };
}

/** As a person reads it. */
export function wantedText({ needs, runner, routes }: SkillsWanted): string {
  const either = routes?.map(routeText).join(' or ') ?? runner;
  const wanted = [...needs, ...(either === undefined ? [] : [`runner ${either}`])];
  return wanted.length === 0 ? 'any agent' : wanted.join(' + ');
}

/** Neither a need, nor a runner, nor a model has a space or a line break in it. */
export function wantedKey({ needs, runner, routes }: SkillsWanted): string {
  const key = needs.join(' ');
  if (routes !== undefined) return `${key}\n${routes.length} ${routes.map(routeKey).join('\n')}`;
  return runner === undefined ? key : `${key}\n${runner}`;
}

function routeKey({ runner = '', model = '' }: TaskRoute): string {
  return `${runner} ${model}`;
}

/** The agent that a task is meant for, when it needs one by name. */
export function targetOf(needs: readonly string[]): string | undefined {
  for (const need of needs) if (need.startsWith(AGENT_PREFIX)) return need.slice(AGENT_PREFIX.length);
  return undefined;
}
