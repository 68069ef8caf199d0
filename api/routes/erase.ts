import { assertNever } from '../../contracts/assert-never.ts';
import { erasureExample, erasureSchema, requestedErasureSchema } from '../../contracts/http/erase.ts';
import { verbBodySchema } from '../../contracts/http/job.ts';
import { recordParamsSchema } from '../../contracts/http/record.ts';
import { type Kind, KINDS } from '../../domain/kinds/index.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { actorOf, found } from './shared.ts';

const declareErase = ({ name, singular }: Kind) =>
  declareRoute({
    method: 'post',
    path: `/api/${name}/:id/erase`,
    operationId: `erase${singular.charAt(0).toUpperCase() + singular.slice(1)}`,
    summary: `Erase a ${singular} and every trace of the person`,
    description:
      'Removes the record, its earlier values, and what rows of jobs say of the person; also of a record that was deleted before. ' +
      'Uploaded files stay for their time and are named in the answer. The audit log keeps the id of the record and the reason, so ' +
      'do not name the person there. A file with the person that is imported later brings the person in again.',
    tag: 'records',
    access: 'admin',
    params: recordParamsSchema,
    body: verbBodySchema,
    responses: {
      200: {
        description: 'Nothing but the named files holds the person any more.',
        schema: erasureSchema,
        example: erasureExample,
      },
      202: {
        description:
          'Asked for, but not yet done after 5 s: all rows that are kept are read, or no worker is there. It will be done; asked ' +
          'again with the same `id`, the answer is the outcome.',
        schema: requestedErasureSchema,
        example: { id: erasureExample.id, requested: true },
      },
    },
    problems: ['wrong-state'],
  });

/** Made once, for the API document. */
const ERASE_ROUTES = Object.values(KINDS)
  .filter(({ isPerson }) => isPerson)
  .map((kind) => ({ kind, route: declareErase(kind) }));

/** Forgetting people. */
export function mountErase(router: ApiRouter, { workflows }: AppDeps): void {
  for (const { kind, route } of ERASE_ROUTES) {
    mountRoute(
      router,
      route,
    )(async ({ params: { id }, body, principal, request }) => {
      const action = actorOf(principal, request, body);
      const result = await workflows.erase({ kind: kind.name, recordId: id.toLowerCase(), action });
      if (result === null) return { status: 202, body: { id, requested: true } };
      switch (result.outcome) {
        case 'erased': {
          const { erased, files, filesTotal } = result;
          return { status: 200, body: { id, erased, files, filesTotal } };
        }
        case 'held': {
          const { jobId, status } = result;
          const detail = `Job ${jobId} is ${status} and holds this ${kind.singular}. Let it end, or cancel it, and ask again.`;
          throw new HttpProblem('wrong-state', detail, { currentStatus: status });
        }
        case 'not_found':
          return found<never>(null);
        default:
          return assertNever(result);
      }
    });
  }
}
