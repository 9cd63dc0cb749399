// Leadership, time, and the lives of the journal. A new leader has no links, so all of them are gone and their graces begin anew.

import type { Agent } from '../agent/agent.js';
import { changeAgent, indexLimits } from '../agent/indexes.js';
import { skipTime } from '../alert/apply.js';
import { ImpossibleEvent } from '../event-errors.js';
import { scheduleHalt } from '../halt/apply.js';
import { schedule } from '../limit/apply.js';
import type { ApplyTable, State } from '../state.js';
import { elapsedDeadline, reindexTask } from '../task/indexes.js';
import type { LeadershipEvent } from './events.js';

/** Added to every generation when part of the journal was lost, so that none that was given out then can come again. */
const LOST_GENERATIONS = 1_000;

export const leadershipEvents: ApplyTable<LeadershipEvent> = {
  'leader.elected': (state, { hub, epoch, url, version, graceUntil, acceptBy }, at) => {
    if (epoch <= state.epoch) throw new ImpossibleEvent(`epoch ${epoch} does not grow`);
    state.epoch = epoch;
    state.leader = { hub, epoch, url, version };
    state.activity.elected(version, at);
    for (const agent of state.agents.values()) dropLink(state, agent, graceUntil, at);
    for (const task of state.taskIndex.all('assigned')) {
      const before = elapsedDeadline(state, task);
      task.deadline = Math.max(task.deadline ?? 0, acceptBy);
      reindexTask(state, task, task.state, before);
    }
  },
  'leader.left': (state) => {
    state.leader = undefined;
  },
  'clock.jumped': jump,
  'journal.truncated': skipGenerations,
  'journal.restored': skipGenerations,
};

function dropLink(state: State, agent: Agent, graceUntil: number, at: number): void {
  if (agent.connection === undefined && agent.task === undefined) return;
  changeAgent(state, agent, () => {
    if (agent.connection !== undefined) agent.linkChangedAt = at;
    agent.connection = undefined;
    agent.graceUntil = agent.task === undefined ? undefined : graceUntil;
  });
}

function jump(state: State, event: Extract<LeadershipEvent, { readonly type: 'clock.jumped' }>): void {
  const { forwardMs, wallOffsetMs, graceUntil } = event;
  const before = [...state.tasks.values()].map((task) => elapsedDeadline(state, task));
  state.wallOffsetMs = wallOffsetMs;
  let i = 0;
  for (const task of state.tasks.values()) {
    if (task.deadline !== undefined && task.reason !== 'notBefore') task.deadline += forwardMs;
    reindexTask(state, task, task.state, before[i++]);
  }
  for (const agent of state.agents.values()) {
    changeAgent(state, agent, () => {
      if (agent.graceUntil !== undefined) agent.graceUntil = graceUntil;
      if (agent.stopping !== undefined) agent.stopping = { ...agent.stopping, until: agent.stopping.until + forwardMs };
      agent.limits = agent.limits?.map((limit) => ({ ...limit, until: limit.until + forwardMs }));
    });
    indexLimits(state, agent);
  }
  for (const halt of state.halts.all()) scheduleHalt(state, halt);
  for (const limit of state.limits.all()) schedule(state, limit);
  skipTime(state, forwardMs);
}

function skipGenerations(state: State): void {
  for (const task of state.tasks.values()) task.generation += LOST_GENERATIONS;
}
