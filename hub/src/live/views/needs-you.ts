// What waits for a person: each with why, since when and the one next action.

import { type Facts, type LiveNeed, matcherOf, type Query, rowOrder, type Sort } from '@agentcom/schemas';
import type { View } from '../../access/view.js';
import type { Agent } from '../../core/agent/agent.js';
import { wantsAttention } from '../../core/alert/attention.js';
import { alertView } from '../../core/alert/view.js';
import { iso } from '../../core/iso.js';
import { historyOf } from '../../core/task/history.js';
import type { Unmatched, UnmatchedCode } from '../../core/task/unmatched.js';
import { wantedText } from '../../core/task/wants.js';
import { RowsSource } from '../rows-source.js';
import type { LiveSource } from '../source.js';
import { deadLetterGroups } from './dead-letters.js';
import { foldAlerts, rowIds } from './fold-alerts.js';

const REST_MS = 250;
const REFRESH_MS = 10_000;
/** Questions and finished tasks that are looked at; nobody answers more of them at once. */
const QUESTIONS_MAX = 1_000;
const FINISHED_MAX = 500;
/** The hub does not learn what becomes of a pull request, so that it is shown for so long, ms. */
const REVIEW_MS = 24 * 3_600_000;
/** A machine that is refused because another has its key says so again and again, ms. */
const CONFLICT_MS = 24 * 3_600_000;

export interface NeedsAsked {
  readonly query: Query;
  readonly sort: Sort;
  readonly limit: number;
}

export function needsSource({ query, sort, limit }: NeedsAsked): LiveSource {
  const matches = matcherOf(query, needFacts);
  return new RowsSource({
    topics: ['task', 'agent', 'alert', 'silence'],
    restMs: REST_MS,
    refreshMs: REFRESH_MS,
    rowsOf: ({ view, now }) => {
      const rows = needsOf(view, now).filter((need) => matches(need, now));
      return { rows: rows.sort(rowOrder('needs-you', sort)).slice(0, limit), total: rows.length };
    },
  });
}

type Mine = boolean | 'auto' | undefined;

/** Each cause once, in no order. `mine`: of tasks, only those that the caller submitted. */
export function needsOf(view: View, now: number, mine?: Mine): LiveNeed[] {
  const lacks = view.unmatched(now, mine);
  const rows = [
    ...questions(view, mine),
    ...deadLetters(view, now, mine),
    ...unmatched(lacks),
    ...agents(view, now),
    ...reviews(view, now, mine),
  ];
  return foldAlerts(view, rows, [...alerts(view, now)], lacks);
}

/** How many there are, of each without making all there is to say about it. */
export function countNeeds(view: View, now: number): number {
  return needsOf(view, now).length;
}

function* questions(view: View, mine: Mine): Iterable<LiveNeed> {
  let left = QUESTIONS_MAX;
  for (const task of view.tasks({ states: ['blocked'], oldestFirst: true, mine })) {
    if (left-- === 0) return;
    const { question, agent, spec, deadline, id } = task;
    if (question === undefined) continue;
    const since = historyOf(task).findLast(({ event }) => event === 'blocked')?.at ?? task.createdAt;
    yield {
      id: rowIds.question(id),
      kind: 'question',
      title: spec.title,
      why: question.question,
      since: iso(since),
      ...(deadline !== undefined && { until: iso(deadline) }),
      next: 'Answer it.',
      ...(spec.repo !== undefined && { repo: spec.repo.url }),
      task: id,
      ...(agent !== undefined && { agent }),
      question,
    };
  }
}

function* deadLetters(view: View, now: number, mine: Mine): Iterable<LiveNeed> {
  for (const group of deadLetterGroups(view, now, { mine })) {
    const { id, code, count, example, repo, lastAt, next } = group;
    yield {
      id: rowIds.deadLetters(id),
      kind: 'dead-letters',
      title: count === 1 ? example.title : `${count} tasks`,
      why: example.message === undefined ? code : `${code}: ${example.message}`,
      since: lastAt,
      next: next ?? 'Requeue or discard.',
      ...(repo !== undefined && { repo }),
      task: example.task,
      deadLetters: group,
    };
  }
}

/** What to say of each, and what to do. */
const UNMATCHED: Readonly<Record<UnmatchedCode, readonly [why: (wanted: string) => string, next: string]>> = {
  no_agents: [() => 'no agent has joined yet', 'Join an agent.'],
  no_capable_agent: [
    (wanted) => `no agent here can take this; wanted: ${wanted}`,
    'Join an agent that can, or submit it again without what nobody offers.',
  ],
  agents_offline: [
    (wanted) => `no agent that can take this is connected; wanted: ${wanted}`,
    'Start the sidecar of such an agent.',
  ],
  agents_unfit: [
    (wanted) => `every agent that can take this is held back; wanted: ${wanted}`,
    'Mend their machines; they go on by themselves.',
  ],
};

function* unmatched(lacks: readonly Unmatched[]): Iterable<LiveNeed> {
  for (const { key, code, wanted, oldest, repos, count } of lacks) {
    const [why, next] = UNMATCHED[code];
    const named = [...repos].filter((repo) => repo !== undefined);
    const [repo] = repos;
    yield {
      id: rowIds.unmatched(key),
      kind: 'unmatched',
      title: count === 1 ? oldest.spec.title : `${count} tasks`,
      why: why(wantedText(wanted)),
      since: iso(oldest.queuedAt),
      next,
      ...(repos.size === 1 ? repo !== undefined && { repo } : named.length > 0 && { repos: named }),
      task: oldest.id,
    };
  }
}

function* alerts(view: View, now: number): Iterable<LiveNeed> {
  for (const alert of view.alerts()) {
    if (!wantsAttention(alert)) continue;
    const shown = alertView(view, alert, now);
    yield {
      id: `alert ${alert.id}`,
      kind: 'alert',
      title: alert.rule,
      why: shown.why,
      since: shown.since,
      next: shown.next ?? 'See its runbook.',
      severity: alert.severity,
      alert: shown,
    };
  }
}

/** Only for whoever may do something about them. */
function* agents(view: View, now: number): Iterable<LiveNeed> {
  if (!view.sees('agents.drain')) return;
  for (const agent of view.agents()) {
    const trouble = troubleOf(agent, now, view.missedOfferAt(agent));
    if (trouble === undefined) continue;
    const { since, ...said } = trouble;
    yield {
      id: rowIds.agent(agent.name),
      kind: 'agent',
      title: agent.name,
      agent: agent.name,
      since: iso(since),
      ...said,
    };
  }
}

function troubleOf(
  agent: Agent,
  now: number,
  missedOfferAt = agent.linkChangedAt,
): (Pick<LiveNeed, 'why' | 'next'> & { readonly since: number }) | undefined {
  const { unfit, conflict, unresponsive, ban, connection, linkChangedAt, name } = agent;
  if (unfit !== undefined)
    return { why: unfit.message, next: 'Mend its machine; it goes on by itself.', since: unfit.since };
  if (conflict !== undefined && conflict.at > now - CONFLICT_MS)
    return {
      why: `another machine has its key: ${conflict.host}`,
      next: 'Join that machine as an agent of its own.',
      since: conflict.at,
    };
  if (ban !== undefined && ban.until > now)
    return {
      why: 'too much of what it sent was refused',
      next: 'Look at the log of its sidecar.',
      since: linkChangedAt,
    };
  if (unresponsive && connection !== undefined)
    return { why: 'it ignored its last offer', next: `Restart its sidecar: ${name}.`, since: missedOfferAt };
  return undefined;
}

function* reviews(view: View, now: number, mine: Mine): Iterable<LiveNeed> {
  let left = FINISHED_MAX;
  for (const task of view.tasks({ states: ['completed'], mine })) {
    if (left-- === 0) return;
    const { result, finishedAt = 0, spec, id } = task;
    const pullRequest = result?.pullRequest;
    if (pullRequest === undefined || finishedAt < now - REVIEW_MS) continue;
    yield {
      id: `review ${id}`,
      kind: 'review',
      title: spec.title,
      why: 'its pull request is open',
      since: iso(finishedAt),
      next: 'Review the pull request.',
      ...(spec.repo !== undefined && { repo: spec.repo.url }),
      task: id,
      pullRequest,
      ...(result?.branch !== undefined && { branch: result.branch }),
    };
  }
}

export const needFacts: Facts<LiveNeed> = {
  words: (need, key) => {
    if (key === 'repo' && need.repos !== undefined) return need.repos;
    const value = key in need ? need[key as 'kind' | 'repo' | 'agent' | 'severity'] : undefined;
    return value === undefined ? [] : [value];
  },
  amount: ({ since }, key, now) => (key === 'age' ? now - Date.parse(since) : undefined),
  text: ({ title, why }) => `${title} ${why}`,
};
