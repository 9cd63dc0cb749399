// A sidecar says hello: what it holds is compared with what the hub has, and one of the two gives way.
//
//   the sidecar holds                       the hub has              answer
//   nothing                                 it assigned              null, the offer is sent again
//   nothing                                 it working or blocked    null, the attempt is lost
//   (task, generation)                      the same, live           keep; a pending answer is sent again
//   (task, generation)                      the same, being stopped  keep; the cancel is sent again
//   (task, generation) given up as lost     not offered since        keep, the task goes on
//   (task, generation) ended by its report                           confirmed
//   anything else                                                    drop: it keeps the work aside and stops
//
// The table is the same for another instance of the sidecar, unless its key is in use elsewhere: then it is refused. Whatever it says, from here
// on the link before it counts for nothing (fence.ts).

import type { LimitLevel } from '@agentcom/schemas';
import type { CommandOf, Holding } from '../commands.js';
import type { Decision, DecisionTable } from '../decision.js';
import { stopsWork } from '../halt/decisions.js';
import { limitOn } from '../limit/enforce.js';
import { tellLimits } from '../limit/told.js';
import { agentNamed } from '../lookups.js';
import { answer, assign, cancel, drain, replaced } from '../outputs.js';
import { Refusal } from '../refusal.js';
import { endAttemptFor } from '../task/attempt-end.js';
import { ownAttempt } from '../task/attempts.js';
import { endOffer } from '../task/offers.js';
import { isWithinBounds } from '../task/skills.js';
import type { Task } from '../task/task.js';
import { type Agent, agentKey, SECOND_HELLOS } from './agent.js';
import { banned, bannedForMs } from './ban.js';
import { allCapabilities } from './capabilities.js';
import type { Introduced } from './events.js';

/** How often a machine that is refused again and again is noted, and in which time as many second hellos as are kept. */
const CONFLICT_EVERY_MS = 600_000;
const REACHED: ReadonlySet<LimitLevel> = new Set(['reached']);

export const helloDecisions: DecisionTable<'agent.hello' | 'agent.conflict' | 'agent.gone'> = {
  'agent.hello': (decision, command) => {
    const agent = agentNamed(decision, command);
    if (agent instanceof Refusal) return agent;
    const banMs = bannedForMs(agent, decision.now);
    if (banMs > 0) return banned(banMs);
    const elsewhere = usedElsewhere(decision, agent, command);
    if (elsewhere !== undefined) return elsewhere;
    const before = agent.connection;
    if (before !== undefined && before !== command.connection) replaced(decision.outputs, before);
    connect(decision, agent, command);
    noteStopped(decision, agent, command.holding);
    const holding =
      command.holding === undefined ? holdsNothing(decision, agent) : reconcile(decision, agent, command.holding);
    if (agent.draining) drain(decision.outputs, decision.state, agentKey(agent.org, agent.name));
    decision.matchAgent(agent);
    return { holding, offlineGraceSeconds: decision.config.tasks.offlineGraceSeconds };
  },

  'agent.conflict': (decision, command) => {
    const agent = agentNamed(decision, command);
    if (agent instanceof Refusal) return agent;
    const { org, name, conflict } = agent;
    const { host, instance } = command;
    // A service that starts a refused sidecar again and again is news once in a while.
    const isNews = conflict?.host !== host || decision.now - conflict.at >= CONFLICT_EVERY_MS;
    if (isNews && mayNote(decision, agent)) {
      decision.emit({ type: 'agent.conflicted', org, agent: name, host, instance, first: introduced(agent) });
    }
    return {};
  },

  'agent.gone': (decision, command) => {
    const agent = decision.state.agents.get(agentKey(command.org, command.agent));
    if (agent === undefined || agent.connection !== command.connection) return {};
    // While it is kept out it cannot come back.
    const graceMs = decision.config.tasks.offlineGraceSeconds * 1000 + bannedForMs(agent, decision.now);
    const graceUntil = agent.task === undefined ? undefined : decision.now + graceMs;
    const { org, agent: name, connection } = command;
    decision.emit({
      type: 'agent.disconnected',
      org,
      agent: name,
      connection,
      ...(graceUntil !== undefined && { graceUntil }),
    });
    return {};
  },
};

function connect(decision: Decision, agent: Agent, command: CommandOf<'agent.hello'>): void {
  const { connection, instance, machine, version, host, os, unfit } = command;
  const isTakenOver = agent.connection !== undefined && agent.connection !== connection && agent.instance !== instance;
  const capabilities = allCapabilities(agent.granted, command.capabilities, agent.runners);
  const who = { org: agent.org, agent: agent.name };
  const first = introduced(agent);
  decision.emit({
    type: 'agent.connected',
    ...who,
    connection,
    instance,
    ...(machine !== undefined && { machine }),
    ...(isTakenOver && { replaced: agent.instance }),
    capabilities,
    version,
    host,
    os,
    ...(unfit !== undefined && { unfit }),
  });
  if (isTakenOver && mayNote(decision, agent)) {
    decision.emit({ type: 'agent.taken_over', ...who, host, instance, first });
  }
}

/** Whoever has the key can send as many hellos as it likes; the journal takes a few. */
function mayNote({ now }: Decision, { secondHellos = [] }: Agent): boolean {
  const oldest = secondHellos[0];
  return secondHellos.length < SECOND_HELLOS || oldest === undefined || now - oldest.at >= CONFLICT_EVERY_MS;
}

function introduced({ host, instance }: Agent): Introduced {
  return { host, instance };
}

/**
 * A copied key: the sidecar that has the agent is on another machine and linked, or was until a moment ago, or still has work. Whoever does not
 * say where it is may be anywhere, once the agent's machine is known. Machines that are copies of each other bear the same name; there, and where
 * none is said, the sidecar gives way that was replaced before and yet lives. A restart is neither.
 */
function usedElsewhere(decision: Decision, agent: Agent, command: CommandOf<'agent.hello'>): Refusal | undefined {
  const isLinked = agent.connection !== undefined && agent.connection !== command.connection;
  const graceMs = decision.config.tasks.offlineGraceSeconds * 1000;
  const isHeld = isLinked || agent.task !== undefined || decision.now - agent.linkChangedAt < graceMs;
  const isOther = agent.machine !== undefined && agent.machine !== command.machine && isHeld;
  const isReplaced = isLinked && agent.replaced === command.instance && agent.instance !== command.instance;
  if (!isOther && !isReplaced) return undefined;
  return new Refusal(
    'agent.other_machine',
    `the key of agent ${agent.name} is in use on another machine (host ${agent.host})`,
  );
}

/** A sidecar holds one thing at most: what it does not hold any more, it has stopped. */
function noteStopped(decision: Decision, agent: Agent, holding: Holding | undefined): void {
  const { org, name, stopping } = agent;
  if (stopping === undefined || (stopping.task === holding?.task && stopping.generation === holding.generation)) return;
  decision.emit({ type: 'agent.stopped', org, agent: name, task: stopping.task });
}

function holdsNothing(decision: Decision, agent: Agent): null {
  const task = liveTask(decision, agent);
  if (task === undefined) return null;
  if (task.state === 'assigned') assign(decision.outputs, decision.state, task.id, decision.now);
  else
    endAttemptFor(decision, task, {
      class: 'lost',
      code: 'agent.lost_task',
      message: 'the sidecar reconnected without the task',
    });
  return null;
}

function reconcile(decision: Decision, agent: Agent, holding: Holding): 'keep' | 'confirmed' | 'drop' {
  const live = liveTask(decision, agent);
  if (live !== undefined && live.id === holding.task && live.generation === holding.generation) {
    answer(decision.outputs, decision.state, live.id);
    tellLimits(decision.outputs, decision.state, agent);
    return 'keep';
  }
  if (agent.stopping !== undefined) {
    cancel(decision.outputs, agent, agent.stopping, endOf(decision, agent, agent.stopping));
    return 'keep';
  }
  if (live !== undefined) giveUp(decision, live);
  const verdict = judge(decision, agent, holding);
  if (live !== undefined) decision.matchTask(live);
  return verdict;
}

/** What the hub has is not what the sidecar holds, so nobody works on it. The agent is matched only once it is clear what it goes on with. */
function giveUp(decision: Decision, task: Task): void {
  if (task.state === 'assigned') endOffer(decision, task, 'lost');
  else
    endAttemptFor(decision, task, {
      class: 'lost',
      code: 'agent.lost_task',
      message: 'the sidecar reconnected with another task',
    });
}

/** What becomes of something that is not live, for an agent that has nothing else to do. */
function judge(decision: Decision, agent: Agent, holding: Holding): 'keep' | 'confirmed' | 'drop' {
  const { now, state } = decision;
  const { blockedTimeoutSeconds, stopGraceSeconds } = decision.config.tasks;
  const who = { org: agent.org, agent: agent.name };
  const task = state.tasks.get(holding.task);
  const attempt = ownAttempt(state, who, holding);
  const isLast = task?.generation === holding.generation;
  const mayResume = isLast && attempt?.lostWhile !== undefined && mayGoOn(task, agent);
  if (
    mayResume &&
    stopsWork(decision, task, agent) === undefined &&
    limitOn(decision, task, agent, REACHED) === undefined
  ) {
    const left = attempt.lostWhile === 'blocked' ? blockedTimeoutSeconds * 1000 : task.spec.runTimeoutMs;
    decision.emit({ type: 'task.resumed', task: task.id, until: now + left });
    answer(decision.outputs, decision.state, task.id);
    tellLimits(decision.outputs, decision.state, agent);
    return 'keep';
  }
  if (attempt?.reported === true) return 'confirmed';
  decision.emit({ type: 'agent.stopping', ...who, ...holding, until: now + stopGraceSeconds * 1000 });
  return 'drop';
}

/** An agent that joined anew may be bound otherwise than the one of its name before. */
function mayGoOn(task: Task, agent: Agent): boolean {
  return (task.state === 'queued' || task.state === 'scheduled') && isWithinBounds(task, agent);
}

function liveTask(decision: Decision, agent: Agent): Task | undefined {
  return agent.task === undefined ? undefined : decision.state.tasks.get(agent.task);
}

/** Why work was ended under its agent: what the cancel said, the error that ended the attempt, or the halt. Nothing of work that was never its own. */
function endOf({ state }: Decision, { org, name: agent }: Agent, stopping: Holding): string {
  const attempt = ownAttempt(state, { org, agent }, stopping);
  const halted = attempt?.halt && `halted: ${attempt.halt.reason}`;
  const limited = attempt?.limit && `spend limit: ${attempt.limit.scope}`;
  const reason =
    attempt && (state.tasks.get(stopping.task)?.cancel?.reason ?? attempt.error?.code ?? halted ?? limited);
  return reason ?? 'it is no longer needed';
}
