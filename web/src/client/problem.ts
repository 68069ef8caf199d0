/** One field of a request that breaks a rule. */
interface FieldError {
  /** Where, as `#/field`. */
  pointer: string;
  code: string;
  detail: string;
}

/** An answer of the API that is no success: a problem document (RFC 9457), or what can be told without one. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly title: string;
  /** Last part of the problem's type, such as `wrong-state`. */
  readonly code: string;
  readonly errors: readonly FieldError[];
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Record<string, unknown>) {
    const title = text(body.title) ?? `The server answered ${String(status)}`;
    super(text(body.detail) ?? title);
    this.name = 'ApiProblem';
    this.status = status;
    this.title = title;
    this.code = text(body.type)?.split('/').at(-1) ?? '';
    this.errors = Array.isArray(body.errors) ? body.errors.filter(isFieldError) : [];
    this.body = body;
  }
}

/** Reads what an answer says that is no success; one that says nothing useful, such as a proxy's page, still has its status. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => null);
  return new ApiProblem(response.status, isObject(body) ? body : {});
}

/** @returns a sentence that says what went wrong, for people */
export function messageOf(error: unknown): string {
  // `fetch` tells no more than that it failed.
  if (error instanceof TypeError) return 'Longshore can not be reached.';
  return error instanceof Error ? error.message : String(error);
}

/** @returns what a problem says of each field, by the field's name */
export function fieldErrorsOf(error: unknown): Record<string, string> {
  if (!(error instanceof ApiProblem)) return {};
  return Object.fromEntries(
    error.errors.map(({ pointer, detail }) => [pointer.split('/').at(-1) ?? '', detail]),
  );
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isFieldError(value: unknown): value is FieldError {
  return isObject(value) && typeof value.pointer === 'string' && typeof value.detail === 'string';
}
