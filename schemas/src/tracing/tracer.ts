// Traces are off unless the environment says where they go, as every program with OpenTelemetry has it. Off, none of it is loaded.

import type { Tracer } from '../trace.js';

export interface TracerOptions {
  /** What it is called unless OTEL_SERVICE_NAME says otherwise. */
  readonly service: string;
  readonly version: string;
  /** Told once when spans cannot be delivered, and again after they could. */
  readonly onFailed: (error: unknown) => void;
}

/** By the environment of this process: undefined while traces are off. */
export async function openTracer(
  env: Readonly<Record<string, string | undefined>>,
  options: TracerOptions,
): Promise<Tracer | undefined> {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT ?? '';
  if (endpoint === '' || env.OTEL_SDK_DISABLED === 'true') return undefined;
  const { OtlpTracer } = await import('./otlp.js');
  return new OtlpTracer(env.OTEL_SERVICE_NAME || options.service, options);
}
