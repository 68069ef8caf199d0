/**
 * The one catalogue of errors. A code names an error everywhere: in a problem document, in the `errors` of a row, in the
 * `failure` of a job, as the type of a Temporal failure. Decide on codes, never on message texts.
 */

/** A whole file can't be imported. The job fails, nothing of the file is applied. */
export const FILE_ERRORS = {
  empty_file:
    'The file has no records. Check that it was saved or exported completely, then upload it again.',
  not_text:
    'The file is not a text file, or not a whole one. Save the table as "CSV UTF-8" or as an Excel workbook (.xlsx) and upload that.',
  unsupported_file:
    'Files of this kind are not read. Save the table as "CSV UTF-8" or as an Excel workbook (.xlsx) without a password and upload that.',
  unreadable_archive:
    'The compressed file or workbook is damaged or incomplete. Save it again and upload it once more.',
  unpacked_too_large:
    'The compressed file or workbook is larger than is allowed once it is unpacked. Split it and upload the parts one after the other.',
  unknown_sheet: 'The workbook has no sheet of the given name. Name one that it has, or none.',
  malformed_csv: 'The file is not well-formed CSV. Repair the named line and upload the file again.',
  missing_columns:
    'Columns that this kind of record needs are missing. Add them to the header and upload the file again.',
  duplicate_columns:
    'Two columns of the header mean the same. Remove or rename one of them and upload the file again.',
  ambiguous_columns:
    'The header can be read in more than one way. Say in a mapping which column is meant, and upload the file again.',
  mapping_mismatch:
    'The mapping names a column that is not there. Correct it, or leave it out, and upload the file again.',
  too_many_columns: 'The header has more columns than is allowed. Remove the ones that are not needed.',
  record_too_large:
    'A record is larger than is allowed; often a quote that is never closed. Repair the named line.',
  too_many_rows:
    'The file has more records than is allowed. Split it and upload the parts one after the other.',
  rows_rejected:
    'The import was to bring in all rows or none. Repair the rejected rows, which are in errors.csv, and upload the file again.',
  lines_missing:
    'A part of the file was given up before it was read, and lines of any order may be in it. Nothing was applied: upload the file again.',
  file_missing: 'The stored file is gone, so it can not be read any more. Upload it again.',
} as const;
export type FileErrorCode = keyof typeof FILE_ERRORS;

/** A row breaks a rule. It is rejected, the rows around it go in. */
export const ROW_ERRORS = {
  required: 'A required value is missing.',
  wrong_column_count: 'The row has more or fewer cells than the header.',
  malformed_row: 'The quotes of the row are not well-formed CSV.',
  invalid_characters: 'The row or the value has bytes that are not UTF-8 text, or control characters.',
  too_long: 'The value is longer than is allowed.',
  invalid_email: 'The value is not an email address.',
  invalid_number: 'The value is not a number.',
  ambiguous_number:
    'The number has one sign that may stand for thousands or before decimals, and the column does not tell.',
  rounded_by_spreadsheet: 'The value is in scientific notation, in which spreadsheets drop digits.',
  spreadsheet_error: 'The cell has an error of a spreadsheet, or ####, in place of a value.',
  invalid_integer: 'The value is not a whole number.',
  invalid_boolean: 'The value is neither yes nor no.',
  negative: 'The value must not be negative.',
  too_precise: 'The number has more decimals than can be kept exactly.',
  out_of_range: 'The number is larger than can be kept.',
  not_a_record:
    'The row is none of its own, so it is skipped: a blank one, or one that describes another row.',
  duplicate_key: 'Another row of the file has the same key.',
  invalid_order_number:
    'The value can not be the number of an order: 1 to 64 letters, digits, ".", "_" or "-".',
  invalid_currency: 'The value is not the code of a currency by ISO 4217, such as EUR.',
  too_small: 'The number is smaller than is possible.',
  order_rejected: 'Another line of the same order is rejected, and an order goes in whole or not at all.',
  order_lines_differ: 'The lines of the order name different customers or currencies.',
  order_too_long: 'The order has more lines than one can have.',
  order_foreign_currency:
    'The order is in another currency than the prices of the products, and not all of its lines bring a price.',
  order_out_of_range: 'What the order comes to is larger than can be kept.',
  order_differs:
    'There is another order with this number. What was ordered is not changed by a file: cancel that order, or give this one another number.',
  order_incomplete:
    'The order went in before, without this line. Order what is missing under another number.',
  erased: 'What the row said was erased, because it was about a person who is to be forgotten.',
} as const;
export type RowErrorCode = keyof typeof ROW_ERRORS;

/** A part of a job could not be done, for reasons that are not in the file. */
export const PART_ERRORS = {
  database_unavailable: { retryable: true, text: 'The database could not be reached.' },
  database_conflict: { retryable: true, text: 'The database ended the transaction because of another one.' },
  database_limit: { retryable: true, text: 'The database is out of space, memory or connections.' },
  database_timeout: { retryable: true, text: 'The database took too long.' },
  database_error: { retryable: false, text: 'The database refused a statement.' },
  data_refused: { retryable: false, text: 'The database refused a value of a row.' },
  storage_unavailable: { retryable: true, text: 'The file storage could not be read or written.' },
  storage_refused: {
    retryable: false,
    text: 'The file storage does not take requests as they are made: see its settings.',
  },
  provider_unavailable: {
    retryable: true,
    text: 'The payment provider or the carrier could not be reached, or is out of order.',
  },
  provider_timeout: {
    retryable: true,
    text: 'The payment provider or the carrier did not answer in time. What was asked may have happened; asking again tells.',
  },
  provider_refused: {
    retryable: false,
    text: 'The payment provider or the carrier does not take requests as they are made: see its settings.',
  },
  timed_out: { retryable: true, text: 'The worker stopped answering.' },
  program_error: { retryable: false, text: 'The program has a fault.' },
} as const;
export type PartErrorCode = keyof typeof PART_ERRORS;

/** Codes of failures that will hit every other part too: no new part is started after one of them. */
export const OUTAGE_CODES: readonly string[] = ['database_unavailable', 'storage_unavailable'];

/** Something was done to a job from outside. */
export const JOB_ERRORS = {
  abandoned:
    'An operator gave up parts of the job. What was applied stays, what was not is in unprocessed.csv.',
  abandoned_and_undone:
    'An operator gave up parts of the job. It was to bring in all rows or none, so what was applied is undone.',
  workflow_closed:
    'The workflow of the job was terminated or deleted from outside. Retry the job to start it again where it was, or cancel it.',
  workflow_failing:
    'The code of the workflow can not go on, as after a deploy that changed it. Deploy code that fits, or reset the job.',
} as const;

/** Why an order failed, where it was not the payment provider or the carrier that said no. */
export const ORDER_ERRORS = {
  unknown_sku: 'There is no product with a sku of the order. Bring it in, then retry the step inventory.',
  out_of_stock:
    'There is too little stock for a line of the order. Once there is more, retry the step inventory.',
  total_mismatch: "The order's total is not what its lines come to at the prices of the products.",
  out_of_range: "The order's total is larger than can be kept.",
  foreign_currency:
    'The order is in another currency than the prices of the products. Such an order brings its own prices.',
  released: 'Somebody had its stock released before it was paid.',
} as const;
export type OrderErrorCode = keyof typeof ORDER_ERRORS;

/** An order needs attention for a reason of its own, besides those of its steps. */
export const ORDER_ATTENTION = {
  workflow_closed:
    'The workflow of the order was terminated or deleted from outside. Retry the order to go on where it was, or cancel it.',
  workflow_failing:
    "The code of the order's workflow can not go on, as after a deploy that changed it. Deploy code that fits: then it goes on by itself.",
} as const;

/** An attempt to deliver a webhook failed. It is tried again by the schedule, and parked at its end. */
export const DELIVERY_ERRORS = {
  refused: 'The receiver answered with another status than 2xx. Redirects are not followed.',
  no_answer: 'The receiver did not answer in time.',
  no_connection: 'The receiver could not be connected to, or the connection broke off.',
  unknown_name: "The name in the endpoint's URL was not found.",
  private_address: 'The URL leads to an address that is not public. Nothing was sent.',
  tls_failed: "The receiver's certificate is not good, or TLS failed otherwise.",
  invalid_url: "The endpoint's URL is not one that webhooks are sent to.",
} as const;
export type DeliveryError = keyof typeof DELIVERY_ERRORS;

/** Why a delivery is parked. Sending it again is up to somebody. */
export const PARKING_REASONS = {
  exhausted: 'The last attempt of the schedule failed.',
  gone: 'The receiver answered 410: the endpoint was switched off.',
  failing: 'The endpoint had failed for too long and was switched off.',
  switched_off: 'Somebody switched the endpoint off.',
} as const;
export type ParkingReason = keyof typeof PARKING_REASONS;

/** The error kinds of the HTTP API: each is a problem type with a page under /problems (RFC 9457). */
export const PROBLEMS = {
  'malformed-request': { status: 400, title: 'The request can not be parsed' },
  'bad-cursor': { status: 400, title: 'The cursor is not one that this list gave out' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  forbidden: { status: 403, title: 'Your role does not permit this' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'method-not-allowed': { status: 405, title: 'This address does not know this method' },
  'name-taken': { status: 409, title: 'Another one has this name' },
  'key-taken': { status: 409, title: 'Another record has this key' },
  'count-mismatch': { status: 409, title: 'There are not as many as you confirmed' },
  'wrong-state': { status: 409, title: 'Not possible in the present state' },
  expired: { status: 410, title: 'It is no longer kept' },
  'precondition-failed': { status: 412, title: 'It was changed since you read it' },
  'too-large': { status: 413, title: 'The upload is too large' },
  'unsupported-media-type': { status: 415, title: 'The content type is not one that this address takes' },
  invalid: { status: 422, title: 'The request breaks a rule' },
  'idempotency-mismatch': { status: 422, title: 'The Idempotency-Key was used for another request' },
  'precondition-required': { status: 428, title: 'Say which version you mean' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'A part of the system can not be reached' },
} as const satisfies Record<string, { status: number; title: string }>;
export type ProblemCode = keyof typeof PROBLEMS;
