import type { Response } from 'express';
import { isEnded } from '../../contracts/words.ts';
import type { JobSnapshot } from '../../prisma/repositories/jobs.ts';
import type { OpenStreams } from './event-stream.ts';
import type { JobWatch } from './job-watch.ts';

/** However fast the job changes, a client hears of it at most so often. */
const EVENT_INTERVAL_MS = 300;

export interface JobStreamDeps {
  watch: JobWatch;
  streams: OpenStreams;
  /** The data of an event. */
  render: (snapshot: JobSnapshot) => string;
}

/**
 * Sends a job's snapshots to one client until the job or the client ends. Steps may be left out, the last state never is: it
 * comes as the event `end`.
 *
 * @param first the job as it was when the stream was asked for; sent at once
 */
export function streamJob(
  response: Response,
  first: JobSnapshot,
  { watch, streams, render }: JobStreamDeps,
): void {
  let latest = first;
  let sentRevision: number | null = null;
  let sentAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let unsubscribe = (): void => undefined;

  const stream = streams.open(response, () => {
    clearTimeout(timer);
    unsubscribe();
  });

  const send = (): void => {
    timer = undefined;
    if (response.writableEnded || latest.revision === sentRevision || !stream.ready()) return;
    const ended = isEnded(latest.status);
    sentRevision = latest.revision;
    sentAt = performance.now();
    stream.send({ id: String(latest.revision), ...(ended ? { name: 'end' } : {}), data: render(latest) });
    if (ended) stream.end();
  };
  const sendSoon = (): void => {
    timer ??= setTimeout(send, Math.max(0, sentAt + EVENT_INTERVAL_MS - performance.now()));
  };

  stream.onReady = sendSoon;
  send();
  if (response.writableEnded) return;
  unsubscribe = watch.subscribe(first.id, (snapshot) => {
    latest = snapshot;
    if (latest.revision !== sentRevision) sendSoon();
  });
}
