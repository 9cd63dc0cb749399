// Whether something is what a query asks for. Whoever calls says what the thing has; an unknown figure matches no comparison.

import type { Period } from './days.js';
import { type QueryKey, queryKey } from './keys.js';
import type { Bound, Query, Term } from './query.js';

export interface Facts<Thing> {
  /** None where it has none. Labels come as `name=value`. */
  readonly words: (thing: Thing, key: string) => readonly string[];
  /** In the unit of the key; one of the kind `since` is up to `now`, ms. */
  readonly amount: (thing: Thing, key: string, now: number) => number | undefined;
  /** What free text is looked for in. */
  readonly text: (thing: Thing) => string;
}

export type Matches<Thing> = (thing: Thing, now: number) => boolean;

export function matcherOf<Thing>({ list, terms }: Query, facts: Facts<Thing>): Matches<Thing> {
  const tests = terms.map((term) => {
    const holds = testOf(term, term.kind === 'text' ? undefined : queryKey(list, term.key), facts);
    return term.not ? (thing: Thing, now: number) => !holds(thing, now) : holds;
  });
  return (thing, now) => tests.every((holds) => holds(thing, now));
}

/** Whether it can match later what it does not match now, or no longer match it, although nothing has changed. */
export function dependsOnTime({ list, terms }: Query): boolean {
  return terms.some(
    (term) =>
      term.kind === 'bounds' &&
      ['duration', 'since'].includes(queryKey(list, term.key)?.kind ?? '') &&
      term.bounds.some((bound) => 'op' in bound),
  );
}

function testOf<Thing>(term: Term, key: QueryKey | undefined, facts: Facts<Thing>): Matches<Thing> {
  if (term.kind === 'text') {
    const wanted = term.text.toLowerCase();
    return (thing) => facts.text(thing).toLowerCase().includes(wanted);
  }
  if (term.kind === 'words') {
    const tests = term.words.map((word) => wordTest(key?.kind, word));
    return (thing) => {
      const words = facts.words(thing, term.key);
      return words.some((word) => tests.some((holds) => holds(word)));
    };
  }
  const isSince = key?.kind === 'since';
  return (thing, now) => {
    const value = facts.amount(thing, term.key, now);
    if (value === undefined) return false;
    return term.bounds.some((bound) =>
      'op' in bound ? isWithin(value, bound) : isDuring(isSince ? now - value : value, bound),
    );
  };
}

function wordTest(kind: QueryKey['kind'] | undefined, wanted: string): (word: string) => boolean {
  const lower = wanted.toLowerCase();
  if (kind === 'part') return lower === '*' ? () => true : (word) => word.toLowerCase().includes(lower);
  if (kind === 'label' && !wanted.includes('=')) return nameTest(`${lower}=*`);
  return nameTest(lower);
}

/** `*` stands for any text. */
function nameTest(lower: string): (word: string) => boolean {
  const parts = lower.split('*');
  const [first = ''] = parts;
  if (parts.length === 1) return (word) => word.toLowerCase() === lower;
  const last = parts.at(-1) as string;
  const inner = parts.slice(1, -1);
  return (given) => {
    const word = given.toLowerCase();
    if (word.length < first.length + last.length || !word.startsWith(first) || !word.endsWith(last)) return false;
    let at = first.length;
    for (const part of inner) {
      const found = word.indexOf(part, at);
      if (found < 0 || found + part.length > word.length - last.length) return false;
      at = found + part.length;
    }
    return true;
  };
}

function isDuring(at: number, { from = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY }: Period): boolean {
  return at >= from && at < until;
}

function isWithin(value: number, { op, value: limit }: Bound): boolean {
  if (op === '=') return value === limit;
  if (op === '<') return value < limit;
  if (op === '<=') return value <= limit;
  return op === '>' ? value > limit : value >= limit;
}
