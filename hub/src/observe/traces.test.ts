import { childTraceparent, type FinishedSpan, type Tracer } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import type { Change, TaskMoment } from '../core/change.js';
import { Traces } from './traces.js';

const SUBMISSION = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const REPORT = childTraceparent(SUBMISSION, 99);

function traced(events: readonly { readonly type: string }[], traceparent: string | undefined, commitMs = 5) {
  const spans: FinishedSpan[] = [];
  let last = 1_000;
  const tracer: Tracer = {
    begin: (parent = SUBMISSION) => childTraceparent(parent, ++last),
    record: (span) => void spans.push(span),
    close: async () => undefined,
  };
  const traces = new Traces({ tracer, now: () => 120, wall: () => 1_120 });
  traces.reported('t1', 2, REPORT);
  const task = { id: 't1', org: 'acme', generation: 2, agent: 'ada', traceparent } as TaskMoment;
  traces.changes({ changes: events.map((event) => ({ org: 'acme', at: 100, event, task }) as Change), commitMs });
  return spans;
}

test('an offer has the span that its frame names, with the append under it', () => {
  const [offer, append] = traced([{ type: 'task.assigned' }], SUBMISSION);
  const traceparent = childTraceparent(SUBMISSION, 2);
  expect(offer).toMatchObject({ name: 'task.assigned', traceparent, parent: SUBMISSION, startMs: 1_100, endMs: 1_120 });
  expect(append).toMatchObject({ name: 'append', parent: traceparent, startMs: 1_115, endMs: 1_120 });
});

test('what follows from a report lies under it, once; anything else under the offer', () => {
  const spans = traced([{ type: 'task.accepted' }, { type: 'task.blocked' }, { type: 'task.progressed' }], SUBMISSION);
  const parents = spans.filter(({ name }) => name !== 'append').map(({ name, parent }) => [name, parent]);
  expect(parents).toEqual([
    ['task.accepted', REPORT],
    ['task.blocked', childTraceparent(SUBMISSION, 2)],
  ]);
});

test('a task that is not traced, and what another hub appended, give nothing', () => {
  expect(traced([{ type: 'task.assigned' }], undefined)).toEqual([]);
  expect(traced([{ type: 'task.assigned' }], SUBMISSION, 0)).toEqual([]);
});
