import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { ErrorNote, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useList } from '../ui/use-list.ts';
import { keys } from './cache.ts';
import { listChanges } from './client.ts';
import type { AnyChange, KindView } from './kinds.ts';
import { RecordValue } from './record-value.tsx';
import { SourceLink } from './source-link.tsx';

const OPERATION_WORDS: Record<AnyChange['operation'], string> = {
  created: 'Created',
  updated: 'Changed',
  deleted: 'Deleted',
};

/** What wrote a record, newest first, with what it changed. */
export function RecordHistory({ view, id }: { view: KindView; id: string }) {
  const { rows, hasMore, loadMore, isLoading, error, onRetry } = useList<AnyChange>({
    queryKey: keys.changes(view.kind, id),
    read: (cursor, signal) => listChanges(view.kind, id, cursor, signal),
  });
  return (
    <Box component="section" aria-label="History" sx={{ display: 'grid', gap: 1 }}>
      <Typography variant="h2" component="h3">
        History
      </Typography>
      <Box component="ol" sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1.5 }}>
        {rows.map((change, index) => (
          <Entry key={change.changeId ?? String(index)} view={view} change={change} />
        ))}
      </Box>
      {error != null && <ErrorNote error={error} onRetry={onRetry} />}
      {isLoading && <Loading />}
      {hasMore && !isLoading && <Button onClick={loadMore}>Earlier changes</Button>}
    </Box>
  );
}

function Entry({ view, change }: { view: KindView; change: AnyChange }) {
  const { operation, row, by, at, before, after, source, changesRemoved } = change;
  const was: Readonly<Record<string, unknown>> = before ?? {};
  const is: Readonly<Record<string, unknown>> = after ?? {};
  const changed = view.fields.filter(({ name }) => name in was || name in is);
  const isKnown = !changesRemoved;
  return (
    <Box component="li" sx={{ borderLeft: 2, borderColor: 'divider', pl: 1.5, fontSize: '0.8125rem' }}>
      <div>
        <strong>{OPERATION_WORDS[operation]}</strong> <Time at={at} />
        {isKnown && (
          <>
            {by !== null && ` by ${by}`} (<SourceLink source={source} row={row} />)
          </>
        )}
      </div>
      {changesRemoved && (
        <Typography variant="body2" color="textSecondary">
          Changes between this and the one above are no longer kept.
        </Typography>
      )}
      {changed.length > 0 && (
        <Box
          component="dl"
          sx={{
            display: 'grid',
            gridTemplateColumns: 'minmax(80px, max-content) minmax(0, 1fr)',
            columnGap: 1.5,
            m: 0,
            mt: 0.5,
            '& dt': { color: 'text.secondary' },
            '& dd': { m: 0, overflowWrap: 'anywhere', maxHeight: 160, overflowY: 'auto' },
          }}
        >
          {changed.map(({ name, title, type }) => (
            <Box key={name} sx={{ display: 'contents' }}>
              <dt>{title}</dt>
              <dd>
                {before !== null && (
                  <Box component={after === null ? 'span' : 'del'} sx={{ color: 'text.secondary' }}>
                    <RecordValue type={type} value={was[name]} />
                  </Box>
                )}
                {before !== null && after !== null && ' → '}
                {after !== null && <RecordValue type={type} value={is[name]} />}
              </dd>
            </Box>
          ))}
        </Box>
      )}
    </Box>
  );
}
