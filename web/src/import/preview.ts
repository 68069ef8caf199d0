import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { Schemas } from '../client/api.ts';
import { problemOf } from '../client/problem.ts';
import { writeToken } from '../client/write-token.ts';

/** Enough to understand a file by, and quickly sent. */
const BEGINNING_BYTES = 4 * 1024 * 1024;

export type Preview = Schemas['Preview'];

/** Columns of the record by the positions that fill them, from 1; null where one is not imported. Or a saved one by its name. */
export type Mapping = Record<string, number[] | null> | string;

/** What is said of a file, as far as it is not to be found out. */
export interface Choices {
  kind: Schemas['Job']['kind'] | '';
  mode: Schemas['ImportOptions']['mode'];
  mapping: Mapping | null;
  dialect: Schemas['GivenDialect'];
}

/** A file that was chosen, with a number of its own: two of the same name are two. */
export interface Chosen {
  number: number;
  file: File;
}

/** The fields of a form for these choices; what was not chosen is left out. */
export function fieldsOf({ kind, mode, mapping, dialect }: Choices): Record<string, string> {
  return {
    ...(kind === '' ? {} : { kind }),
    mode,
    ...(mapping === null ? {} : { mapping: JSON.stringify(mapping) }),
    ...(Object.keys(dialect).length === 0 ? {} : { dialect: JSON.stringify(dialect) }),
  };
}

async function readPreview(file: File, choices: Choices, signal: AbortSignal): Promise<Preview> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fieldsOf(choices))) body.append(name, value);
  body.append('sizeBytes', String(file.size));
  body.append('file', file.slice(0, BEGINNING_BYTES), file.name);
  const response = await fetch('/api/imports/preview', {
    method: 'POST',
    headers: { Authorization: `Bearer ${await writeToken()}` },
    body,
    signal,
  });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Preview;
}

/** How the API understands a file. While it looks again, what it said before stays. */
export function usePreview(chosen: Chosen | null, choices: Choices) {
  return useQuery({
    queryKey: ['preview', chosen?.number, choices],
    queryFn: ({ signal }) => {
      if (chosen === null) throw new Error('no file is chosen');
      return readPreview(chosen.file, choices, signal);
    },
    enabled: chosen !== null,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
  });
}
