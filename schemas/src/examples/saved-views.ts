// Examples of what the routes about saved views take and answer.

import type * as views from '../saved-views.js';
import { type Examples, faulty, NOON, TASK } from './example.js';

const body: views.SavedViewBody = {
  name: 'Blocked',
  q: 'state:blocked repo:api',
  sort: '-age',
  cols: 'title,lane',
  shared: true,
};
const view: views.SavedView = { id: TASK, ...body, shared: true, by: `key:${TASK}`, mayChange: true, createdAt: NOON };
const wrong = [
  ['/name', { name: ' ' }],
  ['/q', { q: 1 }],
  ['/cols', { cols: 'Title; lane' }],
  ['/shared', { shared: 'yes' }],
] as const;

export const savedViewExamples = {
  SavedViewBody: {
    valid: [body, { name: 'All' }],
    invalid: faulty(body, [...wrong, ['/name', { name: undefined }]]),
  } satisfies Examples<views.SavedViewBody>,
  SavedViewPatch: {
    valid: [{ name: 'Mine' }, {}, { q: '', sort: '', cols: '' }],
    invalid: faulty({}, [...wrong]),
  } satisfies Examples<views.SavedViewPatch>,
  SavedView: {
    valid: [view],
    invalid: faulty(view, [['/createdAt', { createdAt: 'soon' }]]),
  } satisfies Examples<views.SavedView>,
  SavedViewPage: {
    valid: [{ items: [view], nextCursor: null }],
    invalid: [{ path: '/nextCursor', value: { items: [view] } }],
  } satisfies Examples<views.SavedViewPage>,
  SavedViewListQuery: {
    valid: [{ limit: 1, cursor: TASK }, {}],
    invalid: faulty({ limit: 1 }, [['/cursor', { cursor: 'first' }]]),
  } satisfies Examples<views.SavedViewListQuery>,
};
