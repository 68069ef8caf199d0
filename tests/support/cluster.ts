import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleForMany } from '../../scripts/stack/bundle-for-many.ts';
import { NoProgramError } from '../../scripts/stack/go-binary.ts';
import { resolveProductionTemporal } from '../../scripts/stack/production-temporal.ts';
import { SERVICES, severalOf } from '../../scripts/stack/services.ts';
import { S3_SERVER_MS, type S3Server, startS3Server } from './s3-server.ts';
import { type StackUnderTest, startStackUnderTest } from './stack-under-test.ts';

/** Everything from nothing but the builds of Go programs, on two cores that are shared. */
export const CLUSTER_START_MS = S3_SERVER_MS + 50 * 60_000;

/**
 * What a larger installation is made of: several of each of our processes, which share nothing but PostgreSQL, a production
 * Temporal server on PostgreSQL, and files in S3. With CLUSTER_TEMPORAL=dev the Temporal server is that of all other tests, which
 * nobody has to build for it.
 */
export interface Cluster extends StackUnderTest {
  s3: S3Server;
  /** URLs of the APIs. */
  apis: readonly string[];
  /** SIGKILL for the Temporal server; the stack starts it again. */
  killTemporal: () => void;
}

/**
 * @param each how many of each process
 * @returns the reason, in words, where a part of it can't be had on this machine
 */
export async function startCluster(
  each: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Cluster | string> {
  const temporal = process.env.CLUSTER_TEMPORAL === 'dev' ? 'dev' : 'production';
  try {
    if (temporal === 'production')
      await resolveProductionTemporal({ log: (text) => process.stderr.write(`${text}\n`) });
  } catch (error) {
    if (error instanceof NoProgramError) return error.message;
    throw error;
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'longshore-test-cluster-'));
  const s3 = await startS3Server(path.join(folder, 's3'));
  if (typeof s3 === 'string') {
    await rm(folder, { recursive: true, force: true });
    return s3;
  }
  // The SDK looks for these by itself, in this process too.
  for (const [name, value] of Object.entries(s3.env)) if (name.startsWith('AWS_')) process.env[name] = value;
  const services = severalOf(SERVICES, each);
  try {
    const under = await startStackUnderTest({
      temporal,
      services,
      postgresSettings: { fsync: 'off', max_connections: '600' },
      env: {
        ...s3.env,
        // Twelve processes would each make it, at once.
        WORKFLOW_BUNDLE: await bundleForMany(folder),
        ...env,
      },
    });
    return {
      ...under,
      s3,
      apis: services
        .filter(({ role }) => role === 'api')
        .map(({ id }) => under.stack.services.get(id)?.url ?? ''),
      killTemporal: () => process.kill(under.stack.temporal?.pid ?? 0, 'SIGKILL'),
      async stop() {
        await under.stop();
        await s3.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await s3.stop();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
