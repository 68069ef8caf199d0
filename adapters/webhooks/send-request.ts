import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { DeliveryError } from '../../contracts/errors.ts';
import { checkEndpointUrl } from '../../domain/webhooks/endpoint-url.ts';
import { isPublicAddress } from '../../domain/webhooks/public-address.ts';

/** Of an answer, at most: what is longer is cut off, unread. */
const MAX_RESPONSE_BYTES = 1_024;

/** A body is only for the log: nobody waits longer for it, in milliseconds, once the status is known. */
const MAX_BODY_MS = 2_000;

/** How an attempt went. */
export interface AttemptResult {
  at: Date;
  latencyMs: number;
  /** Null when there was no answer. */
  status: number | null;
  /** Null when the receiver took it. */
  error: DeliveryError | null;
  responseStart: string | null;
  retryAfter: string | undefined;
}

export interface SenderSettings {
  /** Bound of the whole attempt, from the look-up of the name to the last byte that is read. */
  timeoutMs: number;
  allowPrivate: boolean;
  /** Finds the addresses of a name; the system's by default. */
  lookup?: LookupFunction;
}

/** The name led to an address of the own network. */
class PrivateAddressError extends Error {
  constructor(hostname: string) {
    super(`${hostname} leads to an address that is not public`);
    this.name = 'PrivateAddressError';
  }
}

/**
 * Posts a message to an endpoint, once. Redirects are answers like any other and not followed. An address that stands in the URL
 * is checked first; those of a name are checked as the connection is made, each of them, and only a checked one is connected to:
 * a name can't give one answer to the check and another to the connection. Every attempt has a connection of its own.
 *
 * @returns never rejects: what goes wrong is a result
 */
export async function sendRequest(
  url: string,
  headers: Record<string, string>,
  body: Buffer,
  { timeoutMs, allowPrivate, lookup = systemLookup }: SenderSettings,
): Promise<AttemptResult> {
  const at = new Date();
  const started = performance.now();
  const result = (
    error: DeliveryError | null,
    response: { status: number; retryAfter: string | undefined; start: string | null } | null,
  ): AttemptResult => ({
    at,
    latencyMs: Math.round(performance.now() - started),
    status: response?.status ?? null,
    error,
    responseStart: response?.start ?? null,
    retryAfter: response?.retryAfter,
  });
  const problem = checkEndpointUrl(url, allowPrivate);
  if (problem !== null) {
    return result(problem.code === 'private_address' ? 'private_address' : 'invalid_url', null);
  }

  const signal = AbortSignal.timeout(timeoutMs);
  const target = new URL(url);
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  let request: ClientRequest | undefined;
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request = send(
        target,
        {
          method: 'POST',
          agent: false,
          lookup: allowPrivate ? lookup : publicOnly(lookup),
          signal,
          headers: {
            ...headers,
            'content-type': 'application/json',
            'content-length': body.length,
            'user-agent': 'Longshore-Webhooks/1.0',
          },
        },
        resolve,
      );
      // Also for what comes after the answer's head: nobody else would hear of it.
      request.on('error', reject);
      request.end(body);
    });
    const status = response.statusCode ?? 0;
    const retryAfter = response.headers['retry-after'];
    const isTaken = status >= 200 && status < 300;
    const start = await readStart(response).catch(() => null);
    // A receiver that says yes has taken it, however it goes on.
    return result(isTaken ? null : 'refused', { status, retryAfter, start });
  } catch (error) {
    if (signal.aborted) return result('no_answer', null);
    return result(meaningOf(error), null);
  } finally {
    request?.destroy();
  }
}

/** Reads how an answer begins, and stops there. */
async function readStart(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const enough = setTimeout(() => response.destroy(), MAX_BODY_MS);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes >= MAX_RESPONSE_BYTES) break;
    }
  } catch {
    // It broke off, or was too slow: what came is how it begins.
  } finally {
    clearTimeout(enough);
  }
  const text = Buffer.concat(chunks).subarray(0, MAX_RESPONSE_BYTES).toString('utf8');
  // The database keeps no NUL, and a cut character is none.
  return text.replaceAll('\0', '').replace(/\uFFFD$/, '');
}

/** A look-up that knows no name of which any address is not public. */
function publicOnly(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses: LookupAddress[] =
        typeof found === 'string' ? [{ address: found, family: found.includes(':') ? 6 : 4 }] : found;
      const [first] = error === null ? addresses : [];
      if (error !== null) callback(error, []);
      else if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
        callback(new PrivateAddressError(hostname), []);
      } else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function meaningOf(error: unknown): DeliveryError {
  if (error instanceof PrivateAddressError) return 'private_address';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^(?:ENOTFOUND|EAI_)/.test(code)) return 'unknown_name';
  if (/^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO)/.test(code))
    return 'tls_failed';
  return 'no_connection';
}
