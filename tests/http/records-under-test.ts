import { v7 as uuidv7 } from 'uuid';
import { expect } from 'vitest';
import { pageOf } from '../../contracts/http/common.ts';
import { type Problem, problemSchema } from '../../contracts/http/problem.ts';
import { recordChangeSchemaOf, recordSchemaOf } from '../../contracts/http/record.ts';
import type { RecordKind, Role } from '../../contracts/words.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { importFile, importSteps } from '../support/import-bench.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';

export const productSchema = recordSchemaOf(KINDS.products);
export const customerSchema = recordSchemaOf(KINDS.customers);
export const productPage = pageOf(productSchema);
export const customerPage = pageOf(customerSchema);
export const changePage = pageOf(recordChangeSchemaOf(KINDS.products));

/** How a write is sent. */
export interface Sent {
  ifMatch?: string;
  key?: string;
  role?: Role;
  subject?: string;
}

/** An API with what tests of customers and products ask of it. */
export interface RecordsUnderTest {
  api: ApiUnderTest;
  /** The answer of a request that is to succeed. */
  get: (path: string) => Promise<unknown>;
  send: (method: string, path: string, body?: unknown, how?: Sent) => Promise<Response>;
  /** The problem that a request of a viewer ends with. */
  problemType: (path: string, status: number) => Promise<string>;
  /** @returns the id of a new product that nothing wrote but the test */
  insertProduct: (data?: Partial<Prisma.ProductUncheckedCreateInput>) => Promise<string>;
  /** Runs a whole import as the workers do, step by step. @returns its id and counts */
  importFile: (
    content: string | Buffer,
    kind?: RecordKind,
  ) => Promise<{ jobId: string; counts: Awaited<ReturnType<typeof importFile>>['end']['counts'] }>;
  /** Brings what imports wrote into the search tables, as the workers do some time after. */
  index: () => Promise<{ chunks: number; records: number; more: boolean }>;
  empty: () => Promise<void>;
}

export async function startRecords(): Promise<RecordsUnderTest> {
  const api = await startApi({ workflows: createFakeWorkflows() });
  const data = { db: api.database, storage: api.storage };
  let made = 0;
  return {
    api,
    async get(path) {
      const response = await api.as('viewer')(path);
      expect(response.status).toBe(200);
      return await response.json();
    },
    async send(method, path, body, { ifMatch, key, role = 'operator', subject = 'ada' } = {}) {
      return await api.as(role, subject)(path, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...(ifMatch === undefined ? {} : { 'If-Match': ifMatch }),
          ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
    },
    async problemType(path, status) {
      return (await problemOf(await api.as('viewer')(path), status)).type;
    },
    async insertProduct(values = {}) {
      made += 1;
      const sku = values.sku ?? `SKU-${String(made)}`;
      const { id } = await api.database.prisma.product.create({
        data: { sku, skuKey: sku.toLowerCase(), name: 'Mug', price: '19.9', lastChange: uuidv7(), ...values },
      });
      return id;
    },
    async importFile(content, kind = 'products') {
      const { jobId, end } = await importFile(data, { content, kind });
      return { jobId, counts: end.counts };
    },
    index: () => importSteps(data).indexRecords(),
    async empty() {
      await api.database.pool.query(
        `TRUNCATE jobs, chunks, parked_parts, staged_rows, row_outcomes, job_targets, turns, products, customers, products_search,
                  customers_search, record_changes, idempotency_keys`,
      );
    },
  };
}

/** The problem document of an answer. */
export async function problemOf(response: Response, status: number): Promise<Problem> {
  expect(response.status).toBe(status);
  return problemSchema.parse(await response.json());
}
