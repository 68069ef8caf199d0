import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Request, Response } from 'express';
import multer, { MulterError } from 'multer';
import { v7 as uuidv7 } from 'uuid';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import { HttpProblem, invalidField } from '../http/http-problem.ts';
import { continueUpload } from '../server.ts';
import { cleanFilename } from './filename.ts';

/** The name of the form field that holds the file. */
const FILE_FIELD = 'file';
/** A line on which nothing moves for so long is dead. */
const STALLED_MS = 60_000;
/** Everything in a multipart body that is not the file: far more than the fields of any form here have. */
const MAX_OVERHEAD_BYTES = 256 * 1024;

/** A file that has been stored whole. */
export interface StoredFile {
  /** Also fit to be the id of what the file becomes: a UUIDv7. */
  storageKey: string;
  filename: string;
  sizeBytes: number;
  sha256: string;
}

/** What a multipart request brought. */
export interface Upload {
  file: StoredFile;
  /** From now on somebody else owns the file; otherwise it is removed when the request is over. */
  keep: () => void;
}

/** An upload whose text fields nobody has looked at yet. */
export interface ReceivedUpload {
  file: StoredFile | null;
  fields: Record<string, unknown>;
}

/**
 * Reads a multipart request: the file goes to the storage while it comes in, never into memory. When this rejects,
 * nothing of it is left in the storage.
 *
 * @throws {HttpProblem} when the request is malformed or over a limit
 */
export async function receiveUpload(
  request: Request,
  response: Response,
  storage: FileStorage,
  maxBytes: number,
): Promise<ReceivedUpload> {
  if (!/^multipart\/form-data *;/i.test(request.headers['content-type'] ?? '')) {
    throw new HttpProblem('unsupported-media-type', 'Send the file as multipart/form-data.');
  }
  const tooLarge = new HttpProblem('too-large', `A file may have ${String(maxBytes)} bytes.`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes + MAX_OVERHEAD_BYTES) throw tooLarge;

  const engine = createStorageEngine(storage, maxBytes, tooLarge);
  const read = multer({
    storage: engine,
    defParamCharset: 'utf8',
    limits: {
      files: 1,
      fileSize: maxBytes,
      fields: 20,
      fieldNameSize: 100,
      fieldSize: 64 * 1024,
      parts: 21,
      headerPairs: 20,
      // Without these two a field's name alone can fill the memory: a[99999999], a[b][c]...
      fieldArrayIndexLimit: 0,
      fieldNestingDepth: 0,
    },
  }).single(FILE_FIELD);

  request.setTimeout(STALLED_MS, () => request.destroy());
  continueUpload(request, response);
  try {
    await new Promise<void>((resolve, reject) => {
      // The reader throws the rest of a request away before it reports; a caller that is over the limit hears it at once.
      engine.onTooLarge = reject;
      read(request, response, (error?: unknown) => {
        if (error === undefined || error === null) resolve();
        else reject(toProblem(error, tooLarge));
      });
    });
  } finally {
    request.setTimeout(0);
  }
  const stored: StoredFile | null = engine.stored;
  return { file: stored, fields: { ...(request.body as Record<string, unknown> | undefined) } };
}

interface Engine extends multer.StorageEngine {
  stored: StoredFile | null;
  onTooLarge: (problem: HttpProblem) => void;
}

function createStorageEngine(storage: FileStorage, maxBytes: number, tooLarge: HttpProblem): Engine {
  const storageKey = uuidv7();
  const engine: Engine = {
    stored: null,
    onTooLarge: () => undefined,

    _handleFile(_request, file, callback) {
      const hash = createHash('sha256');
      let sizeBytes = 0;
      async function* measured(): AsyncGenerator<Buffer, void, undefined> {
        // A storage that gives up in the middle must not break the stream off: the reader would report that as the fault.
        const chunks: AsyncIterable<Buffer> = file.stream.iterator({ destroyOnReturn: false });
        for await (const chunk of chunks) {
          sizeBytes += chunk.length;
          if (sizeBytes > maxBytes) throw tooLarge;
          hash.update(chunk);
          yield chunk;
        }
      }
      storage.write(storageKey, Readable.from(measured(), { objectMode: false })).then(
        () => {
          const filename = cleanFilename(file.originalname);
          engine.stored = { storageKey, filename, sizeBytes, sha256: hash.digest('hex') };
          callback(null, { size: sizeBytes });
        },
        (error: unknown) => {
          if (sizeBytes > maxBytes) engine.onTooLarge(tooLarge);
          callback(error);
        },
      );
    },

    _removeFile(_request, _file, callback) {
      engine.stored = null;
      storage.remove(storageKey).then(() => {
        callback(null);
      }, callback);
    },
  };
  return engine;
}

/** What multer and the parser below it report, in the words of this API. */
function toProblem(error: unknown, tooLarge: HttpProblem): Error {
  if (error instanceof HttpProblem) return error;
  if (error instanceof MulterError) {
    const field = error.field ?? '';
    const pointer = `#/${encodeURIComponent(field)}`;
    switch (error.code) {
      case 'LIMIT_FILE_SIZE':
        return tooLarge;
      case 'LIMIT_FIELD_VALUE':
        return new HttpProblem('too-large', `The field "${field}" is too long.`);
      case 'LIMIT_UNEXPECTED_FILE':
        return invalidField(pointer, 'unexpected_file', `Send one file, in the field "${FILE_FIELD}".`);
      default:
        return invalidField(
          pointer,
          'unknown_field',
          `The form has more, longer or deeper fields than this address takes.`,
        );
    }
  }
  if (!(error instanceof Error)) return new Error('the upload failed', { cause: error });
  // The parser has no classes of errors; storage errors carry the code of the operating system.
  if (!('code' in error)) {
    return new HttpProblem('malformed-request', 'The multipart body is malformed or ended too early.', {
      cause: error,
    });
  }
  return error;
}
