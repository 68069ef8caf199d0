import { readFileSync } from 'node:fs';
import type { TLSConfig } from '@temporalio/client';

/** How the Temporal server is spoken to. The names are those that Temporal's own tools read. */
export interface TemporalSecurity {
  /** Default: on where anything else here is set. */
  TEMPORAL_TLS?: boolean | undefined;
  TEMPORAL_TLS_SERVER_CA_CERT_PATH?: string | undefined;
  TEMPORAL_TLS_SERVER_NAME?: string | undefined;
  TEMPORAL_TLS_CLIENT_CERT_PATH?: string | undefined;
  TEMPORAL_TLS_CLIENT_KEY_PATH?: string | undefined;
  TEMPORAL_API_KEY?: string | undefined;
}

/** What both kinds of connection of the SDK take, the client's and the worker's. */
export interface TemporalConnectionOptions {
  address: string;
  tls: TLSConfig | false;
  apiKey?: string;
}

/**
 * @throws {Error} when a file with a certificate or key can't be read
 */
export function temporalConnectionOptions(
  settings: TemporalSecurity & { TEMPORAL_ADDRESS: string },
): TemporalConnectionOptions {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_API_KEY: apiKey } = settings;
  return { address, tls: usesTls(settings) && tlsOf(settings), ...(apiKey === undefined ? {} : { apiKey }) };
}

/** Whether the connection is encrypted. */
export function usesTls({ TEMPORAL_TLS, ...others }: TemporalSecurity): boolean {
  return TEMPORAL_TLS ?? securityNames.some((name) => others[name] !== undefined);
}

const securityNames = [
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  'TEMPORAL_TLS_SERVER_NAME',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_API_KEY',
] as const satisfies (keyof TemporalSecurity)[];

function tlsOf(settings: TemporalSecurity): TLSConfig {
  const {
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: ca,
    TEMPORAL_TLS_SERVER_NAME: name,
    TEMPORAL_TLS_CLIENT_CERT_PATH: certificate,
    TEMPORAL_TLS_CLIENT_KEY_PATH: key,
  } = settings;
  return {
    ...(name === undefined ? {} : { serverNameOverride: name }),
    ...(ca === undefined ? {} : { serverRootCACertificate: readFileSync(ca) }),
    ...(certificate === undefined || key === undefined
      ? {}
      : { clientCertPair: { crt: readFileSync(certificate), key: readFileSync(key) } }),
  };
}

/** What can't be meant, by the setting that is to be changed. */
export function faultsOfSecurity(
  settings: TemporalSecurity,
): { name: keyof TemporalSecurity; message: string }[] {
  const pair = ['TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_KEY_PATH'] as const;
  const missing = pair.filter((name) => settings[name] === undefined);
  const [name] = missing;
  if (name !== undefined && missing.length === 1)
    return [
      { name, message: 'must be set too: a certificate is of no use without its key, nor a key without it' },
    ];
  if (settings.TEMPORAL_TLS !== false) return [];
  const needs = securityNames.find((other) => settings[other] !== undefined);
  if (needs === undefined) return [];
  return [
    {
      name: 'TEMPORAL_TLS',
      message: `can not be false, because ${needs} is set, which would go over the line in the open or be ignored`,
    },
  ];
}
