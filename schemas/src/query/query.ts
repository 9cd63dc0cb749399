// What a query says, once it is read: every term must hold.

import type { Period } from './days.js';
import type { QueryList } from './keys.js';

export type Comparison = '<' | '<=' | '=' | '>=' | '>';

/** In the unit of its key: a count, millionths of a currency, or milliseconds. */
export interface Bound {
  readonly op: Comparison;
  readonly value: number;
}

/** A figure against another, or a moment within a period. */
export type Test = Bound | Period;

/** Any of its words, or of its bounds, is enough; `not` turns that round. */
export type Term =
  | { readonly kind: 'text'; readonly not: boolean; readonly text: string }
  | { readonly kind: 'words'; readonly not: boolean; readonly key: string; readonly words: readonly string[] }
  | { readonly kind: 'bounds'; readonly not: boolean; readonly key: string; readonly bounds: readonly Test[] };

export interface Query {
  readonly list: QueryList;
  readonly terms: readonly Term[];
}

/** Where in the text it is wrong, in UTF-16 units. */
export interface QueryError {
  readonly message: string;
  readonly at: number;
  readonly length: number;
  /** The key that is wrong, or whose value is. */
  readonly key?: string;
  /** What may have been meant. */
  readonly nearest?: string;
}

export const QUERY_LIMITS = { chars: 1_024, terms: 32, values: 64 } as const;
