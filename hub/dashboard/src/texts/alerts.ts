// Of the page with alerts, their rules and silences.

import { formatCount } from '../format.js';
import { plural } from './common.js';

export const alertTexts = {
  title: 'Alerts',
  /** What a name alone does not say. */
  settings: { seconds: 'after' },
  tabs: { alerts: 'Alerts', rules: 'Rules', silences: 'Silences' },
  channels: 'Channels',
  tabsLabel: 'Parts of this page',
  count: (n: number) => plural(n, 'alert', 'alerts'),
  newRows: (n: number) => plural(n, 'new', 'new'),

  emptyTitle: 'All quiet',
  emptyText: (rules: number) => `${plural(rules, 'rule is', 'rules are')} looked at, and none of them fires.`,
  resolved: 'Resolved',
  resolvedNone: 'Nothing was resolved in the last 7 days.',
  showResolved: 'Show what was resolved',
  hideResolved: 'Hide what was resolved',

  pending: 'Pending',
  clearing: 'Clearing',
  clearingTitle: 'Nothing is found any more; it resolves unless it comes back.',
  acknowledgedBy: (name: string) => `Acknowledged by ${name}`,
  silenced: 'Silenced',
  mutedBy: (rule: string) => `Explained by ${rule}`,
  noiseBy: (name: string) => `Marked as noise by ${name}`,
  resolvedAt: 'resolved',
  limitOf: (value: string, limit: string) => `${value}, limit ${limit}`,
  more: (n: number) => `and ${formatCount(n)} more`,
  history: 'The last 24 hours',
  historySaid: (hours: number) =>
    hours === 0
      ? 'It did not fire in the last 24 hours.'
      : `It fired in ${plural(hours, 'hour', 'hours')} of the last 24.`,
  hour: (hoursAgo: number, percent: number) =>
    `${hoursAgo === 0 ? 'this hour' : `${plural(hoursAgo, 'hour', 'hours')} ago`}: fired ${percent} % of the time`,

  acknowledge: 'Acknowledge',
  acknowledged: (rule: string) => `Acknowledged: ${rule}.`,
  silence: 'Silence…',
  noise: 'Mark as noise',
  noises: {
    false_positive: 'It was not so',
    not_actionable: 'Nothing can be done about it',
    poor_details: 'It did not say what is wrong',
  },
  marked: (rule: string) => `Marked as noise, which is counted for ${rule}.`,
  runbook: 'Runbook',
  hideRunbook: 'Hide the runbook',
  noRunbook: 'This rule has no runbook.',
  thresholds: 'Limits…',

  silenceTitle: (rule: string) => `Silence ${rule}`,
  silenceText: 'Nobody is notified of what is silenced. It is still shown here.',
  which: 'What is silenced',
  whichAll: (rule: string) => `${rule}, whatever it is about`,
  whichSubject: (rule: string, name: string) => `${rule}, only for ${name}`,
  whichSeverity: (severity: string) => `Everything of severity ${severity}`,
  long: 'For how long',
  longs: {
    '3600': '1 hour',
    '14400': '4 hours',
    '86400': '1 day',
    '604800': '7 days',
    resolved: 'Until it is resolved, 7 days at most',
  },
  reason: 'Reason',
  reasonHint: 'Everybody who sees the silence reads it.',
  silenceSubmit: 'Silence',
  silenceDone: 'Silenced.',
  silencesNone: 'Nothing is silenced',
  silencesText: 'Silence an alert that everybody knows about, so that it notifies nobody for a time.',
  silenceOf: { all: 'everything', rule: 'rule', severity: 'severity', label: 'label' },
  silenceBy: (name: string) => `by ${name}`,
  ends: 'ends',
  untilResolved: 'or when it is resolved',
  matches: (n: number) => `${plural(n, 'alert', 'alerts')} now`,
  end: 'End',
  ended: 'The silence has ended.',

  columns: { rule: 'Rule', severity: 'Severity', fired: 'Fired, 7 days', noise: 'Noise', limits: 'Limits' },
  off: 'Off',
  open: 'Open',
  edit: 'Edit',
  editOf: (rule: string) => `Edit ${rule}`,
  ruleTitle: (rule: string) => `Limits of ${rule}`,
  ruleText: 'They take effect at the next evaluation, within seconds.',
  enabled: 'Evaluated',
  enableds: { yes: 'Yes', no: 'No: it never fires' },
  severity: 'Severity',
  forSeconds: 'Lasts',
  forHint: 'How long it must be so before it fires.',
  keepSeconds: 'Clears',
  keepHint: 'How long it must no longer be so before it resolves.',
  byDefault: (value: string) => `Usually ${value}.`,
  save: 'Save',
  saved: (rule: string) => `Changed: ${rule}. It takes effect at the next evaluation.`,
  unchanged: 'Nothing was changed.',
  whole: 'must be a whole number',
  within: (least: string, most: string) => `must be from ${least} to ${most}`,
  quantities: {
    span: 'must be a length of time, such as 90 s, 15 min or 2 h',
    percent: 'must be a whole percentage, such as 5 %',
    tenthPercent: 'must be a percentage with one decimal at most, such as 0.5 %',
    times: 'must be a whole number of times, such as 6',
    tenthTimes: 'must be so many times, with one decimal at most, such as 14.4',
    money: 'must be an amount, such as 5 or 2.50',
    ms: 'must be milliseconds, such as 200 ms',
    bytes: 'must be an amount of data, such as 500 MiB or 2 GiB',
    number: 'must be a number',
  },
  tryTitle: 'What if',
  tryText: 'How often it would have fired in the last 7 days.',
  tryLimit: 'With this limit',
  tryFor: 'Lasting',
  try: 'Look',
  fired: (n: number, days: number) =>
    n === 0 ? `It did not fire in ${days} days.` : `It fired ${times(n)} in ${days} days.`,
  wouldHave: (n: number, isAtLeast: boolean) => {
    if (n === 0) return isAtLeast ? 'Nothing that is kept would have fired.' : 'It would not have fired.';
    return `It would have fired ${isAtLeast ? 'at least ' : ''}${times(n)}.`;
  },
  atLeastWhy: 'What stayed below the limit of then is not kept, so it may have been more.',
} as const;

function times(n: number): string {
  return n === 1 ? 'once' : `${formatCount(n)} times`;
}
