import { type Context, context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { WorkflowClientInterceptor } from '@temporalio/client';

/** Where traces go, and how many. */
export interface TracingSettings {
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  OTEL_TRACES_SAMPLER_ARG: number;
}

/** Traces of this process are being made. */
export interface Tracing {
  /** Takes the spans that workflows end, which their sandbox hands out. */
  processor: SpanProcessor;
  resource: Resource;
  /** Sends what has not been sent yet. */
  stop: () => Promise<void>;
}

const tracer = trace.getTracer('longshore');

let clientInterceptors: WorkflowClientInterceptor[] = [];
let suppress: ((of: Context) => Context) | null = null;

/**
 * Starts to make traces (OpenTelemetry) and to send them, as OTLP over HTTP. Without an endpoint nothing is made, and the packages
 * that would make it are not even loaded. Call it before the first client of Temporal is made.
 *
 * @param exporter takes the spans in the place of an endpoint
 * @returns null when traces are off
 */
export async function startTracing(
  service: string,
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: ratio }: TracingSettings,
  exporter?: SpanExporter,
): Promise<Tracing | null> {
  if (endpoint === undefined && exporter === undefined) return null;
  const [sdk, { suppressTracing }, resources, { OpenTelemetryWorkflowClientInterceptor }] = await Promise.all(
    [
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/core'),
      import('@opentelemetry/resources'),
      import('@temporalio/interceptors-opentelemetry/lib/client/index.js'),
    ],
  );
  const processor =
    exporter === undefined
      ? new sdk.BatchSpanProcessor(await createOtlpExporter(endpoint ?? ''))
      : new sdk.SimpleSpanProcessor(exporter);
  const resource = new resources.Resource({ 'service.name': service, 'service.namespace': 'longshore' });
  const provider = new sdk.NodeTracerProvider({
    resource,
    // Whoever calls with a trace of their own has decided for it.
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [processor],
  });
  provider.register();
  suppress = suppressTracing;
  clientInterceptors = [new OpenTelemetryWorkflowClientInterceptor()];
  return {
    processor,
    resource,
    async stop() {
      clientInterceptors = [];
      suppress = null;
      await provider.shutdown();
    },
  };
}

async function createOtlpExporter(endpoint: string): Promise<SpanExporter> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  return new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
}

/** What clients of Temporal need, so that a trace goes on in the workflows that they start; nothing when traces are off. */
export function tracingInterceptors(): readonly WorkflowClientInterceptor[] {
  return clientInterceptors;
}

/** For a line of the log: the trace that it belongs to, if any. */
export function traceIds(): { trace_id?: string; span_id?: string } {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
}

/** Does something that is no part of the trace in which it was thought of, and that begins none: what serves many. */
export function outsideTrace<T>(work: () => T): T {
  return suppress === null ? work() : context.with(suppress(context.active()), work);
}

/** @param parent where it belongs; as a rule what is active */
export function startServerSpan(name: string, parent: Context): Span {
  return tracer.startSpan(name, { kind: SpanKind.SERVER }, parent);
}

/** A call to the database as part of the trace at hand. @returns null where there is none */
export function startDatabaseSpan(name: string, attributes: Record<string, string>): Span | null {
  if (trace.getActiveSpan() === undefined) return null;
  return tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes });
}

/** Does a part of what is being traced, as a span of its own; where nothing is being traced, it is just done. */
export async function inSpan<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (trace.getActiveSpan() === undefined) return await work();
  return await tracer.startActiveSpan(name, async (span) => {
    try {
      const result = await work();
      span.end();
      return result;
    } catch (error) {
      endFailedSpan(span, undefined);
      throw error;
    }
  });
}

/**
 * Ends a span that failed. Of the error only its code is told: messages of the database hold values of rows.
 *
 * @param code undefined where there is none
 */
export function endFailedSpan(span: Span, code: string | undefined): void {
  span.setAttribute('error.type', code ?? 'error');
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
