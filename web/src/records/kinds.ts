import type { Job, Schemas } from '../client/api.ts';
import { formatCount } from '../ui/format.ts';

/** What is listed and edited here; orders have views of their own. */
export type RecordKind = Exclude<Job['kind'], 'orders'>;
export type AnyRecord = Schemas['Product'] | Schemas['Customer'];
export type AnyChange = Schemas['ProductChange'] | Schemas['CustomerChange'];

/** A column of a kind, as forms and panels show it. */
export interface Field {
  name: string;
  title: string;
  type: 'text' | 'email' | 'decimal' | 'integer' | 'boolean';
  required: boolean;
  maxLength?: number;
  isLong?: true;
  /** What a new record has when nothing is said. */
  initial?: string | boolean;
}

interface Filter {
  name: string;
  title: string;
  type: 'text' | 'decimal' | 'integer' | 'boolean';
}

interface TableColumn {
  name: string;
  width: string;
  from?: 'sm' | 'md' | 'lg';
  isSortable: boolean;
}

/** What the views of a kind of record are made from. */
export interface KindView {
  kind: RecordKind;
  title: string;
  singular: string;
  plural: string;
  /** By which imports find a record. */
  keyField: string;
  fields: readonly Field[];
  /** What the API shows besides, and nobody writes. */
  derived: readonly Pick<Field, 'name' | 'title' | 'type'>[];
  columns: readonly TableColumn[];
  filters: readonly Filter[];
  searched: string;
  isPerson: boolean;
}

export const KINDS: Record<RecordKind, KindView> = {
  products: {
    kind: 'products',
    title: 'Products',
    singular: 'product',
    plural: 'products',
    keyField: 'sku',
    fields: [
      { name: 'sku', title: 'SKU', type: 'text', required: true, maxLength: 255 },
      { name: 'name', title: 'Name', type: 'text', required: true, maxLength: 500 },
      { name: 'price', title: 'Price', type: 'decimal', required: true },
      { name: 'stock', title: 'Stock', type: 'integer', required: false, initial: '0' },
      { name: 'active', title: 'Active', type: 'boolean', required: false, initial: true },
      {
        name: 'description',
        title: 'Description',
        type: 'text',
        required: false,
        maxLength: 50_000,
        isLong: true,
      },
    ],
    derived: [
      { name: 'reserved', title: 'Held by orders', type: 'integer' },
      { name: 'available', title: 'Available', type: 'integer' },
    ],
    columns: [
      { name: 'sku', width: 'minmax(110px, 1fr)', isSortable: true },
      { name: 'name', width: 'minmax(120px, 3fr)', isSortable: true },
      { name: 'price', width: 'minmax(84px, 110px)', isSortable: true },
      { name: 'stock', width: '84px', from: 'sm', isSortable: true },
      { name: 'active', width: '80px', from: 'md', isSortable: false },
    ],
    filters: [
      { name: 'active', title: 'Active', type: 'boolean' },
      { name: 'sku', title: 'SKU is', type: 'text' },
      { name: 'name', title: 'Name begins with', type: 'text' },
      { name: 'priceMin', title: 'Price from', type: 'decimal' },
      { name: 'priceMax', title: 'Price to', type: 'decimal' },
      { name: 'stockMin', title: 'Stock from', type: 'integer' },
      { name: 'stockMax', title: 'Stock to', type: 'integer' },
    ],
    searched: 'SKU, name, description',
    isPerson: false,
  },
  customers: {
    kind: 'customers',
    title: 'Customers',
    singular: 'customer',
    plural: 'customers',
    keyField: 'email',
    fields: [
      { name: 'email', title: 'E-mail', type: 'email', required: true, maxLength: 254 },
      { name: 'name', title: 'Name', type: 'text', required: true, maxLength: 500 },
      { name: 'company', title: 'Company', type: 'text', required: true, maxLength: 500 },
      { name: 'phone', title: 'Phone', type: 'text', required: false, maxLength: 64 },
    ],
    derived: [],
    columns: [
      { name: 'email', width: 'minmax(150px, 2fr)', isSortable: true },
      { name: 'name', width: 'minmax(110px, 2fr)', isSortable: true },
      { name: 'company', width: 'minmax(120px, 2fr)', from: 'sm', isSortable: true },
      { name: 'phone', width: 'minmax(120px, 1fr)', from: 'md', isSortable: false },
    ],
    filters: [
      { name: 'email', title: 'E-mail is', type: 'text' },
      { name: 'name', title: 'Name begins with', type: 'text' },
      { name: 'company', title: 'Company begins with', type: 'text' },
    ],
    searched: 'name, e-mail, company, phone',
    isPerson: true,
  },
};

/** @returns what a record has in a column */
export function valueOf(record: AnyRecord, column: string): unknown {
  const values: Readonly<Record<string, unknown>> = record;
  return values[column];
}

/** @returns what a record is called where one is spoken of */
export function nameOf(record: AnyRecord): string {
  return record.name;
}

/** @returns such as "1 product", "1,250 products" */
export function countOf({ singular, plural }: KindView, count: number): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}
