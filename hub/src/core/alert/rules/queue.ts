// Rules about tasks that wait in the queue.

import type { Lane, Subject } from '@agentcom/schemas';
import { mayUseRepository } from '../../access/repositories.js';
import type { Demand } from '../../task/queued-tasks.js';
import { hasSkills } from '../../task/skills.js';
import type { Task } from '../../task/task.js';
import { wantedOf, wantedText } from '../../task/wants.js';
import { CONDITION_SUBJECTS } from '../condition.js';
import { COUNTED } from '../counts.js';
import { flappingAgents } from './agents.js';
import { oldestOf } from './lanes.js';
import { agentSubject, type Finding, firstSubjects, type OrgLook, type OrgRules, page, taskSubject } from './rule.js';
import { at, count, list, overdue, span } from './texts.js';

const WANTS_SHOWN = 3;

export const queueRules: OrgRules = {
  QueueWaitHigh: (look) => {
    const late = look
      .lanes()
      .flatMap(({ lane, limitMs, late: own }) => (own === undefined ? [] : { lane, limitMs, ...own }));
    const [worst] = late;
    if (worst === undefined) return undefined;
    const { lane, limitMs, oldest } = worst;
    return {
      ...page(lane === 'urgent'),
      value: Math.floor((look.now - oldest.queuedAt) / 1000),
      limit: limitMs / 1000,
      unit: 'seconds',
      subjects: late
        .flatMap(({ first }) => first)
        .slice(0, CONDITION_SUBJECTS)
        .map(({ id }) => taskSubject(id)),
      count: late.reduce((sum, one) => sum + one.count, 0),
      why: `The oldest task of the ${lane} lane has waited ${overdue(oldest.queuedAt, look.now, limitMs)}. ${whyWaiting(look, oldest)}`,
    };
  },

  QueueGrowing: (look, { windowMinutes, minimumTasks }) => {
    const { activity, now } = look;
    if (activity === undefined) return undefined;
    for (const [i, { lane, depth, limitMs, late }] of look.lanes().entries()) {
      const arrived = activity.counts.sum(COUNTED.arrived + i, now, windowMinutes);
      const left = activity.counts.sum(COUNTED.left + i, now, windowMinutes);
      const drainMs = left === 0 ? Number.POSITIVE_INFINITY : (depth / left) * windowMinutes * 60_000;
      if (depth < minimumTasks || arrived <= left || drainMs <= limitMs) continue;
      const pace = left === 0 ? 'none left it' : `${left} left it: at this pace the last one waits ${span(drainMs)}`;
      return {
        value: depth,
        limit: Math.max(minimumTasks, Math.floor((left * limitMs) / (windowMinutes * 60_000))),
        unit: 'count',
        subjects: [laneSubject(lane)],
        count: 1,
        explainedBy: late === undefined ? [] : ['QueueWaitHigh'],
        why: `${count(depth, 'task')} ${depth === 1 ? 'is' : 'are'} queued in the ${lane} lane, ${arrived - left} more than ${windowMinutes} min ago. ${arrived} arrived and ${pace}, past the limit of ${span(limitMs)}. ${count(look.census.connected.length, 'agent')} connected.`,
      };
    }
    return undefined;
  },

  QueueNotMoving: ({ state, org, now, activity }, { quietSeconds }) => {
    const pair = state.matching.unmatched(org, now, state.config.values.tasks.agingStepSeconds * 1000);
    if (pair === undefined) return undefined;
    const { task, agent } = pair;
    const since = Math.max(task.queuedAt, agent.idleSince, activity?.assignedAt ?? 0);
    if (now - since < quietSeconds * 1000) return undefined;
    return {
      value: Math.floor((now - since) / 1000),
      limit: quietSeconds,
      unit: 'seconds',
      subjects: [taskSubject(task.id), agentSubject(agent.name)],
      count: 1,
      why: `A task is queued that agent ${agent.name} could have, and nothing has been assigned for ${overdue(since, now, quietSeconds * 1000)}. The hub does not get to match tasks and agents: it is overloaded or has a defect.`,
    };
  },

  NoCapableAgent: (look) => {
    const { state, org, servables, now } = look;
    const unmet: { readonly demand: Demand; readonly tasks: number }[] = [];
    let isCut = false;
    for (const demand of state.matching.demands(org)) {
      const servable = servables.of(demand);
      if (servable === undefined) {
        isCut = true;
        break;
      }
      let tasks = demand.size;
      for (const lane of demand.lanes) for (const { size } of servable(lane)) tasks -= size;
      if (tasks > 0) unmet.push({ demand, tasks });
    }
    if (unmet.length === 0) return undefined;
    unmet.sort((a, b) => b.tasks - a.tasks);
    const tasks = unmet.reduce((sum, one) => sum + one.tasks, 0);
    const oldest = unmet.flatMap(({ demand }) => oldestOf(demand.lanes, 1));
    const since = oldest.reduce((first, { queuedAt }) => Math.min(first, queuedAt), now);
    return {
      value: tasks,
      limit: 0,
      unit: 'count',
      subjects: firstSubjects(oldest, ({ id }) => taskSubject(id)),
      count: tasks,
      why: `${isCut ? 'At least ' : ''}${count(tasks, 'task')} can go to no connected agent; the oldest has waited ${span(now - since)} (since ${at(since)}). Wanted: ${list(
        unmet.map(({ demand }, i) => (i < WANTS_SHOWN ? wantedText(demand) : '')),
        WANTS_SHOWN,
      )}.`,
    };
  },

  OfferUnanswered: (look, { offers, windowMinutes, maxOffersPercent }) => {
    const { state, activity, now } = look;
    if (activity === undefined) return undefined;
    const from = now - windowMinutes * 60_000;
    const deaf: { readonly name: string; readonly missed: number }[] = [];
    for (const [name, { missed }] of activity.missedOffers) {
      if (missed.length < offers) continue;
      const recent = missed.filter((time) => time >= from).length;
      if (recent >= offers) deaf.push({ name, missed: recent });
    }
    const { maxOffers } = state.config.values.tasks;
    const many = (maxOffers * maxOffersPercent) / 100;
    const tasks = [...activity.turnedDown]
      .map((id) => state.tasks.get(id))
      .filter((task) => task !== undefined)
      .filter((task) => (task.state === 'queued' || task.state === 'assigned') && task.offers >= many)
      .sort((a, b) => b.offers - a.offers);
    if (deaf.length === 0 && tasks.length === 0) return undefined;
    deaf.sort((a, b) => b.missed - a.missed);
    const flapping = new Set(flappingAgents(look).map(({ agent }) => agent.name));
    const isFlapping = tasks.length === 0 && deaf.every(({ name }) => flapping.has(name));
    return {
      ...offersFinding(deaf, tasks, { offers, many, maxOffers, windowMinutes }),
      explainedBy: isFlapping ? ['AgentFlapping'] : [],
    };
  },
};

function whyWaiting({ census }: OrgLook, task: Task): string {
  const { push } = task;
  if (push !== undefined) return `It is only to be pushed, by agent ${push.agent}.`;
  const wanted = wantedOf(task);
  let [able, busy, held, limited] = [0, 0, 0, 0];
  for (const { skills, repositories, agents } of census.kinds) {
    if (!mayUseRepository(repositories, wanted.repo?.url) || !hasSkills(wanted, skills)) continue;
    able += agents.length;
    for (const { task, stopping, draining, unresponsive, unfit, limits } of agents) {
      if (task !== undefined || stopping !== undefined) busy++;
      if (draining || unresponsive || unfit !== undefined) held++;
      if (limits !== undefined) limited++;
    }
  }
  if (able === 0) return `No connected agent offers what it wants: ${wantedText(wanted)}.`;
  const states = [
    ...(busy === 0 ? [] : [[busy, 'busy']]),
    ...(held === 0 ? [] : [[held, 'drained or held back']]),
    ...(limited === 0 ? [] : [[limited, 'at a usage limit']]),
  ];
  if (able === 1)
    return `The only agent that could take it is ${states.map(([, state]) => state).join(' and ') || 'idle'}.`;
  const parts = states.length === 0 ? 'all idle' : states.map(([n, state]) => `${n} ${state}`).join(', ');
  return `${able} agents could take it: ${parts}.`;
}

function laneSubject(lane: Lane): Subject {
  return { kind: 'lane', id: lane, name: lane };
}

interface OfferLimits {
  readonly offers: number;
  readonly many: number;
  readonly maxOffers: number;
  readonly windowMinutes: number;
}

function offersFinding(
  deaf: readonly { readonly name: string; readonly missed: number }[],
  tasks: readonly Task[],
  { offers, many, maxOffers, windowMinutes }: OfferLimits,
): Finding {
  const [agent] = deaf;
  const [task] = tasks;
  const texts = [
    ...(agent === undefined
      ? []
      : [
          `Agent ${agent.name} did not accept ${count(agent.missed, 'offer')} within ${windowMinutes} min (limit ${offers}): its sidecar hangs, or turns work down.`,
        ]),
    ...(task === undefined
      ? []
      : [`A task was offered ${task.offers} times and not accepted; after ${maxOffers} it is dead.`]),
  ];
  const subjects = [...deaf.map(({ name }) => agentSubject(name)), ...tasks.map(({ id }) => taskSubject(id))];
  return {
    value: agent?.missed ?? task?.offers ?? 0,
    limit: agent === undefined ? Math.ceil(many) : offers,
    unit: 'count',
    subjects: subjects.slice(0, CONDITION_SUBJECTS),
    count: subjects.length,
    why: texts.join(' '),
  };
}
