// Why a task is not running, said from the same facts that matching uses.

import type { TaskError, Why, WhyReason } from '@agentcom/schemas';
import type { Agent } from '../agent/agent.js';
import { AGENT_PREFIX } from '../agent/capabilities.js';
import type { Halt } from '../halt/halt.js';
import { haltReason, haltsOnTask } from '../halt/reasons.js';
import { isHolding, type SpendLimit } from '../limit/limit.js';
import { limitReason, limitsOnTask } from '../limit/reasons.js';
import type { State } from '../state.js';
import type { DeathCause } from './events.js';
import { concerns } from './hold-scope.js';
import { hasRunner, hasSkills, isAble, isLimited, isPassedOver, skillsOf } from './matching.js';
import { agentOfTask, type Task } from './task.js';
import { wantedOf } from './wants.js';
import { endedReasons, heldReasons, type LinkSigns, span, untilOf } from './why-held.js';

/** What holds work back, beside what agents lack. */
type Holder = Halt | SpendLimit;

/** Agents whose reason is given in full. */
const UNFIT_NAMED = 3;

export interface WhyContext {
  /** When it is asked; the state's own time is that of its last event. */
  readonly now?: number;
  /** Of the agent that holds it. */
  readonly signs?: LinkSigns | undefined;
  /** Callers as people know them. */
  readonly nameOf?: (by: string) => string;
  /** Whether whoever asks may know of a task that this one waits for. */
  readonly sees?: (task: string) => boolean;
}

/** Reasons in the order in which they would have to go away; of a task that an agent holds, what is done; of a finished one, how it ended. */
export function why(state: State, task: Task, context: WhyContext = {}): Why {
  return { task: task.id, state: task.state, reasons: reasons(state, task, context) };
}

function reasons(state: State, task: Task, context: WhyContext): readonly WhyReason[] {
  const { now = state.now, signs, nameOf = String, sees = () => true } = context;
  const held = (holders: readonly Holder[]): WhyReason[] =>
    holders.map((one) => ('strength' in one ? haltReason(one, task.org, nameOf) : limitReason(one, task.org)));
  const onTask = (): Holder[] => [...haltsOnTask(state, task), ...limitsOnTask(state, task)];
  switch (task.state) {
    case 'scheduled':
      return scheduledReasons(state, task, now, onTask(), held);
    case 'waiting':
      return [...openParents(state, task, sees), ...held(onTask())];
    case 'queued':
      return queuedReasons(state, task, onTask(), held);
    case 'blocked':
      return [blockedReason(task, now)];
    case 'dead':
      return [deadReason(task)];
    case 'assigned':
    case 'working':
      return heldReasons(state, task, signs, now);
    default:
      return endedReasons({ ...task, agent: agentOfTask(task) }, nameOf);
  }
}

/** What has stopped it is named first, also when others have come that hold it back as well. */
function scheduledReasons(
  state: State,
  task: Task,
  now: number,
  onTask: readonly Holder[],
  held: (holders: readonly Holder[]) => readonly WhyReason[],
): readonly WhyReason[] {
  if (task.reason !== 'budget') return [scheduledReason(task, now), ...held(onTask)];
  const limit = state.limits.get(task.attemptLog?.at(-1)?.limit?.id ?? '');
  const first = limit === undefined ? [] : [limit];
  return held([...first, ...onTask.filter((one) => one !== limit)]);
}

function scheduledReason(task: Task, now: number): WhyReason {
  const until = new Date(task.deadline ?? 0).toISOString();
  switch (task.reason) {
    case 'rate_limited':
      return {
        code: 'rate_limited',
        message: 'the agent has hit its usage limit; the task continues when it resets',
        until,
      };
    case 'backoff':
      return {
        code: 'backoff',
        message: backoffText(task, now),
        until,
        ...failureOf(task),
      };
    default:
      return { code: 'not_before', message: 'it was submitted for a later time', until };
  }
}

function backoffText({ attempts, attemptLog, spec }: Task, now: number): string {
  const last = attemptLog?.at(-1);
  const since = last?.endedAt === undefined ? '' : ` ${span(now - last.endedAt)} ago`;
  const cause = last?.error === undefined ? '' : `: ${errorText(last.error)}`;
  return `attempt ${attempts} of ${spec.maxAttempts} failed${since}${cause}; the next one starts after a delay`;
}

function blockedReason(task: Task, now: number): WhyReason {
  const since = task.history?.findLast(({ event }) => event === 'blocked')?.at ?? now;
  const isLast = task.attempts + 1 >= task.spec.maxAttempts;
  const next = isLast ? 'the task is dead' : 'the attempt fails and the task is retried';
  const asked = `Asked ${span(now - since)} ago by ${task.agent ?? 'its agent'}; without an answer, ${next}`;
  const message = `waits for an answer: ${task.question?.question.trim() ?? ''}\n${asked}`;
  return { code: 'waits_for_answer', message, ...untilOf(task) };
}

function failureOf({ attemptLog }: Task): Pick<WhyReason, 'failure'> {
  const failure = attemptLog?.at(-1)?.error?.code;
  return failure === undefined ? {} : { failure };
}

/** In a line: what the agent's output adds to it is in the task. */
function errorText({ message, code }: TaskError): string {
  return `${
    message
      .trimStart()
      .split('\n', 1)[0]
      ?.replace(/[\s.:]+$/, '') ?? ''
  } (${code})`;
}

function openParents(state: State, task: Task, sees: (task: string) => boolean): WhyReason[] {
  const open = (task.spec.dependsOn ?? []).flatMap((id) => {
    const parent = state.tasks.get(id);
    return parent === undefined || parent.state === 'completed' ? [] : [parent];
  });
  const seen = open.filter(({ id }) => sees(id));
  const hidden = open.length - seen.length;
  const reasons = seen.map((parent): WhyReason => {
    const { id } = parent;
    const isDead = parent.state === 'dead';
    const message = isDead
      ? `waits for task ${id}, which is dead: requeue or discard it`
      : `waits for task ${id}, which is ${parent.state}`;
    return { code: isDead ? 'parent_dead' : 'waits_for_parent', message, task: id };
  });
  if (hidden === 0) return reasons;
  return [
    ...reasons,
    { code: 'waits_for_parent', message: `waits for ${plural(hidden, 'task')} that you may not see` },
  ];
}

/** What holds it back first. Busy agents are not named beside that, since they may be idle. */
function queuedReasons(
  state: State,
  task: Task,
  onTask: readonly Holder[],
  held: (holders: readonly Holder[]) => readonly WhyReason[],
): readonly WhyReason[] {
  const agents = [...(state.agentsByOrg.get(task.org) ?? [])];
  if (onTask.length > 0) {
    const reason = queuedReason(state, task, agents);
    return [...held(onTask), ...(reason.code === 'agents_busy' ? [] : [reason])];
  }
  const able = agents.filter((agent) => isAble(wantedOf(task), agent));
  const onAgents = able.flatMap((agent) => holderOn(state, task, agent) ?? []);
  if (able.length > 0 && onAgents.length === able.length) return held([...new Set(onAgents)]);
  return [
    queuedReason(
      state,
      task,
      onAgents.length === 0 ? agents : agents.filter((agent) => holderOn(state, task, agent) === undefined),
    ),
  ];
}

function holderOn({ halts, limits }: State, task: Task, agent: Agent): Holder | undefined {
  const holders: readonly Holder[] = [...halts.of(task.org), ...limits.of(task.org).filter(isHolding)];
  return holders.find((one) => concerns(one, task, agent));
}

function queuedReason(state: State, task: Task, agents: readonly Agent[]): WhyReason {
  const wanted = wantedOf(task);
  const able = agents.filter((agent) => isAble(wanted, agent));
  if (able.length === 0) return noneAble(task, agents);
  const online = able.filter((agent) => agent.connection !== undefined);
  if (online.length === 0)
    return { code: 'agents_offline', message: `${count(able)} could do it, but none is connected` };
  const willing = online.filter((agent) => !agent.draining);
  if (willing.length === 0)
    return { code: 'agents_draining', message: `${count(online)} could do it, but all are draining` };
  const fit = willing.filter((agent) => agent.unfit === undefined);
  if (fit.length === 0) return allUnfit(willing);
  const responsive = fit.filter((agent) => !agent.unresponsive);
  if (responsive.length === 0) {
    return {
      code: 'agents_unresponsive',
      message: `${count(fit)} could do it, but none accepted the last offer`,
    };
  }
  const unlimited = responsive.filter((agent) => !isLimited(wanted, skillsOf(agent)));
  if (unlimited.length === 0) return runnerLimited(task, responsive);
  const open = unlimited.filter((agent) => !isPassedOver(task, agent.name, state.now));
  if (open.length === 0) {
    return { code: 'passed_over', ...passedOver(task, unlimited) };
  }
  return { code: 'agents_busy', message: `${count(open)} could do it, but all are busy` };
}

function passedOver(task: Task, agents: readonly Agent[]): Pick<WhyReason, 'message' | 'failure'> {
  const last = task.attemptLog?.at(-1)?.error;
  if (task.machineFailures === undefined || last === undefined) {
    const message = `${count(agents)} recently declined it; it is offered again soon (${plural(task.offers, 'offer')} so far)`;
    return { message };
  }
  const times = task.machineFailures === 1 ? '' : ` ${task.machineFailures} times in a row`;
  const message = `it could not be started${times}; no attempt was used, and it is offered again soon; last error: ${errorText(last)}`;
  return { message, ...failureOf(task) };
}

function allUnfit(agents: readonly Agent[]): WhyReason {
  const named = agents.slice(0, UNFIT_NAMED).map(({ name, unfit }) => `${name}: ${unfit?.message ?? ''}`);
  const more = agents.length > named.length ? [`${agents.length - named.length} more`] : [];
  const [all, next] =
    agents.length === 1
      ? ['it is held back', 'its sidecar retries by itself']
      : ['all are held back', 'their sidecars retry by themselves'];
  return {
    code: 'agents_unfit',
    message: `${count(agents)} could do it, but ${all} (${[...named, ...more].join('; ')}); ${next}`,
  };
}

function runnerLimited(task: Task, agents: readonly Agent[]): WhyReason {
  const { runner } = task.spec;
  const ends = agents.flatMap(({ limits }) => limits?.filter((limit) => limit.runner === runner) ?? []);
  const until = new Date(Math.min(...ends.map((limit) => limit.until))).toISOString();
  const of = runner === undefined ? '' : ` of ${runner}`;
  const which = ends.length > 1 ? 'the first one' : 'it';
  const message = `${count(agents)} could do it, but the usage limit${of} has been hit; ${which} resets by itself`;
  return { code: 'runner_limited', message, until };
}

function noneAble(task: Task, agents: readonly Agent[]): WhyReason {
  if (agents.length === 0)
    return { code: 'no_agents', message: 'no agent has joined yet: invite one with `agentcom agent invite`' };
  const bound = agents.filter((agent) => isAble(wantedOf(task), { ...agent, repositories: undefined }));
  if (bound.length > 0) return { code: 'no_capable_agent', message: boundElsewhere(task, bound) };
  const kept = agents.flatMap((agent) => {
    const skills = skillsOf(agent);
    return hasSkills(wantedOf(task), { ...skills, dedicatedTo: [] }) ? [skills.dedicatedTo] : [];
  });
  if (kept.length > 0) {
    const who = kept.length === 1 ? '1 agent has' : `${kept.length} agents have`;
    const names = [...new Set(kept.flat())].join(', ');
    return { code: 'no_capable_agent', message: `${who} what it needs, but only for tasks that need ${names}` };
  }
  const offered = new Set(agents.flatMap((agent) => [...agent.capabilities, AGENT_PREFIX + agent.name]));
  const missing = task.spec.needs.filter((need) => !offered.has(need));
  const { runner, needs } = task.spec;
  if (agents.every((agent) => !hasRunner({ runner }, skillsOf(agent)))) {
    const lacking = runner === undefined ? 'offers a runner that its invitation allows' : `has the runner ${runner}`;
    return { code: 'no_capable_agent', message: `no agent ${lacking}` };
  }
  const message =
    missing.length > 0
      ? `no agent offers ${missing.join(', ')}`
      : `no single agent offers all of ${[...needs, ...(runner === undefined ? [] : [`runner ${runner}`])].join(', ')}`;
  return { code: 'no_capable_agent', message };
}

function boundElsewhere({ spec }: Task, agents: readonly Agent[]): string {
  const bound = `${count(agents)} could do it, but ${agents.length === 1 ? 'is' : 'all are'} bound to`;
  return spec.repo === undefined
    ? `${bound} some repositories, and it names none`
    : `${bound} other repositories than ${spec.repo.url}`;
}

function deadReason(task: Task): WhyReason {
  const last = task.attemptLog?.at(-1)?.error;
  const cause: Record<DeathCause, string> = {
    attempts_used: task.attempts === 1 ? 'the only attempt failed' : `all ${task.attempts} attempts failed`,
    permanent: 'it failed in a way that a retry cannot fix',
    budget: 'its budget is used up',
    no_taker:
      task.machineFailures === undefined
        ? `none of ${task.offers} offers was accepted`
        : `its agents' machines could not start it, ${task.machineFailures} times in a row`,
  };
  const said = last === undefined ? '' : `; last error: ${errorText(last)}`;
  const message = `${task.death === undefined ? 'it is dead' : cause[task.death]}${said}`;
  return { code: 'dead', message, ...failureOf(task) };
}

function count(agents: readonly Agent[]): string {
  return plural(agents.length, 'agent');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
