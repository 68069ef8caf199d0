import { ProviderError } from '../adapters/provider-error.ts';
import { FileMissingError } from '../adapters/storage/storage.ts';
import { PART_ERRORS, type PartErrorCode } from '../contracts/errors.ts';
import { partCodeOf, systemCodeOf } from '../platform/error-table.ts';

export interface ClassifiedError {
  code: PartErrorCode | 'file_missing';
  retryable: boolean;
  /** What an operator reads. It goes through Temporal, where no values of rows may stand. */
  message: string;
}

/** Finds out what an error means for the part of a job that ran into it. */
export function classifyError(error: unknown): ClassifiedError {
  if (error instanceof FileMissingError) {
    return { code: 'file_missing', retryable: false, message: error.message };
  }
  const code = error instanceof ProviderError ? error.providerCode : partCodeOf(error);
  return { code, retryable: PART_ERRORS[code].retryable, message: describe(error, code) };
}

function describe(error: unknown, code: PartErrorCode): string {
  const { text } = PART_ERRORS[code];
  const systemCode = systemCodeOf(error);
  const named = systemCode === undefined ? text : `${text} [${systemCode}]`;
  // The database quotes the value that it refuses: that stays in the log of the worker.
  if (code === 'data_refused') return named;
  return `${named} ${error instanceof Error ? error.message : String(error)}`;
}
