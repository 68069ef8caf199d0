import type { InfiniteData } from '@tanstack/react-query';
import { isEnded } from '../jobs/words.ts';
import type { RecordKind } from '../records/kinds.ts';
import type { Job } from './api.ts';
import { type LiveEvents, type Topic, useLive } from './live.ts';
import { queryClient } from './query-client.ts';

/** A page of a list, as the API gives it. */
interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}
/** A list that grows while one scrolls. */
export type Pages<Item> = InfiniteData<Page<Item>, string | undefined>;

/** A list is not read again for each of many new jobs. */
const REREAD_MS = 1_000;
const rereads = new Map<string, number>();

/** Puts what the stream tells into what was read, so that every view that shows it changes. */
function receive(
  event: { [Name in keyof LiveEvents]: { name: Name; data: LiveEvents[Name] } }[keyof LiveEvents],
): void {
  switch (event.name) {
    case 'job':
      receiveJob(event.data);
      break;
    case 'order':
      receiveOrder(event.data);
      break;
    case 'attention':
      queryClient.setQueryData(['attention-count'], event.data.count);
      rereadSoon('attention');
      break;
    case 'records':
      receiveRecords(event.data.kind);
      break;
    case 'reset':
      rereadSoon('jobs');
      rereadSoon('attention');
      rereadSoon('job');
      rereadSoon('order');
      rereadSoon('order-column');
      rereadSoon('order-counts');
      for (const kind of RECORD_LISTS) receiveRecords(kind);
      break;
  }
}

function receiveJob(job: Job): void {
  const before = queryClient.getQueryData<Job>(['job', job.id]);
  queryClient.setQueryData(['job', job.id], job);
  // Its chunks, rows and audit log are read under the key of the job's parts.
  if (before?.status !== job.status) void queryClient.invalidateQueries({ queryKey: ['job-parts', job.id] });
  else if (!isEnded(job.status)) rereadSoon('job-parts', job.id);

  const listed = queryClient.getQueriesData<Pages<Job>>({ queryKey: ['jobs'] });
  const isListed = listed.some(([, list]) =>
    list?.pages.some(({ items }) => items.some(({ id }) => id === job.id)),
  );
  queryClient.setQueriesData<Pages<Job>>({ queryKey: ['jobs'] }, (list) => {
    if (list === undefined) return undefined;
    const pages = list.pages.map((page) => {
      if (!page.items.some(({ id }) => id === job.id)) return page;
      return { ...page, items: page.items.map((item) => (item.id === job.id ? job : item)) };
    });
    return { ...list, pages };
  });
  // A new job, or one that a filter now lets in or keeps out.
  if (!isListed || before?.status !== job.status) rereadSoon('jobs');
  if (before?.status !== job.status || job.status === 'needs_attention') rereadSoon('attention');
}

/** Moves it out of the columns of the board in which it is no more, and has read again what shows it. */
function receiveOrder({ orderId, status }: LiveEvents['order']): void {
  rereadSoon('order', orderId);
  rereadSoon('order-counts');
  rereadSoon('attention');
  // One that somebody has scrolled through stays as it is.
  const lists = queryClient.getQueriesData<Pages<unknown>>({ queryKey: ['orders'] });
  if (lists.some(([, list]) => list?.pages.length === 1)) rereadSoon('orders');
  const columns = queryClient.getQueriesData<Page<{ id: string }>>({ queryKey: ['order-column'] });
  for (const [queryKey, column] of columns) {
    const name = queryKey[1];
    if (typeof name !== 'string') continue;
    const isThere = column?.items.some(({ id }) => id === orderId) === true;
    if (name === status || (status === null && isThere)) rereadSoon('order-column', name);
    else if (status !== null && isThere) {
      queryClient.setQueryData(queryKey, {
        ...column,
        items: column.items.filter(({ id }) => id !== orderId),
      });
    }
  }
}

const RECORD_LISTS: readonly RecordKind[] = ['products', 'customers'];

/** A list of which one page was read is read again; one that somebody has scrolled through stays, and says so. */
function receiveRecords(kind: RecordKind): void {
  rereadSoon('record', kind);
  rereadSoon('record-changes', kind);
  rereadSoon(kind);
  const lists = queryClient.getQueriesData<Pages<unknown>>({ queryKey: [kind] });
  if (lists.some(([, list]) => isLong(list))) queryClient.setQueryData(staleKey(kind), true);
}

/** Under which it stands that a list shows what has changed since. */
export function staleKey(kind: string): string[] {
  return ['stale', kind];
}

function isLong(list: unknown): boolean {
  return typeof list === 'object' && list !== null && 'pages' in list && Array.isArray(list.pages)
    ? list.pages.length > 1
    : false;
}

function rereadSoon(...queryKey: string[]): void {
  const key = queryKey.join(' ');
  if (rereads.has(key)) return;
  rereads.set(
    key,
    setTimeout(() => {
      rereads.delete(key);
      // Pages are read one after the other: a list of many would be read all the time.
      void queryClient.invalidateQueries({ queryKey, predicate: ({ state }) => !isLong(state.data) });
    }, REREAD_MS),
  );
}

/** Keeps what is shown under a topic live. */
export function useLiveTopic(topic: Topic): void {
  useLive(topic, receive);
}
