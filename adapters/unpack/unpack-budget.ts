import { UnreadableFile } from '../../domain/csv/unreadable-file.ts';
import type { ImportLimits } from '../../platform/config.ts';

/** Bounds of what comes out of a file. */
export type UnpackLimits = Pick<
  ImportLimits,
  | 'IMPORT_MAX_UNPACKED_BYTES'
  | 'IMPORT_MAX_COMPRESSION_RATIO'
  | 'IMPORT_MAX_SHARED_STRINGS_BYTES'
  | 'IMPORT_MAX_RECORD_BYTES'
>;

/** Small files may be compressed as well as they like. */
const RATIO_FREE_BYTES = 10 * 1024 * 1024;

/** Counts what goes into unpacking and what comes out, while it does, so that a bomb goes off before it fills anything. */
export class UnpackBudget {
  readonly #limits: UnpackLimits;
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(limits: UnpackLimits) {
    this.#limits = limits;
  }

  takeIn(bytes: number): void {
    this.#bytesIn += bytes;
  }

  /** @throws {UnreadableFile} `unpacked_too_large` */
  giveOut(bytes: number): void {
    this.#bytesOut += bytes;
    const { IMPORT_MAX_UNPACKED_BYTES: max, IMPORT_MAX_COMPRESSION_RATIO: maxRatio } = this.#limits;
    if (this.#bytesOut > max) {
      throw new UnreadableFile(
        'unpacked_too_large',
        `Unpacked, the file has more than ${String(max)} bytes.`,
      );
    }
    if (this.#bytesOut > RATIO_FREE_BYTES && this.#bytesOut > this.#bytesIn * maxRatio) {
      throw new UnreadableFile(
        'unpacked_too_large',
        `Unpacked, the file is more than ${String(maxRatio)} times as large as it is.`,
      );
    }
  }
}
