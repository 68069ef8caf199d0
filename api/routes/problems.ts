import { z } from 'zod';
import { type ProblemCode, PROBLEMS } from '../../contracts/errors.ts';
import { problemExplanations, problemTypeSchema } from '../../contracts/http/problem.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';

const CODES = Object.keys(PROBLEMS) as ProblemCode[];

const listProblems = declareRoute({
  method: 'get',
  path: '/problems',
  operationId: 'listProblemTypes',
  summary: 'All kinds of problems',
  tag: 'system',
  access: 'public',
  responses: {
    200: {
      description: 'All kinds of problems that answers can have.',
      schema: z.strictObject({ items: z.array(problemTypeSchema) }),
      example: { items: [viewProblem('not-found')] },
    },
  },
  problems: [],
});

const getProblem = declareRoute({
  method: 'get',
  path: '/problems/:type',
  operationId: 'getProblemType',
  summary: 'What a kind of problem means',
  description: 'The `type` of a problem leads here.',
  tag: 'system',
  access: 'public',
  params: z.strictObject({ type: z.enum(CODES) }),
  responses: {
    200: { description: 'The explanation.', schema: problemTypeSchema, example: viewProblem('not-found') },
  },
  problems: [],
});

/** The pages that problem documents refer to. */
export function mountProblems(router: ApiRouter): void {
  mountRoute(router, listProblems)(() => ({ status: 200, body: { items: CODES.map(viewProblem) } }));
  mountRoute(router, getProblem)(({ params }) => ({ status: 200, body: viewProblem(params.type) }));
}

function viewProblem(code: ProblemCode): z.output<typeof problemTypeSchema> {
  const { status, title } = PROBLEMS[code];
  return { type: `/problems/${code}`, status, title, explanation: problemExplanations[code] };
}
