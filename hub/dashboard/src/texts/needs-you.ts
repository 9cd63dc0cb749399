// Of the page with what waits for a person.

import { plural } from './common.js';

export const needsTexts = {
  title: 'Needs you',
  query: 'Search, or filter: repo:api kind:question age:>1h',
  queryLabel: 'Filter what needs you',
  matching: (n: number) => `${plural(n, 'matches', 'match')}`,
  clear: 'Clear',
  noneTitle: 'Nothing matches',
  noneText: 'Nothing that needs you matches this filter.',
  groups: {
    page: 'Urgent',
    question: 'Questions',
    'dead-letters': 'Dead letters',
    unmatched: 'No agent for it',
    alert: 'Alerts',
    agent: 'Agents in trouble',
    review: 'Waiting for review',
  },
  count: (n: number) => `${plural(n, 'thing needs', 'things need')} you`,
  beyond: (n: number) => `${plural(n, 'more', 'more')}, less urgent than these. Filter above to see them.`,
  newRows: (n: number) => plural(n, 'new', 'new'),
  keys: 'selects the next, 1 to 9 choose an answer, a types one or acknowledges, s snoozes for an hour.',

  timeLeft: (span: string) => `${span} left`,
  timeOver: 'time is over',
  choices: 'Answers',
  answer: 'Your answer',
  send: 'Answer',
  answered: (title: string) => `Answered: ${title}.`,

  requeue: 'Requeue…',
  look: 'Look at them',
  lookOne: 'Look at it',

  why: 'See why',

  acknowledge: 'Acknowledge',
  acknowledgeOf: (rule: string) => `Acknowledge ${rule}`,
  openAlert: 'Open the alert',
  copyShow: 'Copy command',
  review: 'Open the pull request',

  snooze: 'Snooze for',
  snoozeOf: (title: string) => `Snooze ${title}`,
  snoozeFor: { 1: '1 hour', 4: '4 hours', 24: '1 day' },
  snoozed: (span: string) => `Snoozed for ${span}, in this browser.`,
  unsnooze: 'Bring it back',
  snoozedCount: (n: number) => `${plural(n, 'is', 'are')} snoozed in this browser.`,
  showSnoozed: 'Bring back',

  emptyTitle: 'Nothing needs you',
  emptyText: 'Questions, dead letters, alerts and reviews appear here by themselves.',
  push: 'Turn on notifications',
  pushText: 'to hear of it while no page is open.',
  working: 'working',
  queued: 'queued',
  agentsOf: (all: number) => `of ${plural(all, 'agent', 'agents')} connected`,
  spend: 'spent today',
} as const;
