// Run by temporal-binary.ts: has the SDK download the Temporal server into a folder.
//   node download-temporal.ts FOLDER VERSION
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [downloadDir, version] = process.argv.slice(2);
if (downloadDir === undefined || version === undefined)
  throw new Error('usage: download-temporal.ts FOLDER VERSION');
try {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir, version, ttl: '365 days' } },
  });
  await environment.teardown();
} catch (error) {
  let cause = error as Error;
  while (cause.cause instanceof Error) cause = cause.cause;
  // The SDK puts each cause behind the one before it; the last says what happened.
  console.error(cause.message.replaceAll('\n', ' ').split('): ').at(-1));
  process.exitCode = 1;
}
