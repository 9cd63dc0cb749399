// Dead letters by how they ended: off an index where the caller sees all of them, else by looking at the newest of those that it sees.

import {
  type DeadLetterGroup,
  type Matches,
  matcherOf,
  printQuery,
  type Query,
  rowOrder,
  type Sort,
} from '@agentcom/schemas';
import { failureMeaning } from '@agentcom/schemas/explanations';
import type { View } from '../../access/view.js';
import { iso } from '../../core/iso.js';
import { type DeadGroup, diedAt, endOf } from '../../core/task/dead-letters.js';
import type { Task } from '../../core/task/task.js';
import { taskFacts } from '../../core/task/task-facts.js';
import { RowsSource } from '../rows-source.js';
import type { LiveSource } from '../source.js';

/** Letters that are looked at one by one, the newest first. */
const LOOKED_AT_MAX = 5_000;
const REST_MS = 1_000;
const REFRESH_MS = 60_000;
const MESSAGE_CHARS = 500;

export interface DeadLettersAsked {
  readonly query: Query;
  readonly sort: Sort;
  readonly limit: number;
  readonly me: string;
}

export function deadLettersSource({ query, sort, limit, me }: DeadLettersAsked): LiveSource {
  const matches = query.terms.length === 0 ? undefined : matcherOf(query, taskFacts(me));
  return new RowsSource({
    topics: ['task'],
    restMs: matches === undefined ? 0 : REST_MS,
    refreshMs: REFRESH_MS,
    rowsOf: ({ view, now }) => {
      const rows = deadLetterGroups(view, now, { matches }).sort(rowOrder('dead-letters', sort));
      return { rows: rows.slice(0, limit), total: rows.length };
    },
  });
}

interface Wanted {
  readonly matches?: Matches<Task> | undefined;
  /** Only what the caller submitted. */
  readonly mine?: boolean | 'auto' | undefined;
}

export function deadLetterGroups(view: View, now: number, wanted: Wanted = {}): DeadLetterGroup[] {
  const isOfAll = wanted.matches === undefined && !view.isOwnOnly(wanted.mine);
  const groups = (isOfAll ? view.deadGroups() : undefined) ?? looked(view, now, wanted);
  return [...groups].map((group) => groupView(view, group));
}

function looked(view: View, now: number, { matches, mine }: Wanted): Iterable<DeadGroup> {
  const letters: Task[] = [];
  let left = LOOKED_AT_MAX;
  for (const task of view.tasks({ states: ['dead'], mine })) {
    if (left-- === 0) break;
    if (matches?.(task, now) !== false) letters.push(task);
  }
  const groups = new Map<string, DeadGroup & { readonly since: Map<string, number>; newest: string }>();
  for (const task of letters.sort((a, b) => diedAt(a) - diedAt(b))) {
    const end = endOf(task);
    const group = groups.get(end.id) ?? { ...end, since: new Map(), newest: task.id };
    groups.set(end.id, group);
    group.since.set(task.id, diedAt(task));
    group.newest = task.id;
  }
  return groups.values();
}

function groupView(view: View, group: DeadGroup): DeadLetterGroup {
  const { id, code, repo, runner, since, newest } = group;
  const example = view.task(newest);
  const message = example?.attemptLog?.at(-1)?.error?.message.slice(0, MESSAGE_CHARS);
  const next = failureMeaning(code)?.remedy;
  const [oldest = 0] = since.values();
  return {
    id,
    ...(group.class !== undefined && { class: group.class }),
    code,
    ...(repo !== undefined && { repo }),
    ...(runner !== undefined && { runner }),
    count: since.size,
    firstAt: iso(oldest),
    lastAt: iso(since.get(newest) ?? oldest),
    example: { task: newest, title: example?.spec.title ?? '', ...(message !== undefined && { message }) },
    ...(next !== undefined && { next }),
    q: queryOf(group),
  };
}

/** Finds the letters of a group. */
function queryOf({ class: failure, code, repo, runner }: DeadGroup): string {
  const word = (key: string, value: string) => ({ kind: 'words' as const, key, not: false, words: [value] });
  const terms = [
    failure === undefined ? word('cause', code) : word('class', failure),
    ...(failure === undefined ? [] : [word('code', code)]),
    ...(repo === undefined ? [] : [word('repo', repo)]),
    ...(runner === undefined ? [] : [word('runner', runner)]),
  ];
  return printQuery({ list: 'dead-letters', terms });
}
