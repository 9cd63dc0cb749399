// Pages of lists.

import * as Type from 'typebox';
import { LIMITS } from './limits.js';
import { closed, integer, line } from './primitives.js';

/** What is said of a cursor that cannot be one. */
export const mustBeCursor = 'the cursor from the previous page';

/** How many items are asked for. */
export const limit = Type.Optional(integer(1, LIMITS.pageItems));

/** What must match: `ops/docs/queries.md`. */
export const Query = Type.Optional(line(LIMITS.queryChars));
/** The order that a list comes in. */
export const Sort = Type.Optional(
  Type.String({ pattern: '^-?[a-z]{1,32}$', mustBe: 'a column, or - and a column for the other way round' }),
);

export const NextCursor = Type.Union([Type.String(), Type.Null()], { mustBe: 'a cursor, or null at the end' });

export function page<Item extends Parameters<typeof Type.Array>[0]>(item: Item) {
  return closed({ items: Type.Array(item), nextCursor: NextCursor });
}
