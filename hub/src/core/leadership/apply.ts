// Leadership, time, and the lives of the journal. A new leader has no links, so all of them are gone and their graces begin anew.

import type { LeaderEvent } from '../events.js';
import { changeAgent, indexLimits, indexTask, unindexTask } from '../indexes.js';
import type { Agent, State, Task } from '../state.js';
import { ImpossibleEvent } from '../task/machine.js';
import { UnknownEvent } from '../unknown-event.js';

/** Added to every generation when part of the journal was lost, so that none that was given out then can come again. */
const LOST_GENERATIONS = 1_000;

export function applyLeader(state: State, event: LeaderEvent, at: number): void {
  switch (event.type) {
    case 'leader.took':
      if (event.epoch <= state.epoch) throw new ImpossibleEvent(`epoch ${event.epoch} does not grow`);
      state.epoch = event.epoch;
      state.leader = event.hub;
      for (const agent of state.agents.values()) dropLink(state, agent, event.graceUntil, at);
      for (const task of state.tasks.values()) {
        if (task.state === 'assigned') moveDeadline(state, task, Math.max(task.deadline, event.acceptBy));
      }
      return;
    case 'leader.left':
      state.leader = null;
      return;
    case 'clock.jumped':
      return jump(state, event);
    case 'journal.truncated':
    case 'journal.restored':
      for (const task of state.tasks.values()) task.generation += LOST_GENERATIONS;
      return;
    default:
      throw new UnknownEvent((event as { type: string }).type);
  }
}

function dropLink(state: State, agent: Agent, graceUntil: number, at: number): void {
  if (agent.connection === null && agent.task === null) return;
  changeAgent(state, agent, () => {
    if (agent.connection !== null) agent.linkChangedAt = at;
    agent.connection = null;
    agent.graceUntil = agent.task === null ? 0 : graceUntil;
  });
}

function jump(state: State, event: Extract<LeaderEvent, { type: 'clock.jumped' }>): void {
  const pending = [...state.tasks.values()].filter((task) => task.deadline > 0);
  for (const task of pending) unindexTask(state, task);
  state.wallOffsetMs = event.wallOffsetMs;
  for (const task of pending) {
    if (task.reason !== 'notBefore') task.deadline += event.forwardMs;
    indexTask(state, task);
  }
  for (const agent of state.agents.values()) {
    changeAgent(state, agent, () => {
      if (agent.graceUntil > 0) agent.graceUntil = event.graceUntil;
      if (agent.stopping !== null)
        agent.stopping = { ...agent.stopping, until: agent.stopping.until + event.forwardMs };
      agent.limits = agent.limits?.map((limit) => ({ ...limit, until: limit.until + event.forwardMs }));
    });
    indexLimits(state, agent);
  }
}

function moveDeadline(state: State, task: Task, deadline: number): void {
  unindexTask(state, task);
  task.deadline = deadline;
  indexTask(state, task);
}
