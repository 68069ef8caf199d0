import type { RecordKind } from '../../contracts/words.ts';
import { customers } from './customers.ts';
import type { Kind } from './kind.ts';
import { products } from './products.ts';

export type { Column, ColumnType, Kind } from './kind.ts';

/** Every kind of record that can be imported. */
export const KINDS: Record<RecordKind, Kind> = { customers, products };
