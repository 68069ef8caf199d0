import { expect, test } from 'vitest';
import { z } from 'zod';
import { newId } from '../../../web/src/client/new-id.ts';

test('a page makes ids that the API takes for UUIDs, each another one', () => {
  const ids = Array.from({ length: 100 }, newId);
  for (const id of ids) expect(z.uuidv4().safeParse(id).success).toBe(true);
  expect(new Set(ids).size).toBe(100);
});
