import type { Request, Response } from 'express';
import { isEnded } from '../../contracts/words.ts';
import type { JobSnapshot } from '../../prisma/repositories/jobs.ts';
import { SENT } from '../http/route.ts';
import type { OpenStreams, StreamEvent } from './event-stream.ts';
import type { JobWatch } from './job-watch.ts';

/** However fast the job changes, a client hears of it at most so often. */
const EVENT_INTERVAL_MS = 300;

/** How a stream tells of a job. */
export interface JobEvents {
  /** The data of an event. */
  render: (snapshot: JobSnapshot) => string;
  /** Name of the event with the last state; unnamed like the others when missing. */
  endName?: string;
  /** Data of an event after the last state; none when missing. */
  close?: (snapshot: JobSnapshot) => string;
}

/**
 * Answers with the stream of a job. A client that comes back and has seen the last state gets 204, and stays away; HEAD opens
 * nothing.
 */
export function answerWithJobStream(
  { request, response }: { request: Request; response: Response },
  job: JobSnapshot,
  lanes: { watch: JobWatch; streams: OpenStreams },
  events: JobEvents,
): { status: 204 } | typeof SENT {
  if (isEnded(job.status) && request.get('last-event-id') === String(job.revision)) return { status: 204 };
  if (request.method === 'HEAD') response.type('text/event-stream').end();
  else streamJob(response, job, lanes, events);
  return SENT;
}

/**
 * Sends a job's snapshots to one client until the job or the client ends. Steps may be left out, the last state never is.
 *
 * @param first the job as it was when the stream was asked for; sent at once
 */
function streamJob(
  response: Response,
  first: JobSnapshot,
  { watch, streams }: { watch: JobWatch; streams: OpenStreams },
  { render, endName, close }: JobEvents,
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
    const event: StreamEvent = { id: String(latest.revision), data: render(latest) };
    stream.send(ended && endName !== undefined ? { ...event, name: endName } : event);
    if (!ended) return;
    if (close !== undefined) stream.send({ id: event.id, data: close(latest) });
    stream.end();
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
