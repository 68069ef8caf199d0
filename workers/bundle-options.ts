import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type LogLevel } from '@temporalio/worker';

const WORKFLOWS = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

/**
 * Bundles the workflows.
 *
 * @param isTraced with what makes spans in the workflows' sandbox. It stays out otherwise: workflows then decide exactly as they
 *   are written, and their sandbox is half the size
 */
export async function bundleWorkflows(isTraced: boolean, logLevel: LogLevel): Promise<{ code: string }> {
  return await bundleWorkflowCode({
    workflowsPath: WORKFLOWS,
    // Loaded once for all workflows of a worker, instead of anew for each: loading took as long as an order's own decisions.
    // That is right as long as no module of theirs keeps anything from one workflow to the next, which the SDK prevents in part (what
    // is exported is frozen) and ESLint in part.
    preloadModules: ['@temporalio/workflow', WORKFLOWS],
    ...(isTraced ? { workflowInterceptorModules: [tracingModule()] } : {}),
    logger: new DefaultLogger(logLevel),
  });
}

function tracingModule(): string {
  const require = createRequire(import.meta.url);
  return require.resolve('@temporalio/interceptors-opentelemetry/lib/workflow-interceptors.js');
}
