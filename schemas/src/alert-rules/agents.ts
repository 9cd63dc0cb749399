// Rules about agents and their machines.

import { type AlertRule, minutes, percent, SECONDS, seconds, threshold } from './rule.js';

const { minute, hour, day } = SECONDS;
const JOURNAL_RULES = ['JournalUnwritable', 'NoLeader', 'JournalRefused'];
const AGENTS_GONE = ['NoAgents', 'AgentsLost'];

export const AGENT_RULES = {
  NoAgents: {
    severity: 'page',
    forSeconds: 2 * minute,
    keepFiringForSeconds: minute,
    thresholds: {},
    mutedBy: JOURNAL_RULES,
    meaning: 'Agents are enrolled, but none is connected, so nothing runs.',
    next: 'Look at one of their machines: `agentcom doctor`, and the log of its sidecar.',
  },
  AgentsLost: {
    severity: 'page',
    forSeconds: 2 * minute,
    keepFiringForSeconds: minute,
    thresholds: {
      lostPercent: percent('This share of the agents that were connected is gone, in percent.', 30),
      minimumAgents: threshold('At least so many are gone.', 3, 1, 100_000),
      windowMinutes: minutes('Compared with so long ago.', 15),
    },
    mutedBy: [...JOURNAL_RULES, 'NoAgents'],
    meaning: 'Many agents lost their connection within a short time.',
    next: 'Find what they have in common, such as a network or a host: `agentcom agent list`.',
  },
  AgentOffline: {
    severity: 'info',
    forSeconds: 0,
    keepFiringForSeconds: minute,
    thresholds: {
      offlineSeconds: seconds('An agent has been disconnected for this long.', 15 * minute),
      forgetSeconds: seconds('After this time it is taken to be switched off on purpose.', 7 * day, 365 * day),
    },
    mutedBy: AGENTS_GONE,
    meaning: 'An agent has been disconnected for a while.',
    next: 'Start its sidecar, or remove it if it is not coming back: `agentcom agent remove NAME`.',
  },
  AgentFlapping: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 15 * minute,
    thresholds: {
      reconnects: threshold('One agent made so many new connections within the window.', 5, 2, 16),
      takeovers: threshold('Or other sidecars with its key took it over so many times.', 3, 1, 8),
      windowMinutes: minutes('The window.', 15),
    },
    mutedBy: AGENTS_GONE,
    meaning: 'An agent keeps losing its connection, or two sidecars use the same key.',
    next: 'Read the log of its sidecar, and see whether two machines use its key: `agentcom agent show NAME`.',
  },
  SidecarOld: {
    severity: 'info',
    forSeconds: 0,
    keepFiringForSeconds: 0,
    thresholds: {
      behindSeconds: seconds(
        'A connected sidecar has been on another version than the hub for this long.',
        7 * day,
        365 * day,
      ),
    },
    mutedBy: AGENTS_GONE,
    meaning: 'A sidecar has been older than the hub for a long time.',
    next: 'Upgrade it, or join its machine again: `agentcom agent show NAME`.',
  },
  AgentDiskLow: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 5 * minute,
    thresholds: {},
    mutedBy: AGENTS_GONE,
    meaning: 'The machine of an agent has less free disk space than it needs, so it takes no work.',
    next: 'Free disk space on that machine; it takes work again by itself.',
  },
  ClockSkew: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      skewSeconds: seconds("An agent's clock differs from the hub's by this much.", 30, hour),
    },
    mutedBy: AGENTS_GONE,
    meaning: "The clock of an agent's machine is wrong, so times in its logs and commits are too.",
    next: 'Turn on time synchronisation on that machine.',
  },
  ForgottenDrain: {
    severity: 'info',
    forSeconds: 0,
    keepFiringForSeconds: 0,
    thresholds: {
      drainedSeconds: seconds('An agent has been drained for this long.', 8 * hour, 30 * day),
    },
    mutedBy: [],
    meaning: 'An agent was drained and never resumed; it takes no work.',
    next: 'Resume it: `agentcom agent resume NAME`.',
  },
} satisfies Record<string, AlertRule>;

export const SPENDING_RULES = {
  BudgetBurn: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      forecastPercent: percent(
        'So much of a spend limit is used, and all of it will be before the day or month ends, if it goes on like this.',
        50,
      ),
      warnPercent: percent('So much of a spend limit is used, whatever the forecast; at 100 % it is a page.', 80),
    },
    mutedBy: [],
    meaning: 'A spend limit is used up, or will be before its day or month ends.',
    next: 'See what is used: `agentcom limit list`; raise it with `agentcom limit raise SCOPE`, or find what spends with `agentcom costs --by repo,label`.',
  },
  SpendAnomaly: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: hour,
    thresholds: {
      timesMedian: threshold(
        'So many times what an hour of the last seven days has cost (the median of the hours in which something was spent, at least five) is spent in this hour.',
        3,
        2,
        1_000,
      ),
      floorMicros: threshold('And at least so much, in millionths of the currency.', 5_000_000, 0, 1_000_000_000_000),
    },
    mutedBy: [],
    meaning: 'Far more is spent in this hour than in a usual hour of the last seven days.',
    next: 'See what spends: `agentcom costs --by repo,member --since 1d`; hold it back with `agentcom halt repo ADDRESS`, or give it a limit with `agentcom limit set SCOPE`.',
  },
  UnpricedUse: {
    severity: 'info',
    forSeconds: 0,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      tokensPerDay: threshold(
        'So many tokens were used without a price since midnight in UTC.',
        1_000_000,
        1,
        1_000_000_000_000,
      ),
    },
    mutedBy: [],
    meaning:
      'Models without a price are used, so that nobody knows what the work costs, and spend limits in money do not count it.',
    next: 'See which they are: `agentcom prices check`; give them a price in the file that `runner.pricesFile` names.',
  },
} satisfies Record<string, AlertRule>;

export const PROVIDER_RULES = {
  LimitsReached: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      parkedSeconds: seconds('An urgent task has waited this long for a usage limit to end.', 30 * minute),
    },
    mutedBy: AGENTS_GONE,
    mutedIfAllBy: ['ProviderDown'],
    meaning: 'Every connected agent that has a runner has reached its usage limit, so tasks for it wait.',
    next: 'See when the limits end: `agentcom agent list`; or connect an agent with another account.',
  },
  RunnerAuthBroken: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      failures: threshold('So many attempts running of one agent and runner ended for want of a sign-in.', 1, 1, 5),
      withinSeconds: seconds('Only if the last of them ended within this time.', hour),
    },
    mutedBy: AGENTS_GONE,
    meaning: "A runner is not signed in on an agent's machine, or its key was rejected, so every task there fails.",
    next: 'See how to sign it in, and do that on its machine: `agentcom agent show NAME`.',
  },
  ProviderDown: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 10 * minute,
    thresholds: {
      failedPercent: percent(
        'This share of the attempts of one runner failed because its provider was overloaded, in percent.',
        50,
      ),
      agents: threshold('It failed on at least so many agents.', 3, 1, 16),
      windowMinutes: minutes('The window.', 10),
    },
    mutedBy: AGENTS_GONE,
    meaning: 'The provider behind a runner refuses or fails most requests.',
    next: "Look at the provider's status page; tasks are retried by themselves.",
  },
  PushFailing: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 10 * minute,
    thresholds: {
      refusals: threshold('A host refused so many pushes or pull requests within the window.', 3, 1, 100_000),
      windowMinutes: minutes('The window.', 15),
    },
    mutedBy: AGENTS_GONE,
    meaning: 'A git host refuses pushes or pull requests, so finished work cannot be delivered.',
    next: 'Read what the host said: `agentcom dead list`. Mend that, then push the kept work: `agentcom task push ID`.',
  },
} satisfies Record<string, AlertRule>;
