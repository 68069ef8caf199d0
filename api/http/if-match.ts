import { z } from 'zod';
import { HttpProblem } from './http-problem.ts';

/** What If-Match may hold, for the API document: `*`, or entity tags (RFC 9110, section 8.8.3) separated by commas. */
export const IF_MATCH_PATTERN = '^(?:\\*|(?:W/)?"[!#-~]*"(?: *, *(?:W/)?"[!#-~]*")*)$';

/** Request headers of a route that changes something which has a version. */
export const ifMatchHeadersSchema = z.object({
  'if-match': z
    .string()
    .max(200)
    .optional()
    .meta({
      description: 'The ETag of what you have read, or * for whatever is there.',
      override: { pattern: IF_MATCH_PATTERN },
      // Asked for by a problem of its own (428), not by this schema.
      param: { required: true },
      example: '"3"',
    }),
});

/** Which versions a request may change: one of these, or any. */
export type ExpectedVersion = readonly number[] | 'any';

/** An entity tag (RFC 9110, section 8.8.3). */
const ENTITY_TAG = /^(?:W\/)?"[\u0021\u0023-\u007e\u0080-\u00ff]*"$/;

/**
 * Reads If-Match (RFC 9110, section 13.1.1). Weak tags never match, nor do tags that are not versions.
 *
 * @throws {HttpProblem} `precondition-required` without the header, `malformed-request` when it holds anything but tags
 */
export function readIfMatch(header: string | undefined): ExpectedVersion {
  if (header === undefined) {
    throw new HttpProblem(
      'precondition-required',
      'Send the ETag of what you have read as If-Match, so that you do not undo what somebody else changed since.',
    );
  }
  if (header.trim() === '*') return 'any';
  // A list may have empty places (section 5.6.1); a tag of ours has no comma.
  const tags = header.split(',').map((tag) => tag.trim());
  const given = tags.filter((tag) => tag !== '');
  if (given.length === 0 || !given.every((tag) => ENTITY_TAG.test(tag))) {
    throw new HttpProblem('malformed-request', 'If-Match must be an ETag in its quotes, such as "3", or *.');
  }
  return given.flatMap((tag) => {
    const version = /^"([1-9]\d{0,8})"$/.exec(tag)?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}

/** What a request is told that came too late. */
export function changedMeanwhile(): HttpProblem {
  return new HttpProblem(
    'precondition-failed',
    'It was changed since you read it. Read it again, then decide.',
  );
}
