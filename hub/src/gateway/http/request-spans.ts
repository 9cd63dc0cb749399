// A span for each request, in the trace that its problem document and the log name.

import { ATTRIBUTE, type Tracer, traceContext, traceparentOf } from '@agentcom/schemas';
import type { FastifyRequest } from 'fastify';

interface Begun {
  readonly traceparent: string;
  readonly parent: string | undefined;
  readonly startMs: number;
}

export class RequestSpans {
  readonly #begun = new WeakMap<FastifyRequest, Begun>();

  /** @param now  wall time, ms */
  constructor(
    private readonly tracer: Tracer,
    private readonly now: () => number,
  ) {}

  begin(request: FastifyRequest): void {
    const { traceparent: given } = request.headers;
    const parent = typeof given === 'string' && traceContext(given) !== undefined ? given : undefined;
    const own = traceContext(this.tracer.begin(parent));
    if (own === undefined) return;
    const traceparent = traceparentOf({ ...own, traceId: request.id });
    this.#begun.set(request, { traceparent, parent, startMs: this.now() });
  }

  of(request: FastifyRequest): string | undefined {
    return this.#begun.get(request)?.traceparent;
  }

  /** `route` is the pattern, with no value of the path in it. */
  end(request: FastifyRequest, route: string, status: number): void {
    const begun = this.#begun.get(request);
    if (begun === undefined) return;
    this.tracer.record({
      ...begun,
      name: `${request.method} ${route}`,
      kind: 'server',
      endMs: this.now(),
      attributes: {
        [ATTRIBUTE.requestMethod]: request.method,
        [ATTRIBUTE.route]: route,
        [ATTRIBUTE.responseStatus]: status,
      },
      ...(status >= 500 && { error: String(status) }),
    });
  }
}
