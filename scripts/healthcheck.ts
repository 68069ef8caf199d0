// The health check of a container: asks the process in it whether it is ready. Exit code 0 when it is.
// A worker answers on READINESS_PORT, the API on PORT.

const { READINESS_PORT = '', PORT = '' } = process.env;
const port = READINESS_PORT === '' ? PORT || '3000' : READINESS_PORT;
/** Below the time that the container gives the check. */
const TIMEOUT_MS = 4_000;

try {
  const response = await fetch(`http://127.0.0.1:${port}/health/ready`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // Kept with the container's state, where an operator finds it.
  console.log(await response.text());
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  const { message, cause } = error as Error;
  console.error(cause instanceof Error ? cause.message : message);
  process.exitCode = 1;
}
