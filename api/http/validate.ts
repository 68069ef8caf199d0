import type { z } from 'zod';
import type { FieldProblem } from '../../contracts/http/problem.ts';
import { HttpProblem } from './http-problem.ts';

/**
 * Holds a part of a request against its schema.
 *
 * @throws {HttpProblem} `invalid`, with a line for each field that breaks a rule
 */
export function validate<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => toFieldProblems(issue, given));
  throw new HttpProblem('invalid', summarise(errors), { errors });
}

function toFieldProblems(issue: z.core.$ZodIssue, given: unknown): FieldProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: toPointer([...issue.path, key]),
      code: 'unknown_field',
      detail: `There is no field "${key}" here.`,
    }));
  }
  const pointer = toPointer(issue.path);
  if (valueAt(given, issue.path) === undefined) {
    return [{ pointer, code: 'required', detail: 'This field is required.' }];
  }
  const own: unknown = issue.code === 'custom' ? issue.params?.code : undefined;
  return [{ pointer, code: typeof own === 'string' ? own : issue.code, detail: issue.message }];
}

/** RFC 6901, section 6: a JSON pointer as a URI fragment. */
function toPointer(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1'));
  return `#${parts.map((part) => `/${encodeURIComponent(part)}`).join('')}`;
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  let value = given;
  for (const part of path) {
    // JSON in a field of a form: what is inside is not looked for.
    if (typeof value === 'string') return value;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

function summarise(errors: readonly FieldProblem[]): string {
  const fields = errors.map(({ pointer }) => decodeURIComponent(pointer.slice(2)) || 'the body');
  const first = errors[0];
  return errors.length === 1 && first !== undefined
    ? `${fields[0] ?? ''}: ${first.detail}`
    : `Several fields break a rule: ${fields.join(', ')}.`;
}
