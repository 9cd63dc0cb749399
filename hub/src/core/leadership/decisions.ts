// Leadership, clock jumps and the lives of the journal.

import type { DecisionTable } from '../decide.js';

export const leaderDecisions: DecisionTable<'leader.take' | 'leader.leave' | 'clock.jump' | 'journal.truncate'> = {
  'leader.take': (decision, command) => {
    const { now, settings } = decision;
    decision.emit({
      type: 'leader.took',
      hub: command.hub,
      epoch: command.epoch,
      graceUntil: now + settings.offlineGraceMs,
      acceptBy: now + settings.acceptTimeoutMs,
    });
    return {};
  },

  'leader.leave': (decision, command) => {
    decision.emit({ type: 'leader.left', hub: command.hub });
    return {};
  },

  'clock.jump': (decision, command) => {
    const { forwardMs, wallOffsetMs } = command;
    const graceUntil = decision.now + decision.settings.offlineGraceMs;
    decision.emit({ type: 'clock.jumped', forwardMs, wallOffsetMs, graceUntil });
    return {};
  },

  'journal.truncate': (decision, command) => {
    decision.emit({ type: 'journal.truncated', at: command.at, knownHead: command.knownHead });
    return {};
  },
};
