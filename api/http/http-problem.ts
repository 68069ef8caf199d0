import { type ProblemCode, PROBLEMS } from '../../contracts/errors.ts';
import type { FieldProblem, Problem } from '../../contracts/http/problem.ts';
import type { JobStatus, OrderStatus } from '../../contracts/words.ts';

export interface HttpProblemOptions {
  errors?: FieldProblem[];
  headers?: Record<string, string>;
  /** With `wrong-state`: the status now. */
  currentStatus?: JobStatus | OrderStatus;
  /** With `unavailable`: what can be used and what can't. */
  checks?: Record<string, 'ok' | 'down'>;
  /** With `count-mismatch`: how many there are. */
  count?: number;
  /** With `key-taken`: the record or the order that has the key. */
  existingId?: string;
  cause?: unknown;
}

/** Ends a request with a problem document (RFC 9457). Throw it anywhere below a route. */
export class HttpProblem extends Error {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly options: HttpProblemOptions;

  /** @param detail a sentence for the caller: what is wrong here, and what to do */
  constructor(code: ProblemCode, detail: string, options: HttpProblemOptions = {}) {
    super(`${code}: ${detail}`, { cause: options.cause });
    this.name = 'HttpProblem';
    this.code = code;
    this.detail = detail;
    this.options = options;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** @param instance the path of the request */
  toDocument(instance: string): Problem {
    const { errors, currentStatus, checks, count, existingId } = this.options;
    return {
      type: `/problems/${this.code}`,
      title: PROBLEMS[this.code].title,
      status: this.status,
      detail: this.detail,
      instance,
      ...(errors === undefined ? {} : { errors }),
      ...(currentStatus === undefined ? {} : { currentStatus }),
      ...(checks === undefined ? {} : { checks }),
      ...(count === undefined ? {} : { count }),
      ...(existingId === undefined ? {} : { existingId }),
    };
  }
}

/** A request that breaks one rule of one field. */
export function invalidField(pointer: string, code: string, detail: string): HttpProblem {
  return new HttpProblem('invalid', detail, { errors: [{ pointer, code, detail }] });
}
