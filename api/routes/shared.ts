import { z } from 'zod';
import { HttpProblem } from '../http/http-problem.ts';

/** Header of the answers that make or name a job. */
export const jobLocation = z.object({
  Location: z.string().meta({
    description: 'Where the job is.',
    example: '/api/jobs/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11',
  }),
});

/** @throws {HttpProblem} `not-found` for null */
export function found<T>(thing: T | null): T {
  if (thing === null) throw new HttpProblem('not-found', 'There is nothing at this address.');
  return thing;
}
