// A query in the one way in which it is spelled everywhere: reading it gives the same query.

import { amountOf } from './amounts.js';
import { printPeriod } from './days.js';
import { type QueryList, queryKey } from './keys.js';
import type { Query, Term } from './query.js';

const NEEDS_QUOTES = /[\s",]/;
/** It would be read as a key or as a negation. */
const LOOKS_LIKE_MORE = /^-|^[A-Za-z][A-Za-z-]*:/;

export function printQuery({ list, terms }: Query): string {
  return terms.map((term) => printTerm(list, term)).join(' ');
}

function printTerm(list: QueryList, term: Term): string {
  const sign = term.not ? '-' : '';
  if (term.kind === 'text') return sign + (LOOKS_LIKE_MORE.test(term.text) ? quoted(term.text) : plain(term.text));
  const values =
    term.kind === 'words'
      ? term.words.map(plain)
      : term.bounds.map((bound) => {
          if (!('op' in bound)) return printPeriod(bound);
          const { op, value } = bound;
          const amount = amountOf(queryKey(list, term.key)?.kind ?? 'count');
          return (op === '=' ? '' : op) + (amount?.print(value) ?? value);
        });
  return `${sign}${term.key}:${values.join(',')}`;
}

function plain(text: string): string {
  return NEEDS_QUOTES.test(text) ? quoted(text) : text;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
