import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { fileOf } from './local-stack.ts';

/**
 * Makes sure that a file which was named on the command line can be read, before anything is started for it.
 *
 * @returns its absolute path
 * @throws {Error} that names the file and says what is wrong
 */
export async function checkFile(argument: string): Promise<string> {
  const file = fileOf(argument);
  try {
    const found = await stat(file);
    if (!found.isFile()) throw new Error('it is not a file');
    await access(file, constants.R_OK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new Error(`${argument} can't be read: ${reason}`, { cause: error });
  }
  return file;
}
