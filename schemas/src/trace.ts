// Traces as hub and sidecar make them: contexts as `traceparent` texts of W3C Trace Context, and spans as plain data once they are over.

import * as Type from 'typebox';

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

export const Traceparent = Type.String({ pattern: TRACEPARENT.source, mustBe: 'a traceparent of version 00' });

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export interface FinishedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  /** Its own context. */
  readonly traceparent: string;
  /** Of the span that it belongs under; undefined for the first of a trace. */
  readonly parent: string | undefined;
  /** Wall time, ms. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean | undefined>>;
  /** The code of what went wrong. */
  readonly error?: string | undefined;
}

/** Where spans go. There is none while traces are off. */
export interface Tracer {
  /** A context for a span that begins now: in the trace of `parent`, or in a new one. */
  begin(parent: string | undefined): string;
  record(span: FinishedSpan): void;
  /** Sends what has not been sent. */
  close(): Promise<void>;
}

export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

/** Undefined for what is none, of another version, or has an id of zeros. */
export function traceContext(traceparent: unknown): TraceContext | undefined {
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** Odd, so that different ids and numbers stay different; two of them, so that a child's child is nobody above it. */
const MIX = 0xbf58476d1ce4e5b9n;
const SPREAD = 0x9e3779b97f4a7c55n;
const ID_MAX = 0xffffffffffffffffn;

/** The `number`-th span under that of `traceparent`: the same to whoever asks, so that nobody has to remember or send it. `number` is from 1. */
export function childTraceparent(traceparent: string, number: number): string {
  const context = traceContext(traceparent);
  if (context === undefined) throw new RangeError('not a traceparent');
  const id = ((BigInt(`0x${context.spanId}`) * MIX) ^ (BigInt(number) * SPREAD)) & ID_MAX;
  const spanId = (id === 0n ? 1n : id).toString(16).padStart(16, '0');
  return traceparentOf({ ...context, spanId });
}

export function traceparentOf({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
}
