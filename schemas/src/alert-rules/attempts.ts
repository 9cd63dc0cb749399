// Rules about attempts: how they end.

import { type AlertRule, minutes, percent, SECONDS, seconds, threshold } from './rule.js';

const { minute, hour } = SECONDS;

export const ATTEMPT_RULES = {
  AttemptFailures: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 10 * minute,
    thresholds: {
      allowedPercent: percent('The share of attempts that may fail, in percent.', 5),
      burnRate: threshold(
        'How many times that share must fail both in the last hour and in the last 5 minutes.',
        6,
        1,
        100,
      ),
      minimumAttempts: threshold(
        'Of an hour with fewer attempts than this, those two are not looked at.',
        20,
        1,
        100_000,
      ),
      failures: threshold(
        'Or so many failures are seen in the short window, if `failedPercent` holds too.',
        5,
        1,
        100_000,
      ),
      failedPercent: percent('This share of the attempts that ended in the short window failed, in percent.', 50),
      windowMinutes: minutes('The short window.', 30),
    },
    mutedBy: [],
    mutedIfAllBy: ['RunnerAuthBroken', 'PushFailing', 'SameFailureAgain', 'AgentFailing'],
    meaning: 'A larger share of attempts fails than you allow.',
    next: 'See which error leads: `agentcom dead list`, and `agentcom explain CODE`.',
  },
  SameFailureAgain: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 10 * minute,
    thresholds: {
      failures: threshold(
        'So many attempts in one repository ended with the same error, one after the other.',
        3,
        2,
        8,
      ),
      agents: threshold('They were made by at least so many agents.', 2, 1, 8),
      withinSeconds: seconds('Only if the last of them ended within this time.', 6 * hour),
    },
    mutedBy: [],
    mutedIfAllBy: ['RunnerAuthBroken', 'PushFailing'],
    meaning:
      'Every attempt in one repository fails in the same way on different agents, so it is the repository that is broken.',
    next: 'See what fails: `agentcom dead list --repo URL`; run it in a clone of the repository, and mend it there.',
  },
  AgentFailing: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 10 * minute,
    thresholds: {
      attempts: threshold('So many attempts of one agent failed in a row while others succeed.', 5, 2, 5),
      withinSeconds: seconds('Only if the last of them ended within this time.', hour),
    },
    mutedBy: [],
    mutedIfAllBy: ['RunnerAuthBroken', 'PushFailing', 'SameFailureAgain'],
    meaning: 'One agent fails every task that it gets while others succeed.',
    next: 'Give it no more work until it is mended: `agentcom agent drain NAME`.',
  },
  EmptySuccess: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 10 * minute,
    thresholds: {
      completions: threshold('So many empty completions within the last hour.', 3, 1, 100_000),
      shortSeconds: seconds('An attempt that completes sooner than this counts as empty.', 5, hour),
    },
    mutedBy: [],
    meaning: 'Tasks are reported as completed though hardly anything was done for them.',
    next: 'Read what an agent did for one of them: `agentcom task show ID`.',
  },
} satisfies Record<string, AlertRule>;
