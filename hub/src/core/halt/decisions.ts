// Halting and going on. An offer under a halt is withdrawn, and under one that stops what runs an attempt ends: its work is kept where it was
// done, and no attempt is used. That goes by pages, because a fleet may be large; the tick goes on where the command ended.

import { LIMITS } from '@agentcom/schemas';
import type { Agent } from '../agent/agent.js';
import { orgOf, refuseScope } from '../asked-scope.js';
import type { Decision, DecisionTable } from '../decision.js';
import { Refusal } from '../refusal.js';
import { concerns } from '../task/hold-scope.js';
import { agentsUnder, goOn } from '../task/holding.js';
import type { Task } from '../task/task.js';
import { haltEndsAt } from './apply.js';
import type { HaltCommands } from './commands.js';
import { type Halt, isSeenBy } from './halt.js';
import { reachOf } from './reach.js';

/** Attempts and offers that one decision ends. */
const PAGE = 500;

export const haltDecisions: DecisionTable<keyof HaltCommands> = {
  'halt.create': (decision, command) => {
    const { org: owner, by, scope, strength, reason, until } = command;
    const { state, inputs } = decision;
    const refused = refuse(decision, command);
    if (refused !== undefined) return refused;
    const org = orgOf(command);
    const said = { ...(org !== undefined && { org }), reason, by, ...(until !== undefined && { until }) };
    const known = state.halts.like({ owner, org, scope, strength });
    // Before anything of it is stopped.
    const reach = reachOf(state, { id: known?.id ?? '', org, scope });
    if (known !== undefined) {
      const isSame = known.reason === reason && known.until === until;
      if (!isSame) decision.emit({ type: 'halt.changed', halt: known.id, ...said });
      return { halt: known.id, reach };
    }
    const own = [...state.halts.all()].filter((halt) => halt.owner === owner).length;
    if (own >= LIMITS.halts) return new Refusal('halt.too_many', `there are already ${LIMITS.halts} halts; end some`);
    const id = inputs.newId();
    decision.emit({ type: 'halt.created', halt: id, scope, owner, strength, ...said });
    const halt = state.halts.get(id);
    if (halt !== undefined) decision.matchTogether(() => enforce(decision, halt));
    return { halt: id, reach };
  },

  'halt.end': (decision, { org, ofHub, by, halt: id }) => {
    const halt = decision.state.halts.get(id);
    if (halt === undefined || !isSeenBy(halt, org)) return new Refusal('halt.not_found', `halt ${id} not found`);
    if (halt.owner !== org && !ofHub)
      return new Refusal('auth.forbidden', 'those who run the hub have set this halt, and only they end it');
    end(decision, halt, { cause: 'lifted', by });
    return {};
  },
};

function refuse({ state, now }: Decision, command: HaltCommands['halt.create']): Refusal | undefined {
  const refused = refuseScope(state, command, 'halt');
  if (refused !== undefined) return refused;
  const { until } = command;
  if (until === undefined || until - state.wallOffsetMs > now) return undefined;
  const message = 'must be in the future';
  return new Refusal('request.invalid', `until ${message}`, [{ path: '/until', message }]);
}

/** Ends it if its time has come; otherwise there is more to stop, or it was the next page's turn. */
export function fireHalt(decision: Decision, id: string): void {
  const halt = decision.state.halts.get(id);
  if (halt === undefined) return;
  const endsAt = haltEndsAt(decision.state, halt);
  if (endsAt !== undefined && endsAt <= decision.now) end(decision, halt, { cause: 'expired' });
  else enforce(decision, halt);
}

/** Whether a halt keeps an attempt at the task from going on. */
export function stopsWork(decision: Decision, task: Task, agent: Agent): Halt | undefined {
  return decision.state.halts.of(task.org).find((halt) => halt.strength === 'running' && concerns(halt, task, agent));
}

function enforce(decision: Decision, halt: Halt): void {
  const { state, now } = decision;
  let left = PAGE;
  for (const agent of agentsUnder(decision.state, halt)) {
    const task = agent.task === undefined ? undefined : state.tasks.get(agent.task);
    if (task === undefined || !isStopped(halt, task, agent)) continue;
    if (left-- === 0) return decision.goOnWith({ kind: 'halt', id: halt.id });
    decision.emit({
      type: 'task.halted',
      task: task.id,
      halt: halt.id,
      stopUntil: now + decision.config.tasks.stopGraceSeconds * 1000,
    });
    // Another agent may have it, if it is this one that is halted, or its runner.
    decision.matchTask(task);
  }
}

function isStopped(halt: Halt, task: Task, agent: Agent): boolean {
  return (task.state === 'assigned' || halt.strength === 'running') && concerns(halt, task, agent);
}

/** What was stopped goes on where its work is; then whatever is idle takes what comes first. */
function end(
  decision: Decision,
  halt: Halt,
  how: { readonly cause: 'lifted' | 'expired'; readonly by?: string },
): void {
  const { id, org } = halt;
  decision.emit({ type: 'halt.ended', halt: id, ...(org !== undefined && { org }), ...how });
  goOn(decision, agentsUnder(decision.state, halt));
}
