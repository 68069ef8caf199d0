import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import {
  DELIVERY_ERRORS,
  FILE_ERRORS,
  JOB_ERRORS,
  ORDER_ATTENTION,
  ORDER_ERRORS,
  PARKING_REASONS,
  PART_ERRORS,
  PROBLEMS,
  ROW_ERRORS,
} from '../../contracts/errors.ts';
import { problemExplanations } from '../../contracts/http/problem.ts';
import { describeSettings, type SettingDescription } from '../../platform/config.ts';
import { readDataModel, type Table } from './data-model.ts';
import { ROOT } from './local-stack.ts';

/** A file of the documentation that is made from the code, whole or between its markers. */
export interface GeneratedDoc {
  /** From the checkout. */
  file: string;
  /** @param present the file as it is; empty when there is none */
  render: (present: string) => Promise<string>;
}

/** The tables of docs/errors.md, from the one catalogue of errors. */
export const ERROR_DOCS: readonly GeneratedDoc[] = [
  {
    file: 'docs/errors.md',
    render: (present) =>
      fillIn('docs/errors.md', present, {
        'file-errors': table(
          ['code', 'what it means, and what to do'],
          Object.entries(FILE_ERRORS).map(([code, text]) => [inCode(code), text]),
        ),
        'row-errors': table(
          ['code', 'what it means'],
          Object.entries(ROW_ERRORS).map(([code, text]) => [inCode(code), text]),
        ),
        'part-errors': table(
          ['code', 'tried again by itself', 'what it means'],
          Object.entries(PART_ERRORS).map(([code, { retryable, text }]) => [
            inCode(code),
            retryable ? 'yes' : 'no',
            text,
          ]),
        ),
        'job-errors': table(
          ['code', 'what it means'],
          Object.entries(JOB_ERRORS).map(([code, text]) => [inCode(code), text]),
        ),
        'order-errors': table(
          ['code', 'what it means'],
          Object.entries({ ...ORDER_ERRORS, ...ORDER_ATTENTION }).map(([code, text]) => [inCode(code), text]),
        ),
        'delivery-errors': table(
          ['code', 'what it means'],
          Object.entries(DELIVERY_ERRORS).map(([code, text]) => [inCode(code), text]),
        ),
        'parking-reasons': table(
          ['reason', 'what it means'],
          Object.entries(PARKING_REASONS).map(([code, text]) => [inCode(code), text]),
        ),
        problems: table(
          ['type', 'status', 'title', 'what it means, and what to do'],
          Object.entries(PROBLEMS).map(([code, { status, title }]) => [
            inCode(`/problems/${code}`),
            String(status),
            title,
            problemExplanations[code as keyof typeof PROBLEMS],
          ]),
        ),
      }),
  },
];

/** The tables of docs/configuration.md, and .env.example, from the settings' schemas. */
export const CONFIGURATION_DOCS: readonly GeneratedDoc[] = [
  {
    file: 'docs/configuration.md',
    render: (present) =>
      fillIn('docs/configuration.md', present, {
        both: settingsTable(({ readBy }) => readBy.length > 1),
        api: settingsTable(({ readBy }) => readBy.join() === 'api'),
        worker: settingsTable(({ readBy }) => readBy.join() === 'worker'),
      }),
  },
  { file: '.env.example', render: () => Promise.resolve(renderEnvExample()) },
];

/** docs/data-model.md, from the schema of the database and its comments. */
export const DATA_MODEL_DOCS: readonly GeneratedDoc[] = [
  {
    file: 'docs/data-model.md',
    render: async (present) => {
      const schema = await readFile(path.join(ROOT, 'prisma', 'schema.prisma'), 'utf8');
      const { tables, enumerations } = readDataModel(schema);
      return await fillIn('docs/data-model.md', present, {
        relations: relationDiagram(tables),
        tables: tables.map(renderTable).join('\n\n'),
        enumerations: table(
          ['enumeration', 'values'],
          enumerations.map(({ name, values }) => [inCode(name), values.map(inCode).join(', ')]),
        ),
      });
    },
  },
];

function relationDiagram(tables: readonly Table[]): string {
  const lines = tables.flatMap(({ name, references }) =>
    references.map(({ table: target, column }) => `  ${target} ||--o{ ${name} : ${column}`),
  );
  return ['```mermaid', 'erDiagram', ...lines, '```'].join('\n');
}

function renderTable({ name, comment, columns, key, unique, indexes, references }: Table): string {
  const list = (keys: readonly string[][]): string =>
    keys.map((one) => `(${one.map(inCode).join(', ')})`).join(', ');
  const notes = [
    `Primary key: ${list([key])}.`,
    ...(unique.length === 0 ? [] : [`Unique: ${list(unique)}.`]),
    ...(indexes.length === 0 ? [] : [`Indexes: ${list(indexes)}.`]),
    ...references.map(
      ({ column, table: target, onDelete }) =>
        `${inCode(column)} leads to ${inCode(target)}${onDelete === 'Cascade' ? ', and goes with it' : ''}.`,
    ),
  ];
  const rows = columns.map((column) => [
    inCode(column.name),
    column.type,
    column.isNullable ? 'yes' : '',
    column.comment,
  ]);
  return [
    `### ${name}`,
    ...(comment === '' ? [] : [comment]),
    table(['column', 'type', 'may be null', 'what it is'], rows),
    notes.join(' '),
  ].join('\n\n');
}

/** @returns the files whose text had to be changed */
export async function writeDocs(docs: readonly GeneratedDoc[]): Promise<string[]> {
  const changed: string[] = [];
  for (const doc of docs) {
    const present = await readDoc(doc);
    const text = await doc.render(present);
    if (text === present) continue;
    await writeFile(path.join(ROOT, doc.file), text);
    changed.push(doc.file);
  }
  return changed;
}

/** The text of a file of the documentation as it is; empty when there is none. */
export async function readDoc({ file }: GeneratedDoc): Promise<string> {
  const place = path.join(ROOT, file);
  return existsSync(place) ? await readFile(place, 'utf8') : '';
}

/** Replaces what stands between the markers, and formats the whole as the check of the format wants it. */
async function fillIn(file: string, present: string, blocks: Record<string, string>): Promise<string> {
  let text = present;
  for (const [name, block] of Object.entries(blocks)) {
    const [begin, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
    const from = text.indexOf(begin);
    const to = text.indexOf(end);
    if (from === -1 || to < from) throw new Error(`${file} has no place for "${name}": ${begin} and ${end}`);
    text = `${text.slice(0, from)}${begin}\n\n${block}\n\n${text.slice(to)}`;
  }
  const place = path.join(ROOT, file);
  return format(text, { ...(await resolveConfig(place)), filepath: place });
}

function table(titles: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

function settingsTable(wanted: (setting: SettingDescription) => boolean): string {
  const rows = describeSettings()
    .filter(wanted)
    .map(({ name, default: value, required, values, description }) => [
      inCode(name),
      required ? '**must be set**' : value === null ? '' : inCode(value),
      values,
      description,
    ]);
  return table(['setting', 'default', 'values', 'what it is'], rows);
}

const WRAP_AT = 108;

function renderEnvExample(): string {
  const settings = describeSettings();
  const who = { api: 'the API', worker: 'the workers' };
  const entries = settings.map(({ name, readBy, description, values, default: value, required }) => {
    const notes = [description, ...(values === '' ? [] : [`Values: ${values}.`])];
    notes.push(`Read by ${readBy.map((reader) => who[reader]).join(' and ')}.`);
    const line = `${name}=${value ?? ''}`;
    return [...wrapped(notes.join(' ')), required ? line : `# ${line}`].join('\n');
  });
  return `${[
    [
      '# Settings of the processes, with their defaults. Made from platform/config.ts by `npm run docs:configuration`.',
      '# Nothing reads this file by itself: docs/configuration.md says how to use a copy of it. An empty value is as good as',
      '# none. `npm start` needs none of these.',
    ].join('\n'),
    ...entries,
  ].join('\n\n')}\n`;
}

/** Lines of a comment. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WRAP_AT) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

function inCode(text: string): string {
  return `\`${text}\``;
}
