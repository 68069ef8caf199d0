import { useQuery } from '@tanstack/react-query';
import { type Pages, staleKey } from '../client/live-cache.ts';
import { queryClient } from '../client/query-client.ts';
import type { AnyRecord, RecordKind } from './kinds.ts';

/** The keys under which records are kept in the browser. */
export const keys = {
  list: (kind: RecordKind, ...filter: unknown[]) => [kind, ...filter],
  record: (kind: RecordKind, id: string) => ['record', kind, id],
  changes: (kind: RecordKind, id: string) => ['record-changes', kind, id],
};

/** Shows a record that was written, in place: a list of thousands of pages is not read again for one. */
export function putRecord(kind: RecordKind, record: AnyRecord): void {
  queryClient.setQueryData(keys.record(kind, record.id), record);
  changeLists(kind, (items) => items.map((item) => (item.id === record.id ? record : item)));
  void queryClient.invalidateQueries({ queryKey: keys.changes(kind, record.id) });
}

export function dropRecord(kind: RecordKind, id: string): void {
  changeLists(kind, (items) => items.filter((item) => item.id !== id));
  void queryClient.resetQueries({ queryKey: keys.record(kind, id) });
  void queryClient.resetQueries({ queryKey: keys.changes(kind, id) });
}

/** From their first page. */
export function readListsAnew(kind: RecordKind): void {
  queryClient.setQueryData(staleKey(kind), false);
  void queryClient.resetQueries({ queryKey: keys.list(kind) });
}

/** Whether the list that is shown is of many pages, and records were written since it was read: it is not read again by itself. */
export function useIsStale(kind: RecordKind): boolean {
  const { data } = useQuery<boolean>({
    queryKey: staleKey(kind),
    // It is never asked for: the stream brings it.
    queryFn: () => Promise.reject(new Error('only the stream tells it')),
    enabled: false,
  });
  return data === true;
}

function changeLists(kind: RecordKind, change: (items: AnyRecord[]) => AnyRecord[]): void {
  queryClient.setQueriesData<Pages<AnyRecord>>({ queryKey: keys.list(kind) }, (list) => {
    if (list === undefined) return undefined;
    return { ...list, pages: list.pages.map((page) => ({ ...page, items: change(page.items) })) };
  });
}
