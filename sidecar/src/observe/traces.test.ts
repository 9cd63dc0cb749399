import { childTraceparent, type FinishedSpan } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { BLANK_JOB } from '../core/blank.js';
import { task } from '../core/fixture.js';
import type { Job, RequestFrame } from '../core/job-model.js';
import { JobTraces } from './traces.js';

const OFFER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const ATTEMPT = childTraceparent(OFFER, 1);

const runner = { kind: 'claude', model: null } as const;
const taken: Job = { ...BLANK_JOB, task: task(), generation: 3, traceparent: OFFER, phase: 'running', runner };

function tracing() {
  const spans: FinishedSpan[] = [];
  let last = 1_000;
  const begin = (parent = OFFER) => childTraceparent(parent, ++last);
  const tracer = { begin, record: (span: FinishedSpan) => void spans.push(span), close: async () => undefined };
  let now = 0;
  return { spans, traces: new JobTraces({ tracer, now: () => ++now }) };
}

test('a turn lies under its attempt, with what that turn has used', () => {
  const { spans, traces } = tracing();
  const before = { ...taken, usage: { inputTokens: 10 } };
  const after = { ...before, phase: 'checking', usage: { inputTokens: 15 } } as const;
  traces.changed(null, before);
  traces.changed(before, after);
  traces.changed(after, null);
  expect(spans.map(({ name, parent }) => [name, parent])).toEqual([
    ['invoke_agent claude', ATTEMPT],
    ['checking', ATTEMPT],
    ['attempt', OFFER],
  ]);
  expect(spans[0]?.attributes).toMatchObject({ 'gen_ai.usage.input_tokens': 5 });
  expect(spans[2]).toMatchObject({ traceparent: ATTEMPT, startMs: 1, endMs: 3 });
});

test('reports go with the span that they are sent under, but progress and other attempts do not', () => {
  const { traces } = tracing();
  traces.changed(null, taken);
  const sent: RequestFrame[] = [];
  const link = traces.onLink({ request: (frame) => void sent.push(frame) });
  const attempt = { task: taken.task.id, generation: 3 };
  for (const frame of [
    { type: 'task.accept', ...attempt },
    { type: 'task.accept', ...attempt, generation: 2 },
    { type: 'task.progress', ...attempt, seq: 1 },
  ] as const) {
    link.request(frame, () => undefined);
  }
  expect(sent.map((frame) => frame.traceparent)).toEqual([childTraceparent(ATTEMPT, 1_001), undefined, undefined]);
});

test('a job that the hub does not trace gives nothing', () => {
  const { spans, traces } = tracing();
  const { traceparent: _traceparent, ...untraced } = taken;
  traces.changed(null, untraced);
  traces.changed(untraced, null);
  expect(spans).toEqual([]);
});
