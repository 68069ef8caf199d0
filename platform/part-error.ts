import type { PartErrorCode } from '../contracts/errors.ts';

/**
 * A failure of a part of the system that says itself what it means. What caused it may carry a code that others use too: a
 * refused connection would be taken for the database's.
 */
export class PartError extends Error {
  readonly partCode: PartErrorCode;
  /** What the part itself calls it, for operators. */
  readonly code: string;

  constructor(partCode: PartErrorCode, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PartError';
    this.partCode = partCode;
    this.code = code;
  }
}
