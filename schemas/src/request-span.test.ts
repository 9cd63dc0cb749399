import { expect, test } from 'vitest';
import { beginRequest } from './request-span.js';
import { childTraceparent, type FinishedSpan, type Tracer } from './trace.js';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const OWN = childTraceparent(PARENT, 1);

function recording() {
  const spans: FinishedSpan[] = [];
  const tracer: Tracer = { begin: () => OWN, record: (span) => void spans.push(span), close: async () => undefined };
  return { spans, tracer };
}

test('a request carries its own span, and its answer ends that once', () => {
  const { spans, tracer } = recording();
  const url = 'https://hooks.example.org/secret-token?key=hidden';
  let now = 5;
  const span = beginRequest(tracer, { method: 'POST', url, parent: PARENT }, () => now);
  expect(span.headers).toEqual({ traceparent: OWN });
  now = 9;
  span.end(204);
  span.end('closed');
  expect(spans).toEqual([
    {
      ...{ name: 'POST', kind: 'client', traceparent: OWN, parent: PARENT, startMs: 5, endMs: 9, error: undefined },
      attributes: {
        'http.request.method': 'POST',
        'server.address': 'hooks.example.org',
        'http.response.status_code': 204,
      },
    },
  ]);
});

test.each([
  [500, '500'],
  ['unreachable', 'unreachable'],
] as const)('one that came to %s is an error', (outcome, error) => {
  const { spans, tracer } = recording();
  beginRequest(tracer, { method: 'GET', url: 'http://a', parent: undefined }).end(outcome);
  expect(spans).toMatchObject([{ error }]);
});

test('off, a request carries nothing', () => {
  const span = beginRequest(undefined, { method: 'GET', url: 'http://a', parent: PARENT });
  span.end(200);
  expect(span.headers).toEqual({});
});
