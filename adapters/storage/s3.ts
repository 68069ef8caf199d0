import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  type MultipartUpload,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { asStorageError, isMissing, isOutOfRange } from './s3-errors.ts';
import { FileMissingError, type FileStorage } from './storage.ts';

/** Where the files are, in S3-compatible storage. */
export interface S3Location {
  bucket: string;
  /** Before each key; empty, or ends with a slash. */
  prefix: string;
  /** Of a server that is not Amazon's. */
  endpoint?: string | undefined;
  /** Default: what the environment says (AWS_REGION, a profile). */
  region?: string | undefined;
  /** The bucket is the first part of the path, not of the host's name. */
  pathStyle: boolean;
}

/**
 * Two of them are in memory for each upload under way: one that is sent, one that comes in. S3 takes up to 10,000 parts, so
 * this also bounds a file: 78 GiB.
 */
const PART_BYTES = 8 * 1024 * 1024;

const CONNECT_MS = 5_000;
/** Until the answer begins. Nothing asked here takes seconds but the end of a large upload. */
const ANSWER_MS = 60_000;
/** A line on which nothing moves for so long is dead. */
const SILENCE_MS = 30_000;
/** A health check that waits longer is answered by somebody else's patience. */
const CHECK_MS = 1_500;

/** Jobs name their files so, or so with what was made of them in front: whatever else lies in the bucket is not ours. */
const OUR_KEY = /^(?:[\w-]+_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Keeps files in a bucket of S3-compatible storage, so that any number of machines share them. Who we are, the SDK finds out
 * by its own chain: environment, profile, web identity, container, instance.
 *
 * An upload goes through part by part, and appears whole or not at all: that is how S3 stores objects. An upload that breaks
 * off is aborted, so that its parts are not kept and paid for.
 */
export function createS3Storage(location: S3Location): FileStorage & { close: () => void } {
  const { bucket: Bucket, prefix } = location;
  const client = new S3Client({
    forcePathStyle: location.pathStyle,
    ...(location.endpoint === undefined ? {} : { endpoint: location.endpoint }),
    ...(location.region === undefined ? {} : { region: location.region }),
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
      socketTimeout: SILENCE_MS,
    },
  });
  const objectKey = (key: string): string => {
    if (!OUR_KEY.test(key)) throw new TypeError('a storage key is a UUID, or ends with _ and one');
    return prefix + key;
  };
  const keyOf = (objectName: string | undefined): string | undefined => {
    const key = objectName?.slice(prefix.length);
    return key !== undefined && OUR_KEY.test(key) ? key : undefined;
  };

  async function* listUnfinished(before: Date): AsyncGenerator<Unfinished, void, undefined> {
    let place: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
    for (;;) {
      const page = await asStorageError(
        client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: prefix, ...place })),
      );
      for (const { Key, UploadId, Initiated } of page.Uploads ?? ([] as MultipartUpload[])) {
        const key = keyOf(Key);
        if (key === undefined || UploadId === undefined || Initiated === undefined) continue;
        if (Initiated < before) yield { key, uploadId: UploadId };
      }
      if (page.IsTruncated !== true) return;
      place = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
  }

  return {
    async write(key, content) {
      const source = watchSource(content);
      const upload = new Upload({
        client,
        params: { Bucket, Key: objectKey(key), Body: source.stream },
        partSize: PART_BYTES,
        // One at a time: it stops with the first part that fails, and at no time is anything under way that an abort could miss.
        // The next part comes in meanwhile.
        queueSize: 1,
      });
      try {
        await asStorageError(upload.done());
        return source.bytes();
      } catch (error) {
        source.stream.destroy();
        throw source.failure()?.error ?? error;
      }
    },

    async read(key, range, into) {
      const length = Math.min(Math.max(0, range.end - range.start), into?.length ?? Infinity);
      try {
        const { Body } = await client.send(
          new GetObjectCommand({
            Bucket,
            Key: objectKey(key),
            // No range is empty in HTTP: the first byte tells whether the file is there.
            Range: length === 0 ? 'bytes=0-0' : `bytes=${range.start}-${range.start + length - 1}`,
          }),
        );
        if (!(Body instanceof Readable)) throw new TypeError('an object without a body');
        return await collect(Body, length, into);
      } catch (error) {
        if (isMissing(error)) throw new FileMissingError(key);
        if (isOutOfRange(error)) return Buffer.alloc(0);
        return await asStorageError(Promise.reject(error as Error));
      }
    },

    async remove(key) {
      await asStorageError(client.send(new DeleteObjectCommand({ Bucket, Key: objectKey(key) })));
    },

    async *list(before) {
      const pages = paginateListObjectsV2({ client }, { Bucket, Prefix: prefix, Delimiter: '/' });
      for (;;) {
        const { done, value } = await asStorageError(pages.next());
        if (done === true) return;
        for (const { Key, LastModified } of value.Contents ?? []) {
          const key = keyOf(Key);
          if (key !== undefined && LastModified !== undefined && LastModified < before) yield key;
        }
      }
    },

    async *unfinished(before) {
      for await (const { key } of listUnfinished(before)) yield key;
    },

    async removeUnfinished(before) {
      let removed = 0;
      for await (const { key, uploadId } of listUnfinished(before)) {
        const upload = { Bucket, Key: objectKey(key), UploadId: uploadId };
        await asStorageError(client.send(new AbortMultipartUploadCommand(upload)));
        removed += 1;
      }
      return removed;
    },

    async check() {
      const abortSignal = AbortSignal.timeout(CHECK_MS);
      await asStorageError(client.send(new HeadBucketCommand({ Bucket }), { abortSignal }));
    },

    close() {
      client.destroy();
    },
  };
}

interface Unfinished {
  key: string;
  uploadId: string;
}

/**
 * Counts what comes in, and remembers whether it broke: whoever uploads it says that the upload failed, and no longer why. It
 * reads a part ahead.
 */
function watchSource(content: Readable): {
  stream: Readable;
  bytes: () => number;
  failure: () => { error: unknown } | null;
} {
  let bytes = 0;
  let failure: { error: unknown } | null = null;
  async function* watched(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for await (const chunk of content as AsyncIterable<Buffer | string>) {
        const block = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        bytes += block.length;
        yield block;
      }
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  return {
    stream: Readable.from(watched(), { objectMode: false, highWaterMark: PART_BYTES }),
    bytes: () => bytes,
    failure: () => failure,
  };
}

/** Reads an answer to its end, into the given memory where there is some. */
async function collect(body: Readable, length: number, into?: Buffer): Promise<Buffer> {
  const memory = into?.subarray(0, length) ?? Buffer.allocUnsafe(length);
  let filled = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    // A server that knows no ranges would send more than was asked for.
    if (length > 0 && filled + chunk.length > memory.length)
      throw new TypeError('the file storage sent more than the range that was asked for');
    filled += chunk.copy(memory, filled);
  }
  return memory.subarray(0, filled);
}
