import { importFieldsSchema, type ImportFields, importHeadersSchema } from '../../contracts/http/import.ts';
import { jobExample, jobSchema } from '../../contracts/http/job.ts';
import type { ImportOptions } from '../../contracts/words.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { acceptUpload } from '../services/accept-import.ts';
import { viewJob } from '../views/job-view.ts';
import { chosenMapping, chosenMode, chosenNotify, jobLocation } from './shared.ts';

const createImport = declareRoute({
  method: 'post',
  path: '/api/imports',
  operationId: 'createImport',
  summary: 'Import a file',
  description:
    'Stores the file and makes a job of it. The answer comes once both are durable; reading and applying go on behind it. ' +
    'A client that does not get the answer sends the same request again under the same Idempotency-Key.',
  tag: 'imports',
  access: 'operator',
  headers: importHeadersSchema,
  upload: { fields: importFieldsSchema, description: 'The CSV file.' },
  responses: {
    202: { description: 'Accepted.', schema: jobSchema, example: jobExample, headers: jobLocation },
  },
  problems: ['malformed-request', 'too-large', 'unsupported-media-type', 'idempotency-mismatch'],
});

/** POST /api/imports. */
export function mountImports(router: ApiRouter, deps: AppDeps): void {
  mountRoute(
    router,
    createImport,
  )(async ({ headers, upload, principal, request }) => {
    const { fields } = upload;
    const order = {
      kind: fields.kind,
      options: await toOptions(fields, deps.database),
      by: principal.subject,
      idempotencyKey: headers['idempotency-key'],
    };
    const job = await acceptUpload(deps, upload, order, request.log);
    return {
      status: 202,
      body: viewJob(job, deps.config),
      headers: { Location: `/api/jobs/${job.id}` },
    };
  });
}

async function toOptions(fields: ImportFields, { pool }: AppDeps['database']): Promise<ImportOptions> {
  const { kind, mapping, dialect = null, ...policies } = fields;
  const mode = chosenMode(kind, policies.mode);
  const notify = chosenNotify(kind, policies.notify);
  return { ...policies, mode, notify, dialect, mapping: await chosenMapping(pool, kind, mapping) };
}
