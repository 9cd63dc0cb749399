// What agents can do, and whether that is what a task wants.

import { mayUseRepository } from '../access/repositories.js';
import type { Agent, AgentBounds } from '../agent/agent.js';
import { AGENT_PREFIX, DEDICATED_PREFIX, RUNNER_PREFIX } from '../agent/capabilities.js';
import type { TaskRoute } from './events.js';
import { isSameRoute, runnerOf } from './routes.js';
import type { Task } from './task.js';
import { type SkillsWanted, targetOf, type Wanted } from './wants.js';

/** What an agent offers. */
export interface Offered {
  readonly capabilities: ReadonlySet<string>;
  /** It takes only tasks that need each of these, or that name it. */
  readonly dedicatedTo: readonly string[];
  /** The runners it says it has; absent when it says nothing of them and is bound to none, and is offered tasks of any. */
  readonly runners: ReadonlySet<string> | undefined;
}

/** What it brings just now. */
export interface Skills extends Offered {
  /** The runners that have met a usage limit; undefined stands for the one it uses for tasks that name none. */
  readonly limited: ReadonlySet<string | undefined>;
  /** With those of single models. */
  readonly limits: Agent['limits'];
}

const UNLIMITED: Skills['limited'] = new Set();

/** needs ⊆ capabilities; the first need that names an agent is met by that agent alone, whatever it offers. */
function fits(needs: readonly string[], capabilities: ReadonlySet<string>): boolean {
  let target: string | undefined;
  for (const need of needs) {
    if (capabilities.has(need)) continue;
    if (target !== undefined || !need.startsWith(AGENT_PREFIX)) return false;
    target = need;
  }
  return true;
}

/** Able to do it, whatever keeps it from it just now. */
export function isAble(wanted: Wanted, agent: Agent): boolean {
  const target = targetOf(wanted.needs);
  const isOpen =
    (target === undefined || target === agent.name) && mayUseRepository(agent.repositories, wanted.repo?.url);
  return isOpen && hasSkills(wanted, skillsOf(agent));
}

/** needs ⊆ capabilities, the runner is there, and it is not kept for others; a need that names an agent is that agent's to meet. */
export function hasSkills(wanted: SkillsWanted, skills: Offered): boolean {
  return hasRunner(wanted, skills) && fits(wanted.needs, skills.capabilities) && isFor(wanted.needs, skills);
}

/** A task that names none needs any: an agent whose runners are all beyond its bounds has none to work with. */
export function hasRunner({ runner, routes }: Omit<SkillsWanted, 'needs'>, offered: Offered): boolean {
  if (routes !== undefined) return routes.some((route) => hasRunner({ runner: route.runner }, offered));
  const { runners } = offered;
  if (runners === undefined) return true;
  return runner === undefined ? runners.size > 0 : runners.has(runner);
}

/** Whether its agent's invitation lets it have the task, whatever it offers. */
export function isWithinBounds(task: Task, { runners, repositories }: AgentBounds): boolean {
  const runner = runnerOf(task);
  const isRunner = runners === undefined || runner === undefined || runners.some((kind) => kind === runner);
  return isRunner && mayUseRepository(repositories, task.spec.repo?.url);
}

function isFor(needs: readonly string[], { dedicatedTo }: Offered): boolean {
  return dedicatedTo.every((name) => needs.includes(name)) || targetOf(needs) !== undefined;
}

/** Whether the runner it would need has met its usage limit. */
export function isLimited(wanted: SkillsWanted, skills: Skills): boolean {
  return skills.limited.has(wanted.runner);
}

/** `offered` where it is known already: an agent is free again with each task. */
export function skillsOf(agent: Agent, offered = offeredBy(agent)): Skills {
  const { capabilities, dedicatedTo, runners } = offered;
  const { limits } = agent;
  return { capabilities, dedicatedTo, runners, limited: limits === undefined ? UNLIMITED : limitedOf(limits), limits };
}

function limitedOf(limits: NonNullable<Agent['limits']>): Skills['limited'] {
  return new Set(limits.filter(({ model }) => model === undefined).map(({ runner }) => runner));
}

export function offeredBy(agent: Agent): Offered {
  const capabilities = new Set(agent.capabilities);
  const runners = agent.capabilities.filter((name) => name.startsWith(RUNNER_PREFIX));
  const dedicated = agent.capabilities.filter((name) => name.startsWith(DEDICATED_PREFIX));
  return {
    capabilities,
    dedicatedTo: dedicated.map((name) => name.slice(DEDICATED_PREFIX.length)),
    runners:
      runners.length === 0 && agent.runners === undefined
        ? undefined
        : new Set(runners.map((name) => name.slice(RUNNER_PREFIX.length))),
  };
}

/** With a route: for it, or whatever the route. */
export function isPassedOver(task: Task, agent: string, now: number, route?: TaskRoute): boolean {
  return (
    task.passedOver?.some(
      (entry) =>
        entry.agent === agent &&
        entry.until > now &&
        (entry.route === undefined || (route !== undefined && isSameRoute(entry.route, route))),
    ) ?? false
  );
}

/** By a route, of which a model may be at a limit of its own. */
export function mayTake(wanted: SkillsWanted, skills: Skills, route?: TaskRoute): boolean {
  if (!hasSkills(wanted, skills)) return false;
  return route === undefined ? !isLimited(wanted, skills) : !isAtLimit(skills, route);
}

/** A limit that names no model is of all models. */
export function isAtLimit({ limits }: Pick<Agent, 'limits'>, { runner, model }: TaskRoute): boolean {
  return (
    limits?.some((limit) => limit.runner === runner && (limit.model === undefined || limit.model === model)) ?? false
  );
}
