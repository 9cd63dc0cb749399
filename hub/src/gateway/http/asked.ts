// The query and the order of a list, as a request asks for them.

import { parseQuery, parseSort, type Query, type QueryList, type Sort } from '@agentcom/schemas';
import { Refusal } from '../../core/refusal.js';

/** Their usual order has pages the other way round, too. */
const PAGED_BACKWARDS: ReadonlySet<QueryList> = new Set<QueryList>(['tasks', 'agents']);

/** Undefined where nothing is asked. Days are those of UTC. */
export function queryOf(list: QueryList, q: string | undefined, now: number): Query | undefined | Refusal {
  if (q === undefined) return undefined;
  const { query, error } = parseQuery(list, q, { now, zone: 'UTC' });
  return error === undefined ? query : invalid('/q', error.message);
}

/** Undefined where it is the usual one. A cursor says where in the usual order the page before ended. */
export function sortOf(
  list: QueryList,
  { sort: asked, cursor }: { readonly sort?: string; readonly cursor?: string },
): Sort | undefined | Refusal {
  const { sort, error } = parseSort(list, asked);
  if (error !== undefined) return invalid('/sort', error.message);
  const usual = parseSort(list).sort;
  if (sort.key === usual?.key && !sort.descending) return undefined;
  const hasPages = sort.key === usual?.key && PAGED_BACKWARDS.has(list);
  return cursor === undefined || hasPages
    ? sort
    : invalid('/cursor', `goes with the order by ${usual?.key} alone; raise the limit instead`);
}

function invalid(path: string, message: string): Refusal {
  return new Refusal('request.invalid', 'the query is not valid', [{ path, message }]);
}
