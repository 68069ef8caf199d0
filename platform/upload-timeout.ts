/** An upload that takes longer is given up, in milliseconds. */
export const UPLOAD_TIMEOUT_MS = 60 * 60 * 1_000;

/**
 * A file for which nobody has taken responsibility after so long belongs to nobody. Longer than an upload takes: S3 says of a
 * file that came in parts when its upload began, and once it is whole its job is still to be committed.
 */
export const LEFT_ALONE_MS = UPLOAD_TIMEOUT_MS + 10 * 60 * 1_000;
