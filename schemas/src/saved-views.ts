// Views of the list of tasks that somebody has saved: a query and an order under a name, for whoever saved it or for the organisation.

import * as Type from 'typebox';
import { LIMITS } from './limits.js';
import { limit, mustBeCursor, page, Query, Sort } from './pages.js';
import { closed, type Data, line, lineOrNone, TaskId, Timestamp } from './primitives.js';

const name = line(LIMITS.savedViewNameChars);

/** The columns that the page shows; the usual ones without. */
const Cols = Type.Optional(
  Type.String({
    pattern: '^(?:[a-z]{1,32}(?:,[a-z]{1,32}){0,31})?$',
    maxLength: LIMITS.savedViewColsChars,
    mustBe: 'names of columns with commas between them',
  }),
);

/** `shared`: everybody of the organisation sees it. */
export const SavedViewBody = closed({ name, q: Query, sort: Sort, cols: Cols, shared: Type.Optional(Type.Boolean()) });
export type SavedViewBody = Data<typeof SavedViewBody>;

/** What is absent stays as it is. */
export const SavedViewPatch = closed({
  name: Type.Optional(name),
  q: Type.Optional(lineOrNone(LIMITS.queryChars)),
  sort: Type.Optional(
    Type.String({
      pattern: '^(?:-?[a-z]{1,32})?$',
      mustBe: 'a column, - and a column for the other way round, or empty for none',
    }),
  ),
  cols: Cols,
  shared: Type.Optional(Type.Boolean()),
});
export type SavedViewPatch = Data<typeof SavedViewPatch>;

export const SavedView = closed({
  id: Type.String(),
  name: Type.String(),
  q: Type.Optional(Type.String()),
  sort: Type.Optional(Type.String()),
  cols: Type.Optional(Type.String()),
  shared: Type.Boolean(),
  by: Type.String(),
  /** Whether whoever asks may change it. */
  mayChange: Type.Boolean(),
  createdAt: Timestamp,
});
export type SavedView = Data<typeof SavedView>;
export const SavedViewPage = page(SavedView);
export type SavedViewPage = Data<typeof SavedViewPage>;

export const SavedViewListQuery = closed({
  limit,
  cursor: Type.Optional(Type.String({ ...TaskId, mustBe: mustBeCursor })),
});
export type SavedViewListQuery = Data<typeof SavedViewListQuery>;

export const SavedViewPath = closed({
  id: Type.String({ ...TaskId, mustBe: 'the id of a saved view: a UUID of version 7 in lower case' }),
});
