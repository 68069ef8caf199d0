import { z } from 'zod';
import type { ProblemCode } from '../errors.ts';
import { JOB_STATUSES, ORDER_STATUSES } from '../words.ts';

/** What is wrong with one field of a request. */
const fieldProblemSchema = z
  .strictObject({
    pointer: z
      .string()
      .meta({ description: 'The field, as a JSON pointer in a URI fragment.', example: '#/kind' }),
    code: z.string().meta({ example: 'required' }),
    detail: z.string().meta({ example: 'This field is required.' }),
  })
  .meta({ id: 'FieldProblem' });
export type FieldProblem = z.infer<typeof fieldProblemSchema>;

/** Whether each part of the system that the API stands on can be used. */
export const checksSchema = z
  .record(z.string(), z.enum(['ok', 'down']))
  .meta({ example: { database: 'ok', temporal: 'ok', storage: 'ok' } });

/** An error answer: RFC 9457, media type `application/problem+json`. */
export const problemSchema = z
  .strictObject({
    type: z.string().meta({ description: 'A path of this API that explains this kind of problem.' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z.string().meta({ description: 'The path of the request.' }),
    errors: z.array(fieldProblemSchema).optional(),
    currentStatus: z
      .enum([...JOB_STATUSES, ...ORDER_STATUSES])
      .optional()
      .meta({ description: 'With `wrong-state`: the status now.' }),
    checks: checksSchema.optional(),
    count: z.int().min(0).optional().meta({ description: 'With `count-mismatch`: how many there are.' }),
    existingId: z
      .string()
      .optional()
      .meta({ description: 'With `key-taken`: the record or the order that has the key.' }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problemSchema>;

/** What a kind of problem means and what its reader can do, for the pages under /problems. */
export const problemExplanations: Record<ProblemCode, string> = {
  'malformed-request':
    'The request could not be read: its JSON or its multipart body is broken, or it ended too early. Nothing was done; repair it and send it again.',
  'bad-cursor':
    'A cursor is only good for the list that gave it out as `nextCursor`. Start again without a cursor.',
  unauthenticated:
    'The request has no token, or one that is malformed, expired or not meant for this API. Send a valid one as `Authorization: Bearer ...`. A session cookie is accepted on GET only, a ticket on the one stream that it was made for.',
  forbidden: 'The token is valid, but its role may not do this. Ask someone whose role permits it.',
  'not-found': 'The address is wrong, or what was there is gone.',
  'method-not-allowed':
    'The address exists, but not with this method. The `Allow` header of the answer names those that it has.',
  'name-taken': 'Another one has this name already. Choose another name, or change the one that is there.',
  'key-taken':
    'A record is known by its key, which no other may have; case, kinds of blanks and invisible characters do not count. An order is known by its id. `existingId` names the one that has it: look at that one, or choose another key.',
  'count-mismatch':
    'What was asked is about another number of records than `confirm` says: some came or went since they were counted. `count` is how many there are now. Nothing was done; look again, and confirm that number.',
  'wrong-state':
    'What was asked is not possible in the state in which the job or the order is now. `currentStatus` names it. Read it again, then decide.',
  expired:
    'What was asked for is kept for a time only, and that time is over. `expired` of the job names what is gone; the settings of this installation say how long each is kept. Where the file is still at hand, upload it again.',
  'precondition-failed':
    'What you wanted to change was changed by somebody else since you read it. Read it again, decide, and send the new ETag as If-Match.',
  'too-large':
    'The request is larger than is allowed. Split the file, or ask the operator of this installation to raise the limit.',
  'unsupported-media-type':
    'The body has another content type than this address takes; the API document names the right one.',
  invalid:
    'The request was understood but breaks a rule. `errors` names each field and what is wrong with it. Nothing was done.',
  'idempotency-mismatch':
    'An Idempotency-Key stands for one request for 24 hours. This one was used with another file, kind or options, or with other values. Use a new key for a new request.',
  'precondition-required':
    'A change must say which version it is meant for, so that nobody undoes unknowingly what somebody else did. Send the ETag that came with what you read as If-Match, or * for whatever is there.',
  'too-many-requests': 'Slow down: `Retry-After` says when the next request is welcome.',
  internal:
    'A fault of ours; it has been logged under the id in the `X-Request-Id` header. Trying again may help, telling us does.',
  unavailable:
    'The database, the file storage or the workflow engine can not be reached at the moment, or what you want to change is in the hands of an import. Try again after `Retry-After` seconds.',
};

/** A kind of problem, as its page under /problems shows it. */
export const problemTypeSchema = z
  .strictObject({
    type: z.string(),
    status: z.int(),
    title: z.string(),
    explanation: z.string(),
  })
  .meta({ id: 'ProblemType' });
