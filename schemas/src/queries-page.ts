// The page of queries for people, made from the table of their keys.

import { amountOf } from './query/amounts.js';
import { type KeyKind, keysOf, QUERY_LISTS, type QueryKey, type QueryList, queryKey } from './query/keys.js';
import { QUERY_LIMITS } from './query/query.js';
import { SORT_KEYS } from './query/sort.js';

const HEAD = `# Queries

Generated from \`schemas/src/query/keys.ts\`: change it there, then run \`npm run generate\`.

Lists take one language of queries: \`?q=\` of the API, the argument of \`agentcom task list\`, \`agent list\` and \`dead list\`, and the views of the
[live socket](live.md). Every term must hold:

\`\`\`
state:blocked,queued repo:api -lane:low cost:>2 age:>1h "free text"
\`\`\`

- \`key:value\` asks for a value, \`key:one,two\` for any of several. Repeat a key to ask for all of them.
- \`-\` before a term turns it round.
- Numbers, money, times and lengths of time are compared: \`cost:>2\`, \`age:<=90m\`, \`created:>=2026-01-31\`. What is not known matches no comparison.
- Days are named: \`today\`, \`yesterday\`, \`monday\` (the last one, which may be today) or \`2026-01-31\`, and so is all from one to another: \`dead:monday\`,
  \`ended:2026-01-30..2026-01-31\`, \`created:monday..\`, \`dead:2026-01-31T09:00..2026-01-31T12:00\`. The last day is included, the last time of day is not. The page and the
  command take them by your own clock (the page by UTC if that is chosen there), the API by UTC; \`Z\` behind a time means UTC everywhere.
- Names are whole, and \`*\` stands for any text: \`agent:web-*\`. \`agent:*\` asks for any agent, \`-agent:*\` for none.
- Everything else is text to look for, whatever its case. Quotes keep words together, and let a text have a colon: \`"fix: login"\`. \`\\"\` is a quote
  inside quotes.
- A query has at most ${QUERY_LIMITS.chars} characters, ${QUERY_LIMITS.terms} terms and ${QUERY_LIMITS.values} values. An unknown key is an error that names it.

\`sort\` takes a column, and \`-column\` the other way round; the first column of each list is its order when none is asked for. With \`age\`, the newest comes
first.
`;

const TITLES: Readonly<Record<QueryList, string>> = {
  tasks: 'Tasks',
  'dead-letters': 'Dead letters',
  agents: 'Agents',
  alerts: 'Alerts',
  'needs-you': 'What waits for a person',
};

const FORMS: Readonly<Record<KeyKind, string>> = {
  word: '',
  name: 'a name',
  part: 'a part of it',
  label: '`team` or `team=web`',
  count: 'a number',
  money: 'an amount',
  duration: 'a length of time',
  since: 'a length of time, a day, or from one to another',
  time: 'a day, a time, or from one to another',
};

/** The whole page, as Markdown. */
export function queriesPage(): string {
  return HEAD + QUERY_LISTS.map(sectionOf).join('');
}

function sectionOf(list: QueryList): string {
  const rows = keysOf(list).map((key) => rowOf(key, queryKey(list, key) as QueryKey));
  const orders = SORT_KEYS[list].map((key) => `\`${key}\``).join(', ');
  return `\n## ${TITLES[list]}\n\n| key | values | meaning |\n|---|---|---|\n${rows.join('')}\nOrders: ${orders}.\n`;
}

function rowOf(key: string, { kind, words = [], help }: QueryKey): string {
  const known = words.map((word) => `\`${word}\``).join(', ');
  const example = amountOf(kind)?.example;
  const form = [FORMS[kind], known].filter((text) => text !== '').join(': ');
  return `| \`${key}\` | ${form}${example === undefined ? '' : `, such as \`${key}:${example}\``} | ${help} |\n`;
}
