import { S3ServiceException } from '@aws-sdk/client-s3';
import { storageCodeOf, systemCodeOf } from '../../platform/error-table.ts';
import { PartError } from '../../platform/part-error.ts';

/** The object is not there. That the bucket is not there is another matter: the settings are wrong, or it is away. */
export function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && error.name === 'NoSuchKey';
}

/** A range that begins behind the end of the object. */
export function isOutOfRange(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 416;
}

/** Waits for what was asked of the storage; when that fails, says what it means. Faults of the program stay what they are. */
export async function asStorageError<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw toStorageError(error);
  }
}

/** What the SDK throws by itself, without an answer of the server: no credentials, no time left, no way there. */
const SDK_NAMES = /^(?:CredentialsProviderError|TokenProviderError|TimeoutError|AbortError)$/;

function toStorageError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof S3ServiceException) {
    const status = error.$metadata.httpStatusCode;
    return new PartError(
      storageCodeOf(error.name, status),
      error.name,
      `${error.message || 'the file storage refused a request'} (HTTP ${String(status ?? 'no answer')})`,
      { cause: error },
    );
  }
  const code = systemCodeOf(error) ?? error.name;
  if (systemCodeOf(error) === undefined && !SDK_NAMES.test(error.name)) return error;
  return new PartError(storageCodeOf(code, undefined), code, error.message, { cause: error });
}
