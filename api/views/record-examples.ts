import type { RecordChangeJson, RecordJson, RecordValue, RecordValues } from '../../contracts/http/record.ts';
import type { Column, Kind } from '../../domain/kinds/index.ts';
import { viewValue } from './record-view.ts';

const RECORD_ID = '0195d3c5-8c11-7a02-b3d4-5e6f70819203';
const FIRST_JOB_ID = '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11';
const SECOND_JOB_ID = '0195d8ec-03a5-7f0e-8b1c-2d3e4f506172';
const CREATED_AT = '2026-11-21T07:00:02.000Z';
const UPDATED_AT = '2026-11-22T07:00:02.000Z';

/** A record of a kind for the API document, made of the examples of its columns. */
export function recordExampleOf({ columns, facts }: Kind): RecordJson {
  return {
    id: RECORD_ID,
    ...valuesOf([...columns, ...facts]),
    version: 2,
    lastChange: { changeId: SECOND_JOB_ID, row: 9, source: { type: 'import', jobId: SECOND_JOB_ID } },
    createdAt: CREATED_AT,
    updatedAt: UPDATED_AT,
  };
}

/** Its history: created by one import, its name changed by another. */
export function changeExamplesOf({ columns, keyColumn }: Kind): RecordChangeJson[] {
  const changed = columns.filter(({ name, type }) => type === 'text' && name !== keyColumn).slice(0, 1);
  const earlier = Object.fromEntries(
    changed.map(({ name, example }): [string, RecordValue] => [name, `${example} (old)`]),
  );
  return [
    {
      operation: 'updated',
      changeId: SECOND_JOB_ID,
      row: 9,
      by: 'ada',
      at: UPDATED_AT,
      before: earlier,
      after: valuesOf(changed),
      source: { type: 'import', jobId: SECOND_JOB_ID },
      changesRemoved: false,
    },
    {
      operation: 'created',
      changeId: FIRST_JOB_ID,
      row: 17,
      by: 'ada',
      at: CREATED_AT,
      before: null,
      after: { ...valuesOf(columns), ...earlier },
      source: { type: 'import', jobId: FIRST_JOB_ID },
      changesRemoved: false,
    },
  ];
}

/** An export with one record. */
export function csvExampleOf({ columns }: Kind): string {
  return `${columns.map(({ name }) => name).join(',')}\r\n${columns.map(({ example }) => example).join(',')}\r\n`;
}

type Shown = Pick<Column, 'name' | 'type' | 'example'>;

function valuesOf(columns: readonly Shown[]): RecordValues {
  return Object.fromEntries(columns.map((column): [string, RecordValue] => [column.name, valueOf(column)]));
}

function valueOf({ type, example }: Shown): RecordValue {
  switch (type) {
    case 'boolean':
      return example === 'true';
    case 'integer':
      return Number(example);
    default:
      return viewValue(example, type);
  }
}
