// Reads a query, as the API, the command and the page take it.

import { similarTo } from '../similar.js';
import { amountOf } from './amounts.js';
import { parsePeriod, type QueryClock } from './days.js';
import { keysOf, type QueryKey, type QueryList, queryKey } from './keys.js';
import { printQuery } from './print.js';
import { type Comparison, QUERY_LIMITS, type Query, type QueryError, type Term, type Test } from './query.js';
import { type Piece, type Scanned, scan } from './scan.js';

export type ParsedQuery =
  | { readonly query: Query; readonly error?: undefined }
  | { readonly query?: undefined; readonly error: QueryError };

const OPERATOR = /^(?:<=|>=|<|>|=)?/;

/** Days are those of `clock`. */
export function parseQuery(list: QueryList, text: string, clock: QueryClock): ParsedQuery {
  const { chars, terms: termsMax, values: valuesMax } = QUERY_LIMITS;
  if (text.length > chars)
    return {
      error: { message: `the query must have at most ${chars} characters`, at: chars, length: text.length - chars },
    };
  const terms: Term[] = [];
  let values = 0;
  for (const scanned of scan(text)) {
    const { at, length } = scanned;
    values += scanned.values.length;
    if (terms.length === termsMax || values > valuesMax)
      return {
        error: { message: `the query must have at most ${termsMax} terms and ${valuesMax} values`, at, length },
      };
    const term = termOf(list, scanned, clock);
    if ('message' in term) return { error: term };
    terms.push(term);
  }
  return { query: { list, terms } };
}

function termOf(list: QueryList, { not, key, values, at, length }: Scanned, clock: QueryClock): Term | QueryError {
  const open = values.find(({ isOpen }) => isOpen);
  if (open !== undefined) return { message: 'a quote is not closed', at: open.at, length: open.length };
  if (key === undefined) {
    const text = values[0]?.text ?? '';
    return text === '' ? { message: 'the text in quotes is empty', at, length } : { kind: 'text', not, text };
  }
  const name = key.text.toLowerCase();
  const known = queryKey(list, name);
  if (known === undefined) return unknownKey(list, key);
  const empty = values.find((value) => value.text === '');
  if (empty !== undefined)
    return {
      message: `${name} needs a value, ${exampleOf(name, known)}`,
      key: name,
      at: empty.at,
      length: empty.length,
    };
  if (amountOf(known.kind) === undefined) return wordsOf(name, known, not, values);
  return boundsOf(name, known, not, values, clock);
}

function unknownKey(list: QueryList, { text: given, at, length }: Piece): QueryError {
  const keys = keysOf(list);
  const [nearest] = similarTo(given, keys);
  const hint = nearest === undefined ? `the keys are ${keys.join(', ')}.` : `did you mean ${nearest}?`;
  const message = `there is no key ${given}; ${hint} Put text with a colon in quotes.`;
  return { message, key: given, at, length, ...(nearest !== undefined && { nearest }) };
}

function wordsOf(
  key: string,
  { kind, words = [] }: QueryKey,
  not: boolean,
  values: readonly Piece[],
): Term | QueryError {
  const known = (text: string) => words.find((word) => word.toLowerCase() === text.toLowerCase());
  const given = values.map(({ text }) => (kind === 'word' ? (known(text) ?? text) : text));
  const wrong = kind === 'word' ? given.findIndex((word) => !words.includes(word)) : -1;
  const piece = values[wrong];
  if (piece !== undefined) {
    const [nearest] = similarTo(piece.text, words);
    const hint = nearest === undefined ? `it can be ${words.join(', ')}` : `did you mean ${nearest}?`;
    const message = `${key} cannot be ${piece.text}; ${hint}`;
    return { message, key, at: piece.at, length: piece.length, ...(nearest !== undefined && { nearest }) };
  }
  return { kind: 'words', key, not, words: [...new Set(given)] };
}

function boundsOf(
  key: string,
  { kind }: QueryKey,
  not: boolean,
  values: readonly Piece[],
  clock: QueryClock,
): Term | QueryError {
  const amount = amountOf(kind);
  const bounds: Test[] = [];
  for (const { text, at, length } of values) {
    const period = amount?.hasPeriods === true ? parsePeriod(text, clock) : undefined;
    if (period !== undefined) {
      if ((period.from ?? 0) >= (period.until ?? Number.POSITIVE_INFINITY))
        return { message: `${key} ends before it begins: ${text}`, key, at, length };
      bounds.push(period);
      continue;
    }
    const op = OPERATOR.exec(text)?.[0] ?? '';
    const value = amount?.parse(text.slice(op.length), clock);
    if (amount === undefined || value === undefined)
      return { message: `${key} must be ${amount?.mustBe}, ${exampleOf(key, { kind })}`, key, at, length };
    if (!amount.isExact && (op === '' || op === '='))
      return { message: `${key} needs a comparison, such as ${key}:>${text.slice(op.length)}`, key, at, length };
    bounds.push({ op: op === '' ? '=' : (op as Comparison), value });
  }
  return { kind: 'bounds', key, not, bounds };
}

/** The query with its days as times of UTC, for whoever reads them by another clock or later; what names none stays as it is written. */
export function inUtc(list: QueryList, text: string, clock: QueryClock): string {
  const { query } = parseQuery(list, text, clock);
  const namesDays = (term: Term): boolean =>
    term.kind === 'bounds' &&
    (queryKey(list, term.key)?.kind === 'time' || term.bounds.some((bound) => !('op' in bound)));
  return query?.terms.some(namesDays) === true ? printQuery(query) : text;
}

function exampleOf(key: string, { kind, words }: Pick<QueryKey, 'kind' | 'words'>): string {
  const example = words?.[0] ?? amountOf(kind)?.example ?? (kind === 'label' ? 'team=web' : 'NAME');
  return `such as ${key}:${example}`;
}
