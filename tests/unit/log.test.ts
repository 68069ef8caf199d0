import { describe, expect, test } from 'vitest';
import { ROOT, runNode } from '../support/run-node.ts';

const JOB = '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11';

/** The lines that a process writes which runs this with `log`. */
async function linesOf(code: string): Promise<Record<string, unknown>[]> {
  const program = `import { createLog } from './platform/log.ts'; const log = createLog('parse-worker', 'info'); ${code}`;
  const { stdout, stderr } = await runNode(['--input-type=module', '--eval', program], { cwd: ROOT });
  expect(stdout).toBe('');
  const lines = stderr.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a line of the log', () => {
  test('has service and level, and names its job, whether that or its workflow is known', async () => {
    const lines = await linesOf(`
      log.info({ event: 'x', jobId: '${JOB}' }, 'by id');
      log.warn({ event: 'x', workflowId: 'import-${JOB}' }, 'by workflow');
      log.error({ event: 'x', workflow_id: 'bulk-delete-${JOB}' }, 'by workflow');
      log.info({ event: 'x', workflowId: 'webhook-${JOB}' }, 'of no job');
    `);
    const ofJob = { service: 'parse-worker', event: 'x', import_job_id: JOB, correlation_id: JOB };
    expect(lines).toMatchObject([
      { ...ofJob, level: 'info', message: 'by id' },
      { ...ofJob, level: 'warn', message: 'by workflow' },
      { ...ofJob, level: 'error', message: 'by workflow' },
      { service: 'parse-worker', level: 'info', message: 'of no job' },
    ]);
    expect(lines[3]).not.toHaveProperty('import_job_id');
  });

  test('of a request keeps the id of the request, also where it names a job', async () => {
    const [line] = await linesOf(
      `log.child({ correlation_id: 'r' }).info({ event: 'x', import_job_id: '${JOB}' }, 'accepted');`,
    );
    expect(line).toMatchObject({ correlation_id: 'r', import_job_id: JOB });
  });

  test('has neither secrets nor the values of a row that the database refused', async () => {
    const [line] = await linesOf(`
      const err = Object.assign(new Error('refused'), { detail: 'Failing row contains (ada@example.com)', where: 'COPY x: "ada@example.com"' });
      log.warn({ event: 'x', err, token: 'tell-nobody' }, 'an attempt failed');
    `);
    expect(line).toMatchObject({ err: { message: 'refused', detail: '[redacted]' } });
    expect(JSON.stringify(line)).not.toMatch(/ada@|tell-nobody/);
  });
});
