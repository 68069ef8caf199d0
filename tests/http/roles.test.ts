import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemSchema } from '../../contracts/http/problem.ts';
import { type Role, ROLES } from '../../contracts/words.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';

/** What the API document says of an operation. */
interface Operation {
  operationId: string;
  method: string;
  path: string;
  role: Role | undefined;
  security: object[];
  responses: Record<string, unknown>;
}

let api: ApiUnderTest;
let operations: Operation[];

beforeAll(async () => {
  api = await startApi({ workflows: createFakeWorkflows() });
  const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation & { 'x-role'?: Role }>>;
  };
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
      role: operation['x-role'],
    })),
  );
});
afterAll(() => api.stop());

/** A request that gets as far as the check of the role and no further than that. */
async function call({ method, path }: Operation, credential: string | null): Promise<Response> {
  const address = path
    .replace('{type}', 'not-found')
    .replace('{file}', 'start.js')
    .replaceAll(/\{\w+\}/g, uuidv7());
  const headers = new Headers(credential === null ? {} : { Authorization: `Bearer ${credential}` });
  const response = await fetch(api.url + address, { method, headers, signal: AbortSignal.timeout(20_000) });
  return response;
}

async function keyOf(role: Role): Promise<string> {
  const response = await api.as('admin')('/api/keys', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: `a ${role}`, role }),
  });
  return ((await response.json()) as { key: string }).key;
}

describe('each operation of the API document', () => {
  test('is open to nobody, unless it is one of those that are known to be public', async () => {
    expect(operations.length).toBeGreaterThan(70);
    const open = new Set<string>();
    for (const operation of operations) {
      const response = await call(operation, null);
      if (operation.role === undefined) {
        open.add(`${operation.method} ${operation.path}`);
        expect(operation.security, operation.operationId).toEqual([]);
        if (operation.operationId !== 'signIn') {
          expect([401, 403], operation.operationId).not.toContain(response.status);
        }
        continue;
      }
      expect(response.status, operation.operationId).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="longshore"');
      expect(problemSchema.parse(await response.json()).type).toBe('/problems/unauthenticated');
      expect(operation.responses, operation.operationId).toHaveProperty('401');
    }
    expect([...open].sort()).toEqual([
      'DELETE /api/session',
      'GET /docs',
      'GET /docs/{file}',
      'GET /health',
      'GET /health/ready',
      'GET /metrics',
      'GET /openapi.json',
      'GET /problems',
      'GET /problems/{type}',
      'POST /api/session',
    ]);
  });

  test.each(['token', 'key'] as const)(
    'lets in its role and those above it by their %s, and nobody below',
    async (way) => {
      for (const role of ROLES) {
        const credential = way === 'token' ? await api.tokens.sign('ada', role, 600) : await keyOf(role);
        for (const operation of operations) {
          const context = `${operation.operationId} as ${role}`;
          const response = await call(operation, credential);
          await response.body?.cancel();
          const { role: needed } = operation;
          if (needed !== undefined && ROLES.indexOf(role) < ROLES.indexOf(needed)) {
            expect(response.status, context).toBe(403);
            expect(operation.responses, context).toHaveProperty('403');
          } else if (way === 'key' && ['signIn', 'getSession'].includes(operation.operationId)) {
            // Sessions are for people: one would outlive the key that began it.
            expect([401, 403], context).toContain(response.status);
          } else {
            expect([401, 403], context).not.toContain(response.status);
          }
        }
      }
    },
  );
});
