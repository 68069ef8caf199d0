import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import type { OpenTelemetrySinks } from '@temporalio/interceptors-opentelemetry/lib/workflow/definitions.js';
import type { Tracing } from '../platform/tracing.ts';

/** What a worker needs to go on with the traces that come to it. */
export interface WorkTracing {
  activity: ActivityInterceptorsFactory[];
  sinks: InjectedSinks<OpenTelemetrySinks> | undefined;
}

/**
 * Traces activities, and takes the spans of workflows out of their sandbox, which needs the bundle that is made for it
 * (bundle-workflows.ts).
 *
 * @param tracing null where traces are off: then nothing of it is loaded
 */
export async function traceWork(tracing: Tracing | null): Promise<WorkTracing> {
  if (tracing === null) return { activity: [], sinks: undefined };
  const otel = await import('@temporalio/interceptors-opentelemetry/lib/worker/index.js');
  return {
    activity: [
      (ctx) => ({
        inbound: new otel.OpenTelemetryActivityInboundInterceptor(ctx),
        outbound: new otel.OpenTelemetryActivityOutboundInterceptor(ctx),
      }),
    ],
    sinks: { exporter: otel.makeWorkflowExporter(tracing.processor, tracing.resource) },
  };
}
