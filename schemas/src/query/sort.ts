// The orders that lists come in, by the rows as they are answered; the hub and whoever shows the rows sort by the same.

import { failuresIn, RESULTS_KEPT } from '../agent-results.js';
import { AGENT_STATES, LANES, LIVE_NEED_KINDS, TASK_STATES } from '../names.js';
import { SEVERITIES } from '../notification.js';
import { similarTo } from '../similar.js';
import type { QueryList } from './keys.js';

/** `descending` turns an order round: `-age` has the oldest first. */
export interface Sort {
  readonly key: string;
  readonly descending: boolean;
}

export type ParsedSort =
  | { readonly sort: Sort; readonly error?: undefined }
  | { readonly sort?: undefined; readonly error: { readonly message: string; readonly nearest?: string } };

/** Rows of all lists. */
type Row = Readonly<Record<string, unknown>>;
/** Undefined comes last, whichever way round. */
type Place = (row: Row) => number | string | undefined;

const text =
  (field: string): Place =>
  (row) =>
    row[field] as string | undefined;
const number =
  (field: string): Place =>
  (row) =>
    row[field] as number | undefined;
const indexIn =
  (words: readonly string[], field: string): Place =>
  (row) =>
    row[field] === undefined ? undefined : words.indexOf(row[field] as string);
/** The newest first. */
const sinceTime =
  (field: string): Place =>
  (row) =>
    row[field] === undefined ? undefined : -Date.parse(row[field] as string);

/** Those first that have failed most; of these, those that have had fewer attempts. */
const mostFailures: Place = (row) => {
  const results = row.results as string | undefined;
  const failures = failuresIn(results);
  if (results === undefined || failures === undefined) return undefined;
  return failures === 0 ? 0 : results.length - failures * (RESULTS_KEPT + 1);
};

/** More than any time, ms. */
const TIME_MAX = 1e14;

/** What pages somebody first, then by kind: questions by the time that is left, alerts by severity, and the oldest of each first. */
const urgencyOfNeed: Place = ({ kind, severity, since, until }) => {
  const group = severity === 'page' ? 0 : 1 + LIVE_NEED_KINDS.indexOf(kind as (typeof LIVE_NEED_KINDS)[number]);
  const rank = kind === 'alert' ? SEVERITIES.indexOf(severity as (typeof SEVERITIES)[number]) : 0;
  const isTimed = kind === 'question' && until !== undefined;
  const time = Date.parse((isTimed ? until : since) as string);
  return (group * SEVERITIES.length + rank) * TIME_MAX + time;
};

const SORTS = {
  tasks: {
    age: sinceTime('createdAt'),
    state: indexIn(TASK_STATES, 'state'),
    lane: indexIn(LANES, 'lane'),
    agent: text('agent'),
    title: text('title'),
    repo: (row) => (row.repo as { readonly url: string } | undefined)?.url,
    attempts: number('attemptsUsed'),
    cost: (row) => (row.usage as { readonly costMicros?: number } | undefined)?.costMicros,
    ended: sinceTime('finishedAt'),
  },
  'dead-letters': {
    last: sinceTime('lastAt'),
    first: sinceTime('firstAt'),
    count: number('count'),
    class: text('class'),
  },
  agents: {
    name: text('name'),
    state: indexIn(AGENT_STATES, 'state'),
    seen: sinceTime('lastSeenAt'),
    load: number('load'),
    version: text('version'),
    failures: mostFailures,
  },
  alerts: { age: sinceTime('since'), severity: indexIn(SEVERITIES, 'severity'), rule: text('rule') },
  'needs-you': { urgency: urgencyOfNeed, age: sinceTime('since'), kind: indexIn(LIVE_NEED_KINDS, 'kind') },
} as const satisfies Readonly<Record<QueryList, Readonly<Record<string, Place>>>>;

/** The first of each list is its order where none is asked for. */
export const SORT_KEYS: Readonly<Record<QueryList, readonly string[]>> = {
  tasks: Object.keys(SORTS.tasks),
  'dead-letters': Object.keys(SORTS['dead-letters']),
  agents: Object.keys(SORTS.agents),
  alerts: Object.keys(SORTS.alerts),
  'needs-you': Object.keys(SORTS['needs-you']),
};

/** Undefined is the usual order of the list. */
export function parseSort(list: QueryList, given?: string): ParsedSort {
  const keys = SORT_KEYS[list];
  if (given === undefined) return { sort: { key: keys[0] as string, descending: false } };
  const key = given.replace(/^-/, '');
  if (keys.includes(key)) return { sort: { key, descending: key !== given } };
  const [nearest] = similarTo(key, keys);
  const hint = nearest === undefined ? `it can be ${keys.join(', ')}` : `did you mean ${nearest}?`;
  return { error: { message: `there is no order ${key}; ${hint}`, ...(nearest !== undefined && { nearest }) } };
}

/** Where a row stands in an order. */
export interface RowPlace {
  readonly id: string;
  readonly place: number | string | undefined;
}

export function rowPlace(list: QueryList, { key }: Sort): (row: object & { readonly id: string }) => RowPlace {
  const places: Readonly<Record<string, Place>> = SORTS[list];
  const place = places[key] as Place;
  return (row) => ({ id: row.id, place: place(row as unknown as Row) });
}

/** Among equals the newest first: ids of tasks and alerts grow with time. What has no place comes last, whichever way round. */
export function comparePlaces({ descending }: Sort): (a: RowPlace, b: RowPlace) => number {
  const sign = descending ? -1 : 1;
  return (a, b) => {
    if (a.place !== b.place) {
      if (a.place === undefined) return 1;
      if (b.place === undefined) return -1;
      return a.place < b.place ? -sign : sign;
    }
    return a.id === b.id ? 0 : a.id > b.id ? -sign : sign;
  };
}

/** For `toSorted` of whole rows. */
export function rowOrder(list: QueryList, sort: Sort) {
  const placeOf = rowPlace(list, sort);
  const compare = comparePlaces(sort);
  return (a: { readonly id: string }, b: { readonly id: string }): number => compare(placeOf(a), placeOf(b));
}
