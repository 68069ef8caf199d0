import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type AttemptResult, sendRequest } from '../../adapters/webhooks/send-request.ts';
import { EVENTS } from '../../contracts/events/index.ts';
import type { AuditAction } from '../../contracts/words.ts';
import { encodeEvent } from '../../domain/webhooks/encode-event.ts';
import { checkEndpointUrl } from '../../domain/webhooks/endpoint-url.ts';
import { createSecret, signedHeaders } from '../../domain/webhooks/signature.ts';
import { openWebhookSecrets, sealWebhookSecret } from '../../platform/webhook-secrets.ts';
import { inTransaction } from '../../prisma/client.ts';
import { recordAction } from '../../prisma/repositories/audit.ts';
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  type EndpointChange,
  findEndpoint,
  type NewEndpoint,
  readSecrets,
  rotateSecret,
  type WebhookEndpoint,
} from '../../prisma/repositories/webhook-endpoints.ts';
import type { AppDeps } from '../deps.ts';
import { invalidField } from '../http/http-problem.ts';
import { changedMeanwhile, readIfMatch } from '../http/if-match.ts';
import { type Actor, found } from '../routes/shared.ts';
import { viewWebhook } from '../views/webhook-view.ts';

type Deps = Pick<AppDeps, 'database' | 'workflows' | 'config'>;

/** An endpoint with the secret that is shown once. */
interface WithSecret {
  endpoint: WebhookEndpoint;
  secret: string;
}

/** Adds an endpoint. @throws {HttpProblem} `invalid` for a URL that nothing is sent to */
export async function addWebhook(
  { database: { pool }, config }: Deps,
  given: Omit<NewEndpoint, 'secret' | 'createdBy'>,
  actor: Actor,
): Promise<WithSecret> {
  checkUrl(given.url, config);
  const secret = createSecret();
  const endpoint = await inTransaction(pool, async (client) => {
    const kept = sealWebhookSecret(config.ENCRYPTION_KEYS, secret);
    const created = await createEndpoint(client, { ...given, secret: kept, createdBy: actor.by });
    await record(client, actor, 'create-webhook', null, created);
    return created;
  });
  return { endpoint, secret };
}

/**
 * Changes an endpoint, or switches it on or off.
 *
 * @param ifMatch the header, where the request has it
 * @throws {HttpProblem} `invalid`, `not-found`, `precondition-failed`
 */
export async function changeWebhook(
  { database: { pool }, workflows, config }: Deps,
  id: string,
  change: EndpointChange,
  ifMatch: string | undefined,
  actor: Actor,
): Promise<WebhookEndpoint> {
  if (change.url !== undefined) checkUrl(change.url, config);
  const changed = await inTransaction(pool, async (client) => {
    const endpoint = await takeExpected(client, id, ifMatch);
    const after = await changeEndpoint(client, endpoint, change);
    await record(client, actor, 'change-webhook', endpoint, after);
    return after;
  });
  await workflows.wakeEndpoint(id);
  return changed;
}

/**
 * Removes an endpoint with its deliveries.
 *
 * @throws {HttpProblem} `not-found`, `precondition-failed`
 */
export async function removeWebhook(
  { database: { pool }, workflows }: Deps,
  id: string,
  ifMatch: string | undefined,
  actor: Actor,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    const endpoint = await takeExpected(client, id, ifMatch);
    await deleteEndpoint(client, endpoint.id);
    await record(client, actor, 'delete-webhook', endpoint, null);
  });
  // Its workflow finds that it is gone, and ends.
  await workflows.wakeEndpoint(id);
}

/** Gives an endpoint a new secret. @throws {HttpProblem} `not-found` */
export async function rotateWebhook(
  { database: { pool }, config }: Deps,
  id: string,
  overlapSeconds: number,
  actor: Actor,
): Promise<WithSecret> {
  const secret = createSecret();
  const endpoint = await inTransaction(pool, async (client) => {
    const before = found(await findEndpoint(client, id, true));
    const after = await rotateSecret(client, before.id, {
      secret: sealWebhookSecret(config.ENCRYPTION_KEYS, secret),
      overlapSeconds,
    });
    await record(client, actor, 'rotate-webhook', before, after);
    return after;
  });
  return { endpoint, secret };
}

/** Sends a test event to an endpoint, once and now. @throws {HttpProblem} `not-found` */
export async function testWebhook(
  { database: { pool }, config }: Deps,
  id: string,
): Promise<AttemptResult & { webhookId: string }> {
  const endpoint = found(await findEndpoint(pool, id));
  const webhookId = uuidv7();
  const now = new Date();
  const body = encodeEvent({
    id: webhookId,
    type: 'webhook.test',
    version: EVENTS['webhook.test'].version,
    timestamp: now.toISOString(),
    correlationId: endpoint.id,
    data: { endpointId: endpoint.id, message: 'This is a test.' },
  });
  const secrets = openWebhookSecrets(config.ENCRYPTION_KEYS, await readSecrets(pool, endpoint.id));
  const headers = signedHeaders(webhookId, body, secrets, now);
  const sent = await sendRequest(endpoint.url, headers, body, {
    timeoutMs: config.WEBHOOKS_TIMEOUT_MS,
    allowPrivate: config.WEBHOOKS_ALLOW_PRIVATE_NETWORKS,
  });
  return { ...sent, webhookId };
}

function checkUrl(url: string, config: Deps['config']): void {
  const problem = checkEndpointUrl(url, config.WEBHOOKS_ALLOW_PRIVATE_NETWORKS);
  if (problem !== null) throw invalidField('#/url', problem.code, problem.message);
}

/** The endpoint in a version that the request names, taken until the transaction ends. */
async function takeExpected(
  client: pg.PoolClient,
  id: string,
  ifMatch: string | undefined,
): Promise<WebhookEndpoint> {
  const endpoint = found(await findEndpoint(client, id, true));
  const expected = ifMatch === undefined ? 'any' : readIfMatch(ifMatch);
  if (expected !== 'any' && !expected.includes(endpoint.version)) throw changedMeanwhile();
  return endpoint;
}

async function record(
  client: pg.PoolClient,
  { id, by, via }: Actor,
  action: AuditAction,
  before: WebhookEndpoint | null,
  after: WebhookEndpoint | null,
): Promise<void> {
  await recordAction(client, {
    id,
    actor: by,
    action,
    jobId: null,
    before: before && viewWebhook(before),
    after: after && viewWebhook(after),
    via,
  });
}
