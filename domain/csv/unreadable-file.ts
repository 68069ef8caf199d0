import { FILE_ERRORS, type FileErrorCode } from '../../contracts/errors.ts';

/** A file as a whole can't be imported: the message says where, why, and what to do. */
export class UnreadableFile extends Error {
  readonly code: FileErrorCode;

  constructor(code: FileErrorCode, detail: string) {
    super(`${detail} ${FILE_ERRORS[code]}`);
    this.name = 'UnreadableFile';
    this.code = code;
  }
}

/** What is wrong with a record that is over the limit, for a reader. */
export function describeTooLarge(line: number, maxRecordBytes: number): string {
  return `The record that begins on line ${line} is larger than ${maxRecordBytes} bytes.`;
}
