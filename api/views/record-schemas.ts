import { type RecordJson, recordSchemaOf } from '../../contracts/http/record.ts';
import type { RecordKind } from '../../contracts/words.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import type { z } from 'zod';

/** Of each kind. Made once: a schema with a name in the API document must be the same wherever it is used. */
export const RECORD_SCHEMAS = Object.fromEntries(
  Object.values(KINDS).map((kind) => [kind.name, recordSchemaOf(kind)]),
) as Record<RecordKind, z.ZodType<RecordJson, RecordJson>>;
