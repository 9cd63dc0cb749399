// One command, one decision: the events it leads to and the reply, or a refusal and no event at all.

import { accessDecisions } from './access/decisions.js';
import { banDecisions } from './agent/ban.js';
import { fenced } from './agent/fence.js';
import { helloDecisions } from './agent/hello.js';
import { agentDecisions } from './agent/operator.js';
import { alertDecisions } from './alert/decisions.js';
import type { Change } from './change.js';
import type { Command, CommandType, Replies } from './commands.js';
import { configDecisions } from './config/decisions.js';
import { Decision, type DecisionTable, type Inputs } from './decision.js';
import { haltDecisions } from './halt/decisions.js';
import { leadershipDecisions } from './leadership/decisions.js';
import { limitDecisions } from './limit/decisions.js';
import { settleLimits } from './limit/enforce.js';
import { notifyDecisions } from './notify/decisions.js';
import type { Output } from './outputs.js';
import { Refusal } from './refusal.js';
import { savedViewDecisions } from './saved-view/decisions.js';
import type { State } from './state.js';
import { archiveDecisions } from './task/archive.js';
import { offerDecisions } from './task/offers.js';
import { operatorDecisions } from './task/operator.js';
import { reportDecisions } from './task/reports.js';
import { submitDecisions } from './task/submit.js';
import { tickDecisions } from './tick.js';

export interface Decided<R> {
  readonly reply: R;
  readonly changes: readonly Change[];
  /** Beside the reply, in order. */
  readonly outputs: readonly Output[];
}

const decisions: DecisionTable<CommandType> = {
  ...submitDecisions,
  ...operatorDecisions,
  ...helloDecisions,
  ...banDecisions,
  ...fenced(offerDecisions),
  ...fenced(reportDecisions),
  ...agentDecisions,
  ...archiveDecisions,
  ...accessDecisions,
  ...leadershipDecisions,
  ...configDecisions,
  ...alertDecisions,
  ...notifyDecisions,
  ...haltDecisions,
  ...savedViewDecisions,
  ...limitDecisions,
  ...tickDecisions,
};

/** Changes `state` by the events it returns; a refusal leaves it as it was. `now` is in ms and never before `state.now`. */
export function decide<C extends Command>(
  state: State,
  command: C,
  now: number,
  inputs: Inputs,
): Decided<Replies[C['type']]> | Refusal {
  const decision = new Decision(state, Math.max(now, state.now), inputs);
  const run = decisions[command.type] as unknown as (decision: Decision, command: C) => Replies[C['type']] | Refusal;
  const reply = run(decision, command);
  if (reply instanceof Refusal) {
    if (decision.changes.length > 0) throw new Error(`${command.type} was refused after its first event`);
    return reply;
  }
  do {
    settleLimits(decision);
    decision.matchRerouted();
  } while (state.limits.isUnsettled);
  return { reply, changes: decision.changes, outputs: decision.outputs };
}
