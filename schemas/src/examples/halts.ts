// Examples of what the routes about halts take and answer.

import type * as halts from '../halts.js';
import { type Examples, faulty, LATER, NOON, TASK } from './example.js';

const scope: halts.HaltScope = { kind: 'label', value: 'team=roof' };
const body: halts.HaltBody = { scope, strength: 'running', reason: 'moving house', until: LATER };
const halt: halts.HaltView = { id: TASK, ...body, by: `key:${TASK}`, since: NOON };
const list: halts.HaltListQuery = { limit: 1, cursor: TASK };

export const haltExamples = {
  HaltScope: {
    valid: [scope, { kind: 'fleet' }],
    invalid: faulty(scope, [
      ['/kind', { kind: 'team' }],
      ['/value', { value: '' }],
    ]),
  } satisfies Examples<halts.HaltScope>,
  HaltBody: {
    valid: [body, { scope: { kind: 'fleet' }, strength: 'new', reason: 'moving house' }],
    invalid: faulty(body, [
      ['/scope', { scope: undefined }],
      ['/scope/kind', { scope: { kind: 'team' } }],
      ['/strength', { strength: 'gently' }],
      ['/reason', { reason: ' ' }],
      ['/until', { until: 'soon' }],
    ]),
  } satisfies Examples<halts.HaltBody>,
  HaltView: {
    valid: [halt],
    invalid: faulty(halt, [['/since', { since: 'soon' }]]),
  } satisfies Examples<halts.HaltView>,
  HaltReach: {
    valid: [{ running: 1, pending: 2 }, { running: 0 }, { running: 0, pending: 0, unknown: true }],
    invalid: faulty({ running: 1 }, [
      ['/running', { running: undefined }],
      ['/unknown', { unknown: false }],
    ]),
  } satisfies Examples<halts.HaltReach>,
  MadeHalt: {
    valid: [
      { ...halt, running: 1, pending: 2 },
      { ...halt, running: 0, unknown: true },
    ],
    invalid: faulty({ ...halt, running: 0 }, [
      ['/running', { running: undefined }],
      ['/pending', { pending: -1 }],
    ]),
  } satisfies Examples<halts.MadeHalt>,
  HaltPage: {
    valid: [{ items: [halt], nextCursor: null }],
    invalid: [{ path: '/nextCursor', value: { items: [halt] } }],
  } satisfies Examples<halts.HaltPage>,
  HaltListQuery: {
    valid: [list, {}],
    invalid: faulty(list, [['/cursor', { cursor: 'first' }]]),
  } satisfies Examples<halts.HaltListQuery>,
};
