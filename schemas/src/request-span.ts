// A request that hub or sidecar makes of somebody else, as a span that its answer ends; the trace goes with it as a `traceparent` header.

import { ATTRIBUTE } from './span-names.js';
import type { Tracer } from './trace.js';

interface MadeRequest {
  readonly method: string;
  readonly url: string;
  /** The span it belongs under; without one it begins a trace. */
  readonly parent: string | undefined;
}

interface RequestSpan {
  /** None while traces are off. */
  readonly headers: Readonly<Record<string, string>>;
  /** With the status of the answer, or a word for what went wrong before there was one. Only the first call counts. */
  end(outcome: number | string): void;
}

const UNTRACED: RequestSpan = { headers: {}, end: () => undefined };

/** @param now  wall time, ms */
export function beginRequest(
  tracer: Tracer | undefined,
  { method, url, parent }: MadeRequest,
  now: () => number = Date.now,
): RequestSpan {
  if (tracer === undefined) return UNTRACED;
  const traceparent = tracer.begin(parent);
  const startMs = now();
  let isOver = false;
  return {
    headers: { traceparent },
    end: (outcome) => {
      if (isOver) return;
      isOver = true;
      const status = typeof outcome === 'number' ? outcome : undefined;
      tracer.record({
        name: method,
        kind: 'client',
        traceparent,
        parent,
        startMs,
        endMs: now(),
        attributes: {
          [ATTRIBUTE.requestMethod]: method,
          // Never more of the address: tokens are in paths.
          [ATTRIBUTE.serverAddress]: new URL(url).hostname,
          [ATTRIBUTE.responseStatus]: status,
        },
        error: status === undefined || status >= 400 ? String(outcome) : undefined,
      });
    },
  };
}
