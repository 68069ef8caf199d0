import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect, constants, createSecureServer, type Http2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { findOnPath } from '../../scripts/stack/program-cache.ts';

const run = promisify(execFile);

/** Files of certificates, in PEM. */
export interface Certificates {
  ca: string;
  /** Of a server that calls itself `temporal.test`. */
  server: { certificate: string; key: string };
  client: { certificate: string; key: string };
}

/** The name in the server's certificate. */
export const SERVER_NAME = 'temporal.test';

/**
 * Makes an authority, and certificates that it vouches for.
 *
 * @returns undefined where openssl is not installed
 */
export async function makeCertificates(folder: string): Promise<Certificates | undefined> {
  if ((await findOnPath('openssl')) === undefined) return undefined;
  const file = (name: string): string => path.join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const authority = ['-CA', file('ca.pem'), '-CAkey', file('ca.key')];
  await run('openssl', [
    ...['req', '-x509', ...newKey, '-keyout', file('ca.key'), '-out', file('ca.pem')],
    ...['-subj', '/CN=authority of the tests', '-addext', 'basicConstraints=critical,CA:TRUE'],
  ]);
  const issue = async (name: string, alternative: string): Promise<{ certificate: string; key: string }> => {
    const files = { certificate: file(`${name}.pem`), key: file(`${name}.key`) };
    await run('openssl', [
      ...['req', '-x509', ...authority, ...newKey, '-keyout', files.key, '-out', files.certificate],
      ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${alternative}`],
      ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    ]);
    return files;
  };
  return {
    ca: file('ca.pem'),
    server: await issue('server', SERVER_NAME),
    client: await issue('client', 'longshore'),
  };
}

/** What stands before a Temporal server and asks who is there, as Temporal Cloud does. */
export interface TlsFront {
  /** `host:port`. */
  address: string;
  close: () => Promise<void>;
}

/**
 * Takes TLS off and hands each call on, if it may come in.
 *
 * @param target address of the server behind, which speaks plain gRPC
 * @param asks for a certificate of the same authority, or for this API key
 */
export async function startTlsFront(
  target: string,
  certificates: Certificates,
  asks: { certificate: true } | { apiKey: string },
): Promise<TlsFront> {
  const server = createSecureServer({
    cert: await readFile(certificates.server.certificate),
    key: await readFile(certificates.server.key),
    ca: await readFile(certificates.ca),
    ...('certificate' in asks ? { requestCert: true, rejectUnauthorized: true } : {}),
  });
  const behind = connect(`http://${target}`);
  const sessions = new Set<Http2Session>();
  behind.on('error', () => undefined);
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
    session.on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    if ('apiKey' in asks && headers.authorization !== `Bearer ${asks.apiKey}`) {
      stream.respond(
        {
          ':status': 200,
          'content-type': 'application/grpc',
          'grpc-status': '16',
          'grpc-message': 'who is there',
        },
        { endStream: true },
      );
      return;
    }
    const call = behind.request({ ...headers, ':scheme': 'http', ':authority': target });
    call.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    stream.on('close', () => call.close(constants.NGHTTP2_CANCEL));
    let trailers = {};
    call.on('response', (answer, flags) => {
      const ends = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      stream.respond(answer, { endStream: ends, waitForTrailers: !ends });
    });
    call.on('trailers', (sent) => {
      trailers = sent;
    });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.pipe(call);
    call.pipe(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${String(port)}`,
    async close() {
      behind.destroy();
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
