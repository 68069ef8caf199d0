import { PART_ERRORS } from '../../contracts/errors.ts';
import { partCodeOf } from '../../platform/error-table.ts';

/** Whether the same request may well succeed later: a part of the system is away or busy, and the program is not wrong. */
export function isUnavailable(error: unknown): boolean {
  return PART_ERRORS[partCodeOf(error)].retryable;
}
