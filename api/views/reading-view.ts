import type { ReadingView } from '../../contracts/http/reading.ts';
import type { Reading } from '../../domain/csv/reading.ts';
import type { Mapping } from '../../domain/mapping/mapping.ts';

/** How the file of a job was read, as the API shows it. */
export function viewReading({ source, mapping, header, ...reading }: Reading): ReadingView {
  return {
    container: source.container,
    compression: source.compression,
    sheet: source.sheet,
    encoding: source.encoding,
    encodingConfidence: source.encodingConfidence,
    dialect: reading.dialect,
    dialectConfidence: reading.dialectConfidence,
    headerLine: reading.headerLine,
    columns: viewColumns(header, mapping),
    mapping: { source: mapping.source.type, name: mapping.source.name },
    numberFormats: reading.numberFormats,
  };
}

/** The columns of a file, and what each of them fills. */
export function viewColumns(header: readonly string[], mapping: Mapping | null): ReadingView['columns'] {
  const columnAt = new Map(
    mapping?.columns.flatMap(({ column, from }) => from.map((position) => [position, column] as const)),
  );
  return header.map((cell, position) => ({
    position: position + 1,
    header: cell,
    column: columnAt.get(position) ?? null,
  }));
}
