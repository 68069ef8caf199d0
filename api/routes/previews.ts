import { unpackBeginning, type UnpackedBeginning } from '../../adapters/unpack/unpack-beginning.ts';
import {
  type Preview,
  previewFieldsSchema,
  previewSchema,
  templateParamsSchema,
} from '../../contracts/http/preview.ts';
import {
  type ChosenMapping,
  DEFAULT_IMPORT_OPTIONS,
  type ImportKind,
  type Mode,
} from '../../contracts/words.ts';
import { type FileSource, findSheet } from '../../domain/csv/file-source.ts';
import { UnreadableFile } from '../../domain/csv/unreadable-file.ts';
import { writeRecord } from '../../domain/csv/write-record.ts';
import { IMPORTABLE } from '../../domain/kinds/index.ts';
import { fingerprintHeader, fingerprintHeaderOrder } from '../../domain/mapping/header-name.ts';
import { type Understanding, understandFile } from '../../domain/understand-file.ts';
import type { Queryable } from '../../prisma/client.ts';
import { findMappingForHeader } from '../../prisma/repositories/mappings.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute, SENT } from '../http/route.ts';
import { previewExample } from '../views/preview-example.ts';
import { viewPreview, viewUnreadable } from '../views/preview-view.ts';
import { chosenMapping, chosenMode } from './shared.ts';

/** How much of a file is looked at. */
const PREVIEW_BYTES = 4 * 1024 * 1024;

const createPreview = declareRoute({
  method: 'post',
  path: '/api/imports/preview',
  operationId: 'previewImport',
  summary: 'See how a file would be read',
  description:
    'Send the file, or its first 4 MiB with `sizeBytes` of the whole. Nothing is kept. A file that can not be imported as it is ' +
    'answers 200 too, with its `problems`.',
  tag: 'imports',
  access: 'viewer',
  upload: { fields: previewFieldsSchema, description: 'The file, or its beginning.' },
  responses: {
    200: { description: 'What was understood.', schema: previewSchema, example: previewExample },
  },
  problems: ['malformed-request', 'too-large', 'unsupported-media-type'],
});

const getTemplate = declareRoute({
  method: 'get',
  path: '/api/imports/template/:kind',
  operationId: 'getImportTemplate',
  summary: 'Download a file to fill in',
  tag: 'imports',
  access: 'viewer',
  params: templateParamsSchema,
  responses: {
    200: {
      description: 'A CSV with a header and one example.',
      contentType: 'text/csv',
      example: 'sku,name,price,description,active,stock\r\nSKU-1,Blue mug,19.90,Holds 300 ml,true,25\r\n',
    },
  },
  problems: [],
});

/** What comes before an import. */
export function mountPreviews(router: ApiRouter, { config, database, storage }: AppDeps): void {
  mountRoute(
    router,
    createPreview,
  )(async ({ upload }) => {
    const { file, fields } = upload;
    const bytes = await storage.read(file.storageKey, { start: 0, end: PREVIEW_BYTES });
    const isWhole = bytes.length >= Math.max(file.sizeBytes, fields.sizeBytes ?? 0);
    const preview = await look(bytes, isWhole, fields);
    return { status: 200, body: preview };
  });

  mountRoute(
    router,
    getTemplate,
  )(({ params, response }) => {
    const { name, columns } = IMPORTABLE[params.kind];
    response.attachment(`${name}-template.csv`);
    response.set({ 'Content-Type': 'text/csv; charset=utf-8' });
    const dialect = { delimiter: ',', quote: '"' };
    const header = writeRecord(
      columns.map((column) => column.name),
      dialect,
    );
    const example = writeRecord(
      columns.map((column) => column.example),
      dialect,
    );
    response.end(header + example);
    return SENT;
  });

  async function look(bytes: Buffer, isWhole: boolean, fields: Fields): Promise<Preview> {
    try {
      const found = await findSheet(
        fields.dialect?.sheet,
        (sheet) => understand(bytes, isWhole, fields, sheet),
        ({ understood }) => understood.problems.length === 0 && understood.kind !== null,
      );
      const { kind, header } = found.understood;
      const suggested = await suggestMapping(database.pool, kind, header);
      return viewPreview({ ...found, given: fields.dialect ?? {}, mode: modeOf(fields, kind), suggested });
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      return viewUnreadable(error, isWhole);
    }
  }

  async function understand(
    bytes: Buffer,
    isWhole: boolean,
    fields: Fields,
    sheet: string | undefined,
  ): Promise<Look> {
    const { kind: given, mapping, dialect = {} } = fields;
    const beginning = await unpackBeginning(bytes, { isWhole, given: { ...dialect, sheet } });
    const { text, isWhole: isAll, source } = beginning;
    const asKind = (kind: ImportKind | null, chosen: ChosenMapping | null) =>
      understandFile(text, isAll, source, {
        kind,
        mode: modeOf(fields, kind),
        given: dialect,
        mapping: chosen,
        currency: config.CURRENCY,
        maxColumns: config.IMPORT_MAX_COLUMNS,
        maxRecordBytes: config.IMPORT_MAX_RECORD_BYTES,
      });
    // A mapping is one for a kind: where that is guessed, the file is understood without it first.
    const guessed = given === undefined ? asKind(null, null) : null;
    const kind = given ?? guessed?.kind ?? null;
    const chosen = kind === null ? null : await chosenMapping(database.pool, kind, mapping);
    const understood = guessed !== null && chosen === null ? guessed : asKind(kind, chosen);
    return { beginning, source, understood };
  }
}

type Fields = (typeof previewFieldsSchema)['_output'];

interface Look {
  beginning: UnpackedBeginning;
  source: FileSource;
  understood: Understanding;
}

/** A mode that is not for the kind is a mistake where the caller names both; where the kind was guessed, its own counts. */
function modeOf({ kind: given, mode }: Fields, kind: ImportKind | null): Mode {
  if (kind === null) return mode ?? DEFAULT_IMPORT_OPTIONS.mode;
  if (given !== undefined) return chosenMode(given, mode);
  return mode !== undefined && IMPORTABLE[kind].modes.includes(mode) ? mode : chosenMode(kind, undefined);
}

async function suggestMapping(
  db: Queryable,
  kind: ImportKind | null,
  header: readonly string[],
): Promise<{ id: string; name: string } | null> {
  if (kind === null) return null;
  const prints = [fingerprintHeader(header), fingerprintHeaderOrder(header)].filter(
    (print) => print !== null,
  );
  const saved = prints.length === 0 ? null : await findMappingForHeader(db, kind, prints);
  return saved === null ? null : { id: saved.id, name: saved.name };
}
