import { Readable } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import { DEFAULT_IMPORT_OPTIONS, type ImportOptions, type ImportKind } from '../../contracts/words.ts';
import type { Database } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';

export interface TestImport {
  kind?: ImportKind;
  content: string | Buffer;
  options?: Partial<ImportOptions>;
}

/** Stores a file and inserts the job row for it, as an accepted upload leaves them. @returns the job's id */
export async function acceptTestImport(
  db: Database,
  storage: FileStorage,
  { kind = 'products', content, options }: TestImport,
): Promise<string> {
  const id = uuidv7();
  const bytes = Buffer.from(content as string);
  await storage.write(id, Readable.from([bytes]));
  await db.prisma.job.create({
    data: {
      id,
      type: 'import',
      kind,
      filename: 'test.csv',
      storageKey: id,
      sizeBytes: BigInt(bytes.length),
      options: { ...DEFAULT_IMPORT_OPTIONS, ...options } as unknown as Prisma.InputJsonObject,
      createdBy: 'tester',
    },
  });
  return id;
}
