// What people read of an alert: what is wrong and how far past which limit, what changed, since when, the likely cause and one next action.
// A rule's `why` says amounts and limits; nothing here says them again. Its first sentence is the title, which every channel shows.

import { ALERT_RULES, type Notification, type Subject } from '@agentcom/schemas';
import { type Alert, alertKey, subjectKey } from './alert.js';
import type { AlertEvent } from './events.js';
import { nextFor } from './next.js';
import { at as atMinute, list, span } from './rules/texts.js';
import { isRule } from './terms.js';

/** `alert` is as the event found it. */
export function notificationOf(
  alert: Alert,
  { notification: id, reason, escalation }: Extract<AlertEvent, { readonly type: 'alert.told' }>,
  at: number,
): Notification {
  const { rule, org, severity, finding, since } = alert;
  return {
    id,
    group: `alert:${alertKey(alert).replace('/', ':')}`,
    org,
    kind: 'alert',
    severity,
    rule,
    since,
    at,
    ...(reason === 'resolved' ? closed(alert, at) : open(alert)),
    links: [{ name: 'Alerts', path: '/alerts' }],
    subjects: finding.subjects,
    count: finding.count,
    escalation,
  };
}

type Said = Pick<Notification, 'state' | 'title' | 'text' | 'next'>;

function open(alert: Alert): Said {
  const { rule, finding, since } = alert;
  const [first, rest] = firstSentence(finding.why);
  const known = isRule(rule) ? ALERT_RULES[rule] : undefined;
  const sentences = [known?.meaning, rest, changeOf(alert), `First found at ${atMinute(since)}.`];
  return {
    state: 'open',
    title: `${rule}: ${first}`,
    text: sentences.filter((one) => one !== undefined && one !== '').join(' '),
    ...(known !== undefined && {
      next: `${nextFor(known.next, finding)} Runbook: \`agentcom explain ${rule}\`.`,
    }),
  };
}

function closed({ rule, finding, since, outcome }: Alert, at: number): Said {
  const [what] = firstSentence(outcome ?? finding.why);
  return {
    state: 'closed',
    title: `${outcome === undefined ? 'Resolved' : 'Over'}: ${rule}: ${what}`,
    text: `It lasted ${span(at - since)}, until ${atMinute(at)}.`,
  };
}

/** Since people were last told. */
function changeOf({ finding: { subjects, count }, told }: Alert): string | undefined {
  if (told === undefined) return undefined;
  const news = subjects.filter((one) => !told.subjects.includes(subjectKey(one)));
  const areAllOther = news.length === count && told.subjects.length > 0;
  const sentences = [
    ...(told.count === count ? [] : [`It was ${told.count}, it is ${count} now.`]),
    ...(news.length === 0 ? [] : [`New: ${list(news.map(nameOf))}.`]),
    ...(areAllOther ? ['What was told before is over.'] : []),
  ];
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

function nameOf({ kind, name }: Subject): string {
  return `${kind} ${name}`;
}

/** Without its full stop, and what follows it. */
function firstSentence(text: string): readonly [string, string] {
  const first = /^.*?(?=\.(?:\s|$))/s.exec(text)?.[0] ?? text;
  return [first, text.slice(first.length + 1).trim()];
}
