import { parseArgs } from 'node:util';

/** A flag of a script. */
export interface Flag {
  type: 'string' | 'boolean';
  /** What stands behind the flag in the usage, for example `FILE`; for strings only. */
  value?: string;
  help: string;
}

/** What a script is called like, and understands. */
export interface Command<Flags extends Record<string, Flag>> {
  /** As people type it: `npm run inspect:jobs --`. */
  call: string;
  /** One or two sentences. */
  summary: string;
  /** Arguments without a flag: how they are shown, and how many there may be. */
  positionals?: { usage: string; min: number; max: number };
  flags: Flags;
  /** Complete calls. */
  examples: string[];
}

type Values<Flags extends Record<string, Flag>> = {
  [Name in keyof Flags]?: Flags[Name]['type'] extends 'boolean' ? boolean : string;
};

/** A call that the script does not understand. Shown with its usage; exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** The flag of every script that prints results. */
export const JSON_FLAG = {
  type: 'boolean',
  help: 'print the result as JSON, alone on standard output',
} as const;
/** The flag of every script that works on a local stack. */
export const DATA_DIR_FLAG = {
  type: 'string',
  value: 'DIR',
  help: 'where the local stack keeps its data (default: .longshore)',
} as const;
/** The flag of every script that talks to the API. */
export const URL_FLAG = {
  type: 'string',
  value: 'URL',
  help: 'address of the API (default: LONGSHORE_URL, else the running local stack)',
} as const;

/**
 * Runs a script: reads its arguments, and turns errors into messages and exit codes.
 *
 * Exit codes: what the script sets as process.exitCode, 1 for an error, 2 for a call that was not understood.
 */
export async function runScript<Flags extends Record<string, Flag>>(
  command: Command<Flags>,
  main: (values: Values<Flags>, positionals: string[]) => Promise<void>,
): Promise<void> {
  // A reader that goes away early, such as `head`, is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    const { values, positionals } = readArguments(command);
    if ((values as { help?: boolean }).help === true) {
      process.stdout.write(usageOf(command));
      return;
    }
    await main(values, positionals);
  } catch (error) {
    if (error instanceof UsageError) {
      say(`${error.message}\n\n${usageOf(command)}`.trimEnd());
      process.exitCode = 2;
    } else {
      say(error instanceof Error ? messageOf(error) : String(error));
      process.exitCode = 1;
    }
  }
}

/** A line for people, on standard error. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A result, on standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A result as JSON, on standard output. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Columns under their titles, aligned; numbers to the right. */
export function table(titles: string[], rows: (string | number | null)[][]): string {
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => cellText(row[column]).length)),
  );
  const line = (cells: (string | number | null | undefined)[]) =>
    cells
      .map((cell, column) =>
        typeof cell === 'number'
          ? cellText(cell).padStart(widths[column] ?? 0)
          : cellText(cell).padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(titles), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** @throws {UsageError} when the text is not a whole number between the bounds */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < min || number > max) {
    throw new UsageError(
      `${name} must be a whole number from ${String(min)} to ${String(max)}, not "${text}"`,
    );
  }
  return number;
}

/** @throws {UsageError} when the text is none of the words */
export function oneOf<Word extends string>(name: string, text: string, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw new UsageError(`${name} must be one of ${words.join(', ')}, not "${text}"`);
  return word;
}

function cellText(cell: string | number | null | undefined): string {
  // A line break inside a cell would break the table.
  return String(cell ?? '-').replaceAll(/[\r\n\t]+/g, ' ');
}

function readArguments<Flags extends Record<string, Flag>>(
  command: Command<Flags>,
): { values: Values<Flags>; positionals: string[] } {
  const { min, max } = command.positionals ?? { min: 0, max: 0 };
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({
      args: process.argv.slice(2),
      options: {
        ...Object.fromEntries(Object.entries(command.flags).map(([name, { type }]) => [name, { type }])),
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    // The first sentence names the fault; what follows is about escaping and seldom meant.
    throw new UsageError((error as Error).message.split('. ')[0] ?? '');
  }
  const { values, positionals } = parsed;
  if (values.help !== true) {
    if (positionals.length < min) throw new UsageError(`missing: ${command.positionals?.usage ?? ''}`);
    if (positionals.length > max) throw new UsageError(`one argument too many: ${positionals[max] ?? ''}`);
  }
  return { values: values as Values<Flags>, positionals };
}

function usageOf<Flags extends Record<string, Flag>>(command: Command<Flags>): string {
  const flags: [string, string][] = Object.entries(command.flags).map(([name, { value, help }]) => [
    `--${name}${value === undefined ? '' : ` ${value}`}`,
    help,
  ]);
  flags.push(['--help', 'show this']);
  const width = Math.max(...flags.map(([flag]) => flag.length));
  return [
    `usage: ${command.call} ${[command.positionals?.usage, '[flags]'].filter(Boolean).join(' ')}`,
    '',
    command.summary,
    '',
    ...flags.map(([flag, help]) => `  ${flag.padEnd(width)}  ${help}`),
    '',
    `example${command.examples.length === 1 ? '' : 's'}:`,
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}

/** Some errors of connections have no text of their own, only those of the attempts. */
function messageOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((one) => (one as Error).message).join('; ');
  return error.message === '' ? error.name : error.message;
}
