// What may come next in a query that is being typed: keys, and the values of the key that the cursor is at.

import { similarTo } from '../similar.js';
import { amountOf } from './amounts.js';
import { DAY_WORDS } from './days.js';
import { keysOf, type QueryKey, type QueryList, queryKey } from './keys.js';
import { scan } from './scan.js';

export interface Completion {
  /** What it puts in place of the text between `from` and `to`. */
  readonly text: string;
  readonly help?: string;
}

export interface Completions {
  /** In UTF-16 units; the same where nothing is replaced. */
  readonly from: number;
  readonly to: number;
  readonly options: readonly Completion[];
}

const OPTIONS_MAX = 20;

/** `known` are values that the caller has seen, by key, such as the names of agents. */
export function completeQuery(
  list: QueryList,
  text: string,
  cursor: number,
  known: Readonly<Record<string, readonly string[]>> = {},
): Completions {
  const term = scan(text.slice(0, cursor)).at(-1);
  const isBehindIt = term === undefined || term.at + term.length < cursor;
  if (isBehindIt) return { from: cursor, to: cursor, options: keyOptions(list, '') };
  if (term.key === undefined) {
    const from = term.at + (term.not ? 1 : 0);
    const typed = text.slice(from, cursor);
    return { from, to: cursor, options: typed.includes('"') ? [] : keyOptions(list, typed) };
  }
  const name = term.key.text.toLowerCase();
  const key = queryKey(list, name);
  const value = term.values.at(-1);
  if (key === undefined || value === undefined) return { from: cursor, to: cursor, options: [] };
  return { from: value.at, to: cursor, options: valueOptions(key, value.text, known[name]) };
}

function keyOptions(list: QueryList, typed: string): Completion[] {
  return best(typed, keysOf(list)).map((key) => {
    const help = queryKey(list, key)?.help;
    return { text: `${key}:`, ...(help !== undefined && { help }) };
  });
}

function valueOptions({ words = [], kind }: QueryKey, typed: string, seen: readonly string[] = []): Completion[] {
  const days = amountOf(kind)?.hasPeriods === true ? DAY_WORDS : [];
  const all = kind === 'word' ? words : [...new Set([...seen, ...words, ...days])];
  return best(typed, all).map((word) => ({ text: /[\s",]/.test(word) ? `"${word.replace(/["\\]/g, '\\$&')}"` : word }));
}

/** Those that begin so, then those that have it somewhere, then those that may have been meant. */
function best(typed: string, words: readonly string[]): readonly string[] {
  const given = typed.toLowerCase();
  const lower = (word: string): string => word.toLowerCase();
  const begins = words.filter((word) => lower(word).startsWith(given));
  const has = words.filter((word) => !lower(word).startsWith(given) && lower(word).includes(given));
  const found = [...begins, ...has];
  return (found.length > 0 ? found : similarTo(typed, words)).slice(0, OPTIONS_MAX);
}
