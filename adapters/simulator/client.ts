import type { z } from 'zod';
import type { Carrier } from '../carriers/carrier.ts';
import type { Payments } from '../payments/payments.ts';
import { ProviderError } from '../provider-error.ts';
import { faultOfConnection, faultOfStatus } from '../provider-faults.ts';
import {
  paymentAnswerSchema,
  paymentUndoneSchema,
  shipmentAnswerSchema,
  shipmentRecalledSchema,
} from './messages.ts';

/** Where a simulator's server is. */
export interface SimulatorAddress {
  url: string;
  /** Of a request, at most. After that it is not known whether it was done. */
  timeoutMs: number;
}

type Ask = <Schema extends z.ZodType>(path: string, body: object, answer: Schema) => Promise<z.infer<Schema>>;

function createAsk({ url, timeoutMs }: SimulatorAddress): Ask {
  return async (path, body, answer) => {
    const response = await send(url, timeoutMs, path, { method: 'POST', body: JSON.stringify(body) });
    const parsed = answer.safeParse(await response.json().catch(() => undefined));
    if (!parsed.success)
      throw new ProviderError('provider_timeout', 'The answer of the simulator is not one.');
    return parsed.data;
  };
}

async function send(
  url: string,
  timeoutMs: number,
  path: string,
  init: { method: string; body?: string },
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(new URL(path, url), {
      ...init,
      headers: { 'content-type': 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    const fault = faultOfConnection(error);
    const why = fault === 'provider_unavailable' ? 'can not be connected to' : 'did not answer';
    throw new ProviderError(fault, `The simulator ${why}.`, { cause: error });
  }
  if (response.ok) return response;
  const { status } = response;
  throw new ProviderError(faultOfStatus(status), `The simulator answered ${String(status)}.`);
}

/** Simulated payments behind HTTP. */
export function createHttpSimulatedPayments(address: SimulatorAddress): Payments {
  const ask = createAsk(address);
  return {
    provider: 'simulator-http',
    authorise: (request) => ask('/payments', request, paymentAnswerSchema),
    undo: (request) => ask('/payments/undo', request, paymentUndoneSchema),
    check: () => check(address),
  };
}

/** A simulated carrier behind HTTP. */
export function createHttpSimulatedCarrier(address: SimulatorAddress): Carrier {
  const ask = createAsk(address);
  return {
    ship: (request) => ask('/shipments', request, shipmentAnswerSchema),
    recall: (request) => ask('/shipments/recall', request, shipmentRecalledSchema),
    check: () => check(address),
  };
}

async function check({ url, timeoutMs }: SimulatorAddress): Promise<void> {
  await send(url, timeoutMs, '/health', { method: 'GET' });
}
