// Leadership, clock jumps and the lives of the journal.

import type { DecisionTable } from '../decision.js';

export const leadershipDecisions: DecisionTable<'leader.elect' | 'leader.leave' | 'clock.jump' | 'journal.truncate'> = {
  'leader.elect': (decision, command) => {
    const { now, config } = decision;
    const { hub, epoch, url, version } = command;
    decision.emit({
      type: 'leader.elected',
      hub,
      epoch,
      url,
      version,
      graceUntil: now + config.tasks.offlineGraceSeconds * 1000,
      acceptBy: now + config.tasks.acceptTimeoutSeconds * 1000,
    });
    return {};
  },

  'leader.leave': (decision, command) => {
    decision.emit({ type: 'leader.left', hub: command.hub });
    return {};
  },

  'clock.jump': (decision, command) => {
    const { forwardMs, wallOffsetMs } = command;
    const graceUntil = decision.now + decision.config.tasks.offlineGraceSeconds * 1000;
    decision.emit({ type: 'clock.jumped', forwardMs, wallOffsetMs, graceUntil });
    return {};
  },

  'journal.truncate': (decision, command) => {
    decision.emit({ type: 'journal.truncated', at: command.at, knownHead: command.knownHead });
    return {};
  },
};
