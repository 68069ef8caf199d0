import { createParser } from 'eventsource-parser';
import { type Job, jobSchema } from '../../contracts/http/job.ts';

/** What the stream of a job has said. */
export interface JobEvents {
  /** The job as each event showed it, in order. */
  readonly jobs: Job[];
  /** Settles when the server has ended the stream. */
  readonly ended: Promise<void>;
}

/** Reads a job's stream while it comes. */
export function readJobEvents(response: Response): JobEvents {
  const jobs: Job[] = [];
  const parser = createParser({ onEvent: ({ data }) => void jobs.push(jobSchema.parse(JSON.parse(data))) });
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? [])
      parser.feed(decoder.decode(bytes as Uint8Array, { stream: true }));
  };
  const ended = read();
  // A test that fails first does not get to wait for it.
  ended.catch(() => undefined);
  return { jobs, ended };
}
