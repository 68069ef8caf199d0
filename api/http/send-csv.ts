import type { Request, Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SENT } from './route.ts';

/**
 * Answers with a CSV to download, a piece at a time: as fast as it is taken off, and never all of it in memory. HEAD gets the
 * headers, and nothing is read for it.
 *
 * @param lines in UTF-8; not begun before the headers are set
 */
export async function sendCsv(
  request: Request,
  response: Response,
  filename: string,
  lines: AsyncIterable<string>,
): Promise<typeof SENT> {
  response.attachment(filename);
  response.set({ 'Content-Type': 'text/csv; charset=utf-8', 'Cache-Control': 'no-store' });
  if (request.method === 'HEAD') response.end();
  else await pipeline(Readable.from(lines), response);
  return SENT;
}
