import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi({ workflows: createFakeWorkflows() });
});
afterAll(async () => {
  await api.stop();
});

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * The routes that a cell of the guide's table names. What begins with a parameter, such as `/:id`, goes on from the path before
 * it; a single word takes the place of its last part; methods before a path are all meant.
 */
function routesOf(cell: string): string[] {
  let methods: string[] = [];
  let base = '';
  return [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => {
    const [first = '', given] = code.split(' ');
    if (METHODS.includes(first)) {
      // One that stood alone belongs to the path that comes now.
      methods = base === '' ? [...methods, first] : [first];
      if (given === undefined) return [];
      base = given;
      return methods.map((method) => `${method} ${base}`);
    }
    const at = code.startsWith('/:')
      ? base + code
      : code.startsWith('/')
        ? code
        : base.replace(/[^/]+$/, code);
    return methods.map((method) => `${method} ${at}`);
  });
}

const withoutNames = (route: string): string => route.replaceAll(/:\w+/g, ':');

test('the guide lists every route of the API with the role that it needs, and no other', async () => {
  const guide = await readFile(path.join(import.meta.dirname, '..', '..', 'docs', 'api.md'), 'utf8');
  const [, section = ''] = guide.split('\n## Routes\n');
  const table = section.split('\n## ')[0] ?? '';
  const listed = [...table.matchAll(/^\| ([^|]+) \| ([^|]+) \|/gm)].flatMap(([, cell = '', role = '']) => {
    const routes = routesOf(cell).map(withoutNames);
    const roles = role.trim().split(', ');
    return routes.map((route, at) => `${route} ${roles[at] ?? roles[0] ?? ''}`);
  });
  // Told once for both.
  const same = listed
    .filter((route) => route.includes('/api/products'))
    .map((route) => route.replace('products', 'customers'));
  const all = new Set([...listed.filter((route) => !route.endsWith('as above')), ...same]);
  const declared = api.app.declarations
    // The files of the page /docs.
    .filter(({ path: at }) => !at.startsWith('/docs/'))
    .map(({ method, path: at, access }) => withoutNames(`${method.toUpperCase()} ${at} ${access}`));
  expect(declared.filter((route) => !all.has(route))).toEqual([]);
  expect([...all].filter((route) => !declared.includes(route))).toEqual([]);
});
