import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyWorkflow } from '../../bench/empty-workflow.ts';
import { ConfigError, loadTemporalSettings } from '../../platform/config.ts';
import { createTemporalClient, type TemporalSettings } from '../../platform/temporal-connection.ts';
import { temporalConnectionOptions } from '../../platform/temporal-options.ts';
import { ensureNamespace, waitForTemporal } from '../../scripts/stack/temporal-namespace.ts';
import { registerSearchAttributes } from '../../scripts/stack/temporal-server.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import {
  type Certificates,
  makeCertificates,
  SERVER_NAME,
  startTlsFront,
  type TlsFront,
} from '../support/tls-front.ts';

const API_KEY = 'key-of-the-tests';
const NO_OPENSSL = 'openssl is not installed, which makes the certificates';

let folder: string;
let temporal: TestTemporal | undefined;
let certificates: Certificates | undefined;
let asksForCertificate: TlsFront | undefined;
let asksForKey: TlsFront | undefined;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'longshore-test-tls-'));
  certificates = await makeCertificates(folder);
  if (certificates === undefined) {
    process.stderr.write(`NOT RUN: Temporal behind TLS, because ${NO_OPENSSL}\n`);
    return;
  }
  temporal = await startTestTemporal();
  asksForCertificate = await startTlsFront(temporal.server.address, certificates, { certificate: true });
  asksForKey = await startTlsFront(temporal.server.address, certificates, { apiKey: API_KEY });
});
afterAll(async () => {
  await asksForCertificate?.close();
  await asksForKey?.close();
  await temporal?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** As the settings would stand in the environment. */
function settingsFor(front: TlsFront, env: Record<string, string>): TemporalSettings {
  return loadTemporalSettings({
    TEMPORAL_ADDRESS: front.address,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates!.ca,
    TEMPORAL_TLS_SERVER_NAME: SERVER_NAME,
    ...env,
  });
}

const withCertificate = (): TemporalSettings =>
  settingsFor(asksForCertificate!, {
    TEMPORAL_TLS_CLIENT_CERT_PATH: certificates!.client.certificate,
    TEMPORAL_TLS_CLIENT_KEY_PATH: certificates!.client.key,
  });
const withKey = (): TemporalSettings => settingsFor(asksForKey!, { TEMPORAL_API_KEY: API_KEY });

describe.each([
  ['with a certificate of ours (mTLS)', withCertificate],
  ['with an API key', withKey],
])('a Temporal server behind TLS, %s', (_, settings) => {
  test('a client starts a workflow there and a worker runs it', async ({ skip }) => {
    if (certificates === undefined) return skip(NO_OPENSSL);
    const connection = await NativeConnection.connect(temporalConnectionOptions(settings()));
    const worker = await Worker.create({
      connection,
      namespace: temporal!.server.namespace,
      taskQueue: 'behind-tls',
      workflowsPath: path.join(import.meta.dirname, '..', '..', 'bench', 'empty-workflow.ts'),
    });
    const client = createTemporalClient(settings());
    await worker.runUntil(
      client.workflow.execute(emptyWorkflow, {
        taskQueue: 'behind-tls',
        workflowId: `tls-${path.basename(folder)}-${settings().TEMPORAL_API_KEY ?? ''}`,
      }),
    );
    await client.connection.close();
    await connection.close();
  });

  test('the set-up of namespaces and search attributes goes the same way', async ({ skip }) => {
    if (certificates === undefined) return skip(NO_OPENSSL);
    const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = settings();
    await waitForTemporal(address, 10_000, settings());
    expect(await ensureNamespace(address, namespace, settings())).toMatchObject({ retentionDays: 30 });
    expect(await registerSearchAttributes(address, namespace, settings())).toEqual([]);
  });
});

test.for<[string, () => TemporalSettings]>([
  ['without a certificate', () => settingsFor(asksForCertificate!, {})],
  ['with another key', () => settingsFor(asksForKey!, { TEMPORAL_API_KEY: 'of-somebody-else' })],
  ['a server that nobody vouches for', () => ({ ...withKey(), TEMPORAL_TLS_SERVER_CA_CERT_PATH: undefined })],
  ['a server by another name', () => ({ ...withKey(), TEMPORAL_TLS_SERVER_NAME: 'other.test' })],
  ['without TLS', () => ({ TEMPORAL_ADDRESS: asksForKey!.address, TEMPORAL_NAMESPACE: 'default' })],
])('neither client nor worker connects %s', async ([, settings], { skip }) => {
  if (certificates === undefined) return skip(NO_OPENSSL);
  const client = createTemporalClient(settings());
  const asked = client.withDeadline(Date.now() + 3_000, () => client.workflow.count());
  await expect(asked).rejects.toThrow();
  await expect(NativeConnection.connect(temporalConnectionOptions(settings()))).rejects.toThrow();
  await client.connection.close();
});

test.each([
  [{ TEMPORAL_TLS_CLIENT_CERT_PATH: 'a.pem' }, 'TEMPORAL_TLS_CLIENT_KEY_PATH must be set too'],
  [{ TEMPORAL_API_KEY: 'k', TEMPORAL_TLS: 'false' }, 'TEMPORAL_TLS can not be false'],
])('settings that can not be meant are refused at the start: %j', (env, message) => {
  expect(() => loadTemporalSettings(env)).toThrow(ConfigError);
  expect(() => loadTemporalSettings(env)).toThrow(message);
});

test('TLS is on by itself where a key or a certificate is set, and else only when it is asked for', () => {
  const tlsWith = (env: Record<string, string>): unknown =>
    temporalConnectionOptions(loadTemporalSettings(env)).tls;
  expect(tlsWith({})).toBe(false);
  expect(tlsWith({ TEMPORAL_TLS: 'true' })).toEqual({});
  expect(tlsWith({ TEMPORAL_API_KEY: 'k' })).toEqual({});
  expect(tlsWith({ TEMPORAL_TLS_SERVER_NAME: 'a.test' })).toEqual({ serverNameOverride: 'a.test' });
});
