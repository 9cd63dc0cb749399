// The query grammar of lists: `state:blocked,queued repo:api cost:>2 age:>1h -label:draft "free text"`. One for API, command and page; it runs
// in a browser and imports nothing but words.

export { type Completion, type Completions, completeQuery } from './query/complete.js';
export type { Period, QueryClock } from './query/days.js';
export {
  type KeyKind,
  keysOf,
  QUERY_KEYS,
  QUERY_LISTS,
  type QueryKey,
  type QueryList,
  queryKey,
} from './query/keys.js';
export { dependsOnTime, type Facts, type Matches, matcherOf } from './query/match.js';
export { inUtc, type ParsedQuery, parseQuery } from './query/parse.js';
export { printQuery } from './query/print.js';
export {
  type Bound,
  type Comparison,
  QUERY_LIMITS,
  type Query,
  type QueryError,
  type Term,
  type Test,
} from './query/query.js';
export {
  comparePlaces,
  type ParsedSort,
  parseSort,
  type RowPlace,
  rowOrder,
  rowPlace,
  SORT_KEYS,
  type Sort,
} from './query/sort.js';
