import { z } from 'zod';
import { recordParamsSchema } from '../../contracts/http/record.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { cleanText } from '../../domain/values/clean-text.ts';
import type { ColumnFilter, RecordFilter } from '../../prisma/repositories/record-conditions.ts';
import { COUNT_BOUNDS, countRecords } from '../../prisma/repositories/record-counts.ts';
import { CREATED, listRecords } from '../../prisma/repositories/record-lists.ts';
import { findRecord } from '../../prisma/repositories/records.ts';
import type { AppDeps } from '../deps.ts';
import { invalidField } from '../http/http-problem.ts';
import { mountRoute } from '../http/mount-route.ts';
import { actorOf, found } from '../routes/shared.ts';
import { changeOne, createOne, deleteOne } from '../services/write-record.ts';
import { type CatalogueProduct, viewProduct } from './catalogue-view.ts';
import { ANY_QUERY, json, legacyRoute, type LegacyRouter } from './legacy-system.ts';
import { pageQueryOf } from './page-query.ts';

const KIND = KINDS.products;
/** Room for the longest description, every character of it escaped. */
const MAX_BODY_BYTES = 1024 * 1024;
/** That system had none, and its clients send none. */
const DEFAULT_PRICE = '0';

interface ProductPage {
  items: CatalogueProduct[];
  total: number;
  page: number;
  page_size: number;
}

/** A filter that is left blank is none. */
const textFilter = z
  .string()
  .max(100)
  .refine((given) => !given.includes('\0'), 'must not have a NUL character')
  .transform((given) => (given.trim() === '' ? undefined : cleanText(given)))
  .optional();

/** As the libraries of its clients write a yes and a no. */
const YES_NO = {
  true: true,
  '1': true,
  yes: true,
  on: true,
  false: false,
  '0': false,
  no: false,
  off: false,
};

const activeFilter = z
  .string()
  .transform((given) => given.trim().toLowerCase())
  .pipe(z.enum(['', ...(Object.keys(YES_NO) as (keyof typeof YES_NO)[])], 'must be true or false'))
  .transform((given) => (given === '' ? undefined : YES_NO[given]))
  .optional();

const listQuery = z.object({
  sku: textFilter,
  name: textFilter,
  description: textFilter,
  active: activeFilter,
  search: textFilter,
  q: textFilter,
  ...pageQueryOf(20),
});

const price = z.union([z.string(), z.number()]).nullish();
const newProduct = z.object({
  sku: z.string(),
  name: z.string(),
  price,
  description: z.string().nullish(),
  active: z.boolean().nullish(),
});
/** What is null stays as it is, like what is left out; but for the description, which can be empty. */
const changedProduct = z.object({
  sku: z.string().nullish(),
  name: z.string().nullish(),
  price,
  description: z.string().nullish(),
  active: z.boolean().nullish(),
});

/** Products: page by page with filters, and one by one. */
export function mountCatalogueProducts(router: LegacyRouter, deps: AppDeps, path: string): void {
  const { database } = deps;
  const one = { path: `${path}/:id`, params: recordParamsSchema, query: ANY_QUERY } as const;

  mountRoute(
    router,
    legacyRoute({
      method: 'get',
      path,
      access: 'viewer',
      query: listQuery,
      responses: { 200: json<ProductPage>() },
    }),
  )(async ({ query }) => {
    const { page, page_size: size } = query;
    const filter = toFilter(query);
    const offset = (page - 1) * size;
    if (isFiltered(filter) && offset >= COUNT_BOUNDS.matches) {
      const detail = `With a filter, pages reach as far as ${String(COUNT_BOUNDS.matches)} products. Narrow it.`;
      throw invalidField('#/page', 'out_of_range', detail);
    }
    const counted = await countRecords(database, KIND, filter);
    const sort = { by: CREATED, descending: true };
    // Without a filter a page behind the end would be looked for along the whole index.
    const isBehind = !isFiltered(filter) && offset >= counted;
    // One more than asked for tells whether this is the last page.
    const places = isBehind
      ? []
      : await listRecords(database, KIND, { filter, sort, after: null, limit: size + 1, offset });
    const listed = places.slice(0, size);
    const total = totalOf(counted, offset, places.length, size);
    const items = listed.flatMap(({ record }) => (record === null ? [] : [viewProduct(record)]));
    return { status: 200, body: { items, total, page, page_size: size } };
  });

  mountRoute(
    router,
    legacyRoute({
      method: 'post',
      path,
      access: 'operator',
      query: ANY_QUERY,
      body: newProduct,
      maxBodyBytes: MAX_BODY_BYTES,
      responses: { 201: json<CatalogueProduct>() },
    }),
  )(async ({ body, principal, request }) => {
    const given = { ...body, price: body.price ?? DEFAULT_PRICE };
    const { record } = await createOne(deps, KIND, given, actorOf(principal, request));
    return { status: 201, body: viewProduct(record) };
  });

  mountRoute(
    router,
    legacyRoute({ ...one, method: 'get', access: 'viewer', responses: { 200: json<CatalogueProduct>() } }),
  )(async ({ params }) => {
    const record = found(await findRecord(database.pool, KIND, params.id));
    return { status: 200, body: viewProduct(record) };
  });

  mountRoute(
    router,
    legacyRoute({
      ...one,
      method: 'put',
      access: 'operator',
      body: changedProduct,
      maxBodyBytes: MAX_BODY_BYTES,
      responses: { 200: json<CatalogueProduct>() },
    }),
  )(async ({ params, body, principal, request }) => {
    const { description, ...others } = body;
    const given = {
      ...Object.fromEntries(Object.entries(others).filter(([, value]) => value != null)),
      ...(description === undefined ? {} : { description }),
    };
    const record = await changeOne(deps, KIND, params.id, given, 'any', actorOf(principal, request));
    return { status: 200, body: viewProduct(record) };
  });

  mountRoute(
    router,
    legacyRoute({ ...one, method: 'delete', access: 'operator', responses: { 204: {} } }),
  )(async ({ params, principal, request }) => {
    await deleteOne(deps, KIND, params.id, 'any', actorOf(principal, request));
    return { status: 204 };
  });
}

/**
 * What was counted may be an estimate: the last page tells it exactly, and one that is not the last that there are more.
 *
 * @param found how many were found from the offset on, at most one more than a page has
 */
function totalOf(counted: number, offset: number, found: number, size: number): number {
  if (found === 0 && offset > 0) return counted;
  return found <= size ? offset + found : Math.max(counted, offset + found);
}

function isFiltered({ columns, text }: RecordFilter): boolean {
  return columns.length > 0 || text !== undefined;
}

function toFilter({ active, search, q, ...texts }: z.output<typeof listQuery>): RecordFilter {
  const columns: ColumnFilter[] = [];
  for (const column of ['sku', 'name', 'description'] as const) {
    const value = texts[column];
    if (value !== undefined) columns.push({ column, is: 'contains', value });
  }
  if (active !== undefined) columns.push({ column: 'active', is: '=', value: active });
  const text = search ?? q;
  return { columns, ...(text === undefined ? {} : { text }) };
}
