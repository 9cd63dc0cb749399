// Traces of a real task through real processes, as an OTLP receiver gets them.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentTask } from '../support/agent-task.js';
import { startHub } from '../support/hub.js';
import { Origin } from '../support/origin.js';
import { OtlpReceiver } from '../support/otlp-receiver.js';
import { Sandbox } from '../support/sandbox.js';
import { Sidecar } from '../support/sidecar.js';
import { eventually } from '../support/wait.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';

const sandbox = new Sandbox();
const receiver = new OtlpReceiver();
let endpoint = '';

beforeAll(async () => {
  endpoint = await receiver.start();
});
afterAll(async () => {
  expect(await sandbox.close()).toEqual([]);
  await receiver.stop();
});

/** @param seen  before the sidecar is stopped: a task is completed for the hub before its sidecar has the answer */
async function runTask(name: string, env: Record<string, string>, seen?: () => Promise<unknown>): Promise<string> {
  const hub = await startHub(sandbox, { env, dataDir: sandbox.path(name) });
  const sidecar = await Sidecar.join(sandbox, hub.api, name, { env });
  const origin = await Origin.make(sandbox.path(`${name}.git`));
  const response = await fetch(`${hub.url}/api/v1/tasks`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${hub.key}`,
      'content-type': 'application/json',
      'idempotency-key': name,
      traceparent: `00-${TRACE}-${CALLER}-01`,
    },
    body: JSON.stringify({ title: 'A secret title', ...agentTask(sandbox, origin), verify: ['true'] }),
  });
  const { id } = (await response.json()) as { id: string };
  await hub.api.taskIn(id, ['completed']);
  await seen?.();
  await sidecar.child.stop();
  await hub.stop();
  return id;
}

describe('traces', () => {
  test('off, nothing is sent', async () => {
    await runTask('off', { OTEL_EXPORTER_OTLP_ENDPOINT: '' });
    expect(receiver.requests).toBe(0);
  });

  test('on, a task is one trace from the request to the report', async () => {
    const inTrace = () => receiver.spans.filter(({ traceId }) => traceId === TRACE);
    const one = (name: string) => {
      const found = inTrace().filter((span) => span.name === name);
      expect(found, name).toHaveLength(1);
      return found[0] as (typeof found)[number];
    };
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_SCHEDULE_DELAY: '100' };
    const task = await runTask('on', env, () =>
      eventually('the end of the trace', 30_000, async () => {
        const names = inTrace().map(({ name }) => name);
        if (names.includes('task.completed') && names.includes('attempt')) return true;
        throw new Error(names.join(', '));
      }),
    );

    const request = one('POST /api/v1/tasks');
    expect(request.parentSpanId).toBe(CALLER);
    expect(request.attributes).toMatchObject({ 'http.response.status_code': 201 });
    expect(one('task.submitted').parentSpanId).toBe(request.spanId);
    const offer = one('task.assigned');
    expect(offer.parentSpanId).toBe(request.spanId);
    expect(offer.attributes).toMatchObject({ 'messaging.message.id': task, 'agentcom.agent.id': 'on' });
    const attempt = one('attempt');
    expect(attempt).toMatchObject({ parentSpanId: offer.spanId, service: 'agentcom-sidecar' });
    for (const name of ['preparing', 'checking', 'verifying', 'pushing', 'invoke_agent command']) {
      expect(one(name).parentSpanId, name).toBe(attempt.spanId);
    }
    for (const [said, done] of [
      ['send task.accept', 'task.accepted'],
      ['send task.complete', 'task.completed'],
    ] as const) {
      expect(one(said).parentSpanId).toBe(attempt.spanId);
      expect(one(done)).toMatchObject({ parentSpanId: one(said).spanId, service: 'agentcom-hub' });
    }
    const ids = new Set([CALLER, ...inTrace().map(({ spanId }) => spanId)]);
    for (const span of inTrace()) expect(ids, span.name).toContain(span.parentSpanId);
    expect(ids.size).toBe(inTrace().length + 1);
    const appends = inTrace().filter(({ name }) => name === 'append');
    expect(appends.map(({ parentSpanId }) => parentSpanId)).toContain(one('task.completed').spanId);
    for (const secret of ['A secret title', 'work.txt', sandbox.path('on')])
      expect(receiver.text).not.toContain(secret);
  });
});
