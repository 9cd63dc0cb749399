// Rules about tasks that wait.

import { type AlertRule, minutes, SECONDS, seconds, threshold } from './rule.js';

const { minute, hour, day } = SECONDS;

export const QUEUE_RULES = {
  QueueWaitHigh: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: minute,
    thresholds: {
      urgentSeconds: seconds(
        'The oldest runnable task of the urgent lane has waited this long; this one is a page.',
        2 * minute,
      ),
      highSeconds: seconds('The same for the high lane.', 10 * minute),
      normalSeconds: seconds('The same for the normal lane.', hour),
      lowSeconds: seconds('The same for the low lane.', 8 * hour),
    },
    mutedBy: ['NoAgents', 'QueueNotMoving'],
    meaning: 'A task that a connected agent could take has waited in the queue for longer than its lane allows.',
    next: 'Ask why it waits: `agentcom task why ID`.',
  },
  QueueGrowing: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      windowMinutes: minutes('How far back growth and completions are counted.', 15),
      minimumTasks: threshold('A lane with fewer queued tasks than this is not looked at.', 20, 1, 1_000_000),
    },
    mutedBy: ['NoAgents', 'QueueNotMoving'],
    mutedIfAllBy: ['QueueWaitHigh'],
    meaning:
      'Tasks of a lane arrive faster than agents take them, and at this pace the last one waits longer than its lane allows.',
    next: 'Add agents (`agentcom agent invite`), or find out who submits so much: `agentcom task list --state queued`.',
  },
  QueueNotMoving: {
    severity: 'page',
    forSeconds: 3 * minute,
    keepFiringForSeconds: minute,
    thresholds: {
      quietSeconds: seconds('Nothing was assigned in the organisation for this long.', 30, hour),
    },
    mutedBy: ['JournalUnwritable', 'NoLeader', 'JournalRefused'],
    meaning: 'A task is queued and an idle agent fits it, but the hub assigns nothing.',
    next: 'Ask the hub whether it can decide: `agentcom status`.',
  },
  NoCapableAgent: {
    severity: 'warn',
    forSeconds: 5 * minute,
    keepFiringForSeconds: minute,
    thresholds: {},
    mutedBy: ['NoAgents', 'AgentsLost'],
    meaning: 'Tasks are queued that no connected agent can take: none offers all that they need.',
    next: 'Connect an agent that has it, or ask which need is missing: `agentcom task why ID`.',
  },
  TaskStuck: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: minute,
    thresholds: {
      stuckAfterSeconds: seconds('A working task has reported nothing for this long.', 10 * minute),
    },
    mutedBy: ['NoAgents', 'AgentsLost'],
    meaning: 'An agent works on a task and has reported neither progress nor output for a while.',
    next: 'Read what it printed last: `agentcom task logs ID`.',
  },
  OfferUnanswered: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      offers: threshold('One agent let this many offers pass within the window.', 3, 1, 16),
      windowMinutes: minutes('The window.', 15),
      maxOffersPercent: threshold('A task has used this share of `tasks.maxOffers`, in percent.', 50, 1, 100),
    },
    mutedBy: ['NoAgents', 'AgentsLost'],
    mutedIfAllBy: ['AgentFlapping'],
    meaning: 'Offers are not accepted: an agent is connected but does not answer, or a task is turned down everywhere.',
    next: 'Restart the sidecar of that agent, or ask why the task is turned down: `agentcom task why ID`.',
  },
  QuestionWaiting: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 0,
    thresholds: {
      waitSeconds: seconds('A question has waited this long.', 15 * minute),
      againPercent: threshold(
        'At this share of `tasks.blockedTimeoutSeconds`, in percent, it is told again.',
        50,
        1,
        100,
      ),
      urgentPercent: threshold(
        'At this share of `tasks.blockedTimeoutSeconds`, in percent, it is a page: soon the attempt fails.',
        90,
        1,
        100,
      ),
    },
    mutedBy: [],
    meaning: 'An agent has asked a question, and nobody has answered it; its work stands still until then.',
    next: 'Answer it: `agentcom task answer ID TEXT`.',
  },
  DeadLetters: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 10 * minute,
    thresholds: {
      tasks: threshold('So many tasks died within the window.', 10, 1, 100_000),
      windowMinutes: minutes('The window.', 10),
      hourPercent: threshold('Or this share of what ended in the last hour died, in percent.', 5, 1, 100),
      hourMinimum: threshold('That share is looked at from this many endings on.', 20, 1, 100_000),
      pageTasks: threshold('From this many within the window on it is a page.', 50, 1, 100_000),
    },
    mutedBy: ['SameFailureAgain'],
    mutedIfAllBy: ['PushFailing', 'AgentFailing'],
    meaning: 'Unusually many tasks have failed for good and wait as dead letters.',
    next: 'See what they have in common: `agentcom dead list`.',
  },
  DeadLettersOld: {
    severity: 'info',
    forSeconds: 0,
    keepFiringForSeconds: 0,
    thresholds: {
      untouchedSeconds: seconds('The oldest dead letter has been left alone for this long.', day, 30 * day),
    },
    mutedBy: [],
    meaning: 'Dead letters have waited for a decision for a long time.',
    next: 'Requeue or discard them: `agentcom dead list`.',
  },
  DeadParentBlocks: {
    severity: 'warn',
    forSeconds: 15 * minute,
    keepFiringForSeconds: 0,
    thresholds: {},
    mutedBy: [],
    meaning: 'Tasks wait for a task that is dead, so they never start unless someone decides about it.',
    next: 'Requeue or discard the dead one: `agentcom dead requeue ID`.',
  },
} satisfies Record<string, AlertRule>;
