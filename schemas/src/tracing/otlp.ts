// Sends spans by OTLP over HTTP with OpenTelemetry's own SDK, which reads its other settings (headers, time-outs, batches, sampling) from the
// environment. What cannot be delivered is dropped: the SDK keeps a bounded number of spans and never holds anything up.

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { SpanKind as Kind, ROOT_CONTEXT, type Tracer as SdkTracer, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type IdGenerator, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { ATTRIBUTE } from '../span-names.js';
import { type FinishedSpan, type SpanKind, type Tracer, traceContext, traceparentOf } from '../trace.js';
import type { TracerOptions } from './tracer.js';

const KINDS: Readonly<Record<SpanKind, Kind>> = {
  internal: Kind.INTERNAL,
  server: Kind.SERVER,
  client: Kind.CLIENT,
  producer: Kind.PRODUCER,
  consumer: Kind.CONSUMER,
};
const SAMPLED = 1;
/** What is left is worth no longer wait at the end. */
const CLOSE_MS = 300;

/** Hands out the ids of the span that is being recorded: it has them since it began. */
class GivenIds implements IdGenerator {
  next = { traceId: '', spanId: '' };
  readonly generateTraceId = () => this.next.traceId;
  readonly generateSpanId = () => this.next.spanId;
}

export class OtlpTracer implements Tracer {
  readonly #ids = new GivenIds();
  readonly #provider: NodeTracerProvider;
  readonly #tracer: SdkTracer;

  constructor(service: string, { version, onFailed }: TracerOptions) {
    const exporter = new OTLPTraceExporter();
    let isFailing = false;
    this.#provider = new NodeTracerProvider({
      idGenerator: this.#ids,
      resource: resourceFromAttributes({ 'service.name': service, 'service.version': version }),
      spanProcessors: [
        new BatchSpanProcessor({
          export: (spans, done) =>
            exporter.export(spans, (result) => {
              const { error } = result;
              if (error !== undefined && !isFailing) onFailed(error);
              isFailing = error !== undefined;
              done(result);
            }),
          forceFlush: () => exporter.forceFlush(),
          shutdown: () => exporter.shutdown(),
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer('agentcom', version);
  }

  begin(parent: string | undefined): string {
    const { traceId = randomBytes(16).toString('hex'), flags = SAMPLED } = traceContext(parent) ?? {};
    return traceparentOf({ traceId, spanId: randomBytes(8).toString('hex'), flags });
  }

  record({ name, kind, traceparent, parent, startMs, endMs, attributes, error }: FinishedSpan): void {
    const own = traceContext(traceparent);
    if (own === undefined) return;
    this.#ids.next = own;
    const above = traceContext(parent);
    const context =
      above === undefined
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, {
            traceId: above.traceId,
            spanId: above.spanId,
            traceFlags: above.flags,
            isRemote: true,
          });
    const span = this.#tracer.startSpan(name, { kind: KINDS[kind], startTime: startMs }, context);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) span.setAttribute(key, value);
    if (error !== undefined) span.setAttribute(ATTRIBUTE.errorType, error).setStatus({ code: SpanStatusCode.ERROR });
    span.end(endMs);
  }

  async close(): Promise<void> {
    await Promise.race([this.#provider.shutdown(), delay(CLOSE_MS, undefined, { ref: false })]);
  }
}
