import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Job } from '../../contracts/http/job.ts';
import type { OrderJson } from '../../contracts/http/order.ts';
import path from 'node:path';
import { openDatabase } from '../../prisma/client.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { ROOT } from './local-stack.ts';
import { signToken } from './sign-token.ts';
import { createReporter } from './progress.ts';
import { type Stack, startStack } from '../stack/stack.ts';

/** A day at a shop of household goods: a stack of its own with something in each state that the web app shows. */
export interface Showcase {
  stack: Stack;
  /** Ids of what is worth a look. */
  ids: Record<'rejected' | 'parked' | 'undo' | 'dryRun' | 'failed' | 'webhook', string>;
  /** Begins an import that takes a while, and waits until some of it is in. @returns its id */
  startLongImport: () => Promise<string>;
  stop: () => Promise<void>;
}

const COLOURS = ['Blue', 'Red', 'Green', 'White', 'Black', 'Grey', 'Yellow', 'Oak', 'Copper', 'Linen'];
const THINGS = [
  'mug',
  'teapot',
  'plate',
  'bowl',
  'lamp',
  'chair',
  'notebook',
  'blanket',
  'vase',
  'tray',
  'jug',
  'clock',
];
const FIRST = [
  'Ada',
  'Pablo',
  'Emil',
  'Kaito',
  'Grace',
  'Noor',
  'Lea',
  'Tomás',
  'Ines',
  'Jonas',
  'Mei',
  'Olga',
];
const LAST = [
  'Kowalski',
  'Jansen',
  'García',
  'Larsen',
  'Okafor',
  'Novák',
  'Rossi',
  'Schmidt',
  'Dubois',
  'Tanaka',
];
const COMPANIES = [
  'Juniper Supplies',
  'Cedar Textiles',
  'Lantern Trading',
  'Northwind Logistics',
  'Harbour & Sons',
];
/** Enough to be under way until the pictures of it are taken. */
const LONG_ROWS = 1_500_000;
const SHOWN_FROM_PERCENT = 15;

/** @param dataDir an empty folder */
export async function startShowcase(dataDir: string): Promise<Showcase> {
  const receiver = await startReceiver();
  const stack = await startStack({
    dataDir,
    reporter: createReporter(),
    ports: 'free',
    postgresSettings: { fsync: 'off' },
    env: {
      IMPORT_CHUNK_ROWS: '2000',
      IMPORT_RETRY_DELAYS_MS: '100,200',
      ORDER_RETRY_DELAYS_MS: '100,200',
      HOUSEKEEPING_INTERVAL_MS: '2000',
      WEBHOOKS_ALLOW_PRIVATE_NETWORKS: 'true',
      WEBHOOKS_RETRY_DELAYS_MS: '200,400,600',
    },
  });
  try {
    const api = createApiClient(stack.apiUrl, await signToken(dataDir, 'admin', 'ada', 3_600));
    const importFile = importer(stack.apiUrl, await signToken(dataDir, 'operator', 'jonas', 3_600));
    const ended = async (job: Job): Promise<Job> => await api.waitFor(job.id, () => undefined);

    const webhook = await addWebhooks(api, receiver.url);
    await ended(await importFile('catalogue-2026.csv', 'products', catalogue(6_000, 'HH')));
    await ended(await importFile('customers-crm.csv', 'customers', customers(1_800)));
    const rejected = await ended(await importFile('supplier-7-november.csv', 'products', supplier()));
    const dryRun = await ended(
      await importFile('spring-prices.csv', 'products', catalogue(900, 'HH', 1.1), { dryRun: 'true' }),
    );
    const failed = await ended(
      await importFile(
        'export (3).csv',
        'customers',
        await readFile(path.join(ROOT, 'samples', 'fixtures', 'parse-failure.csv'), 'utf8'),
      ),
    );
    const wrong = await ended(
      await importFile('spring-prices-WRONG.csv', 'products', catalogue(400, 'SP', 9)),
    );
    const undo = await ended(
      await api.post<Job>(`/api/jobs/${wrong.id}/undo`, { reason: 'prices of the wrong year' }),
    );
    await placeOrders(api);
    await breakDisk(stack, 'WH-12345');
    const parked = await ended(await importFile('warehouse-stock.csv', 'products', catalogue(24_000, 'WH')));
    return {
      stack,
      ids: {
        rejected: rejected.id,
        parked: parked.id,
        undo: undo.id,
        dryRun: dryRun.id,
        failed: failed.id,
        webhook,
      },
      async startLongImport() {
        const job = await importFile('full-assortment.csv', 'products', catalogue(LONG_ROWS, 'FA'));
        for (;;) {
          const now = await api.get<Job>(`/api/jobs/${job.id}`);
          if ((now.percent ?? 0) >= SHOWN_FROM_PERCENT || now.finishedAt !== null) return job.id;
          await new Promise((resolve) => setTimeout(resolve, 300));
        }
      },
      async stop() {
        await stack.stop();
        receiver.server.close();
      },
    };
  } catch (error) {
    await stack.stop();
    receiver.server.close();
    throw error;
  }
}

function pick<T>(of: readonly T[], index: number): T {
  return of[index % of.length] as T;
}

function catalogue(rows: number, prefix: string, factor = 1): string {
  const lines = ['sku,name,price,stock,active,description'];
  for (let row = 1; row <= rows; row += 1) {
    const name = `${pick(COLOURS, row * 7)} ${pick(THINGS, row * 5 + Math.floor(row / 12))}`;
    const price = ((2.5 + ((row * 37) % 900) / 10) * factor).toFixed(2);
    const active = row % 17 === 0 ? 'false' : 'true';
    lines.push(
      `${prefix}-${String(10_000 + row)},${name},${price},${String((row * 13) % 240)},${active},Made to last`,
    );
  }
  return lines.join('\n');
}

function customers(rows: number): string {
  const lines = ['email,name,company,phone'];
  for (let row = 1; row <= rows; row += 1) {
    const [first, last] = [pick(FIRST, row), pick(LAST, row * 3)];
    const mail = `${first}.${last}.${String(row)}@example.com`.normalize('NFD').replaceAll(/[^\w.@]/g, '');
    lines.push(
      `${mail.toLowerCase()},${first} ${last},${pick(COMPANIES, row)},+44 20 7946 ${String(row).padStart(4, '0')}`,
    );
  }
  return lines.join('\n');
}

/** With semicolons, decimal commas, a column that nobody knows, and what is wrong in such files. */
function supplier(): string {
  const lines = ['Artikelnummer;Bezeichnung;Preis;Lagerbestand;Regal'];
  for (let row = 1; row <= 640; row += 1) {
    const sku = `HH-${String(10_000 + row)}`;
    const name = `${pick(COLOURS, row * 7)} ${pick(THINGS, row * 5 + Math.floor(row / 12))}`;
    const price = `${String(3 + (row % 90))},${String(row % 100).padStart(2, '0')}`;
    const wrong: Record<number, string> = {
      47: `${sku};${name};auf Anfrage;12;B3`,
      118: `${sku};;${price};4;B3`,
      119: `${sku};${name};12,5o;4;B3`,
      203: `;${name};${price};9;C1`,
      377: `${sku};${name};${price};viele;C1`,
      501: `${sku};${name};-4,00;1;D2`,
      502: `HH-10400;${name};${price};1;D2`,
    };
    lines.push(wrong[row] ?? `${sku};${name};${price};${String((row * 13) % 240)};A${String(row % 9)}`);
  }
  return lines.join('\n');
}

function importer(apiUrl: string, token: string) {
  return async (
    filename: string,
    kind: string,
    content: string,
    fields: Record<string, string> = {},
  ): Promise<Job> => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ kind, ...fields })) form.set(name, value);
    form.set('file', new Blob([content]), filename);
    const response = await fetch(`${apiUrl}/api/imports`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: form,
    });
    if (response.status !== 202) throw new Error(await response.text());
    return (await response.json()) as Job;
  };
}

interface Receiver {
  server: Server;
  url: string;
}

/** Takes what comes to /shop, and is down for maintenance at /warehouse. */
async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url?.startsWith('/shop') === true) response.writeHead(204).end();
    else response.writeHead(503).end('<h1>Down for maintenance</h1>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` };
}

/** @returns the id of the one that fails */
async function addWebhooks(api: ApiClient, url: string): Promise<string> {
  await api.post('/api/webhooks', { url: `${url}/shop/hooks`, events: ['*'], description: 'Web shop' });
  const failing = await api.post<{ id: string }>('/api/webhooks', {
    url: `${url}/warehouse/events`,
    events: ['import.*', 'order.shipped', 'order.cancelled'],
    description: 'Warehouse system',
  });
  return failing.id;
}

/** Orders in every state: what becomes of each is decided by its test values. */
async function placeOrders(api: ApiClient): Promise<void> {
  const fates: readonly [count: number, fate: { token?: string; service?: string; sku?: string }][] = [
    [26, {}],
    [3, { token: 'sim_decline' }],
    [1, { token: 'sim_insufficient_funds' }],
    [4, { token: 'sim_slow_900000ms' }],
    [3, { service: 'sim_slow_900000ms' }],
    [2, { service: 'sim_refuse' }],
    [2, { token: 'sim_unavailable' }],
    [1, { service: 'sim_unavailable' }],
    [3, { sku: 'OLD-77' }],
    [2, { service: 'sim_refuse' }],
    [3, { token: 'sim_decline' }],
  ];
  let number = 48_210;
  const placed: string[][] = [];
  for (const [count, { token, service, sku }] of fates) {
    const ids: string[] = [];
    for (let made = 0; made < count; made += 1) {
      number += 1;
      const items = Array.from({ length: 1 + (number % 3) }, (_, line) => ({
        sku:
          line === 0 && sku !== undefined ? sku : `HH-${String(10_001 + ((number * 7 + line * 11) % 500))}`,
        qty: 1 + ((number + line) % 2),
      }));
      const order = await api.post<OrderJson>('/api/orders', {
        orderId: `shop-${String(number)}`,
        email: `${pick(FIRST, number)}@example.com`
          .normalize('NFD')
          .replaceAll(/[^\w.@]/g, '')
          .toLowerCase(),
        items,
        ...(token === undefined ? {} : { payment: { token } }),
        ...(service === undefined ? {} : { shipping: { service } }),
      });
      ids.push(order.id);
    }
    placed.push(ids);
  }
  const settled = async (id: string, isSettled: (order: OrderJson) => boolean): Promise<void> => {
    for (;;) {
      if (isSettled(await api.get<OrderJson>(`/api/orders/${id}`))) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const isQuiet = ({ isAtWork, attention }: OrderJson): boolean => !isAtWork || attention !== null;
  for (const index of [0, 1, 2, 5, 6, 7, 8, 9, 10])
    for (const id of placed[index] ?? []) await settled(id, isQuiet);
  // Somebody has looked at some of them.
  for (const id of placed[9] ?? []) {
    await api.post(`/api/orders/${id}/compensate`, { action: 'refundPayment', reason: 'the customer moved' });
    await settled(id, isQuiet);
  }
  for (const id of placed[10] ?? []) {
    await api.post(`/api/orders/${id}/cancel`, { reason: 'asked for by phone' });
    await settled(id, isQuiet);
  }
}

/** From now on the database has no room for one product: what retries can not heal, as it looks when a disk is full. */
async function breakDisk(stack: Stack, sku: string): Promise<void> {
  const database = openDatabase({
    url: stack.databaseUrl,
    applicationName: 'longshore-showcase',
    maxConnections: 1,
    statementTimeoutMs: 60_000,
    onError: () => undefined,
  });
  await database.pool.query(
    `CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       RAISE EXCEPTION 'could not extend file "base/16384/24601": No space left on device' USING ERRCODE = 'disk_full';
     END $$;
     CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON products FOR EACH ROW WHEN (NEW.sku = '${sku}') EXECUTE FUNCTION no_room()`,
  );
  await database.close();
}
