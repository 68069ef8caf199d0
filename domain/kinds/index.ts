import type { ImportKind, RecordKind } from '../../contracts/words.ts';
import { customers } from './customers.ts';
import type { AnyKind, Kind } from './kind.ts';
import { orders } from './orders.ts';
import { products } from './products.ts';

export type { AnyKind, Column, ColumnType, Kind, RecordColumn, RecordColumnType } from './kind.ts';

/** Every kind of record that can be imported. */
export const KINDS: Record<RecordKind, Kind> = { customers, products };

/** Everything that a file may bring. */
export const IMPORTABLE: Record<ImportKind, AnyKind> = { ...KINDS, orders };
