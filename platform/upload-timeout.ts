/** An upload that takes longer is given up, in milliseconds; what is left of it after that belongs to nobody. */
export const UPLOAD_TIMEOUT_MS = 60 * 60 * 1_000;
