import { mdiArrowDown, mdiArrowUp } from '@mdi/js';
import Box from '@mui/material/Box';
import ButtonBase from '@mui/material/ButtonBase';
import Paper from '@mui/material/Paper';
import { useTheme } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef } from 'react';
import { Icon } from './icon.tsx';
import { ErrorNote, Loading } from './states.tsx';

export interface Column<Row> {
  id: string;
  title: string;
  /** Stands in the heading in place of the title, such as a box that selects all. */
  heading?: ReactNode;
  /** By what the list is sorted when the heading is pressed; `onSort` has to be there. */
  sortBy?: string;
  /** A track of a CSS grid: `120px`, `minmax(160px, 2fr)`. */
  width: string;
  align?: 'right';
  /** Left out on windows that are narrower. */
  from?: 'sm' | 'md' | 'lg';
  render: (row: Row) => ReactNode;
}

export interface DataTableProps<Row> {
  /** Names the table for those who do not see it. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string | number;
  /** Height of each row; 38 when not given. Rows that differ are measured. */
  rowHeight?: number;
  /** There is more: `loadMore` is called when the end comes near. */
  hasMore?: boolean;
  loadMore?: () => void;
  isLoading?: boolean;
  error?: unknown;
  onRetry?: () => void;
  /** Shown where there are no rows. */
  empty: ReactNode;
  isSelected?: (row: Row) => boolean;
  /** What the list is sorted by; `-` in front: from the last to the first. */
  sort?: string;
  /** Called with the next order: forwards, backwards, and '' for the list's own. */
  onSort?: (sort: string) => void;
}

/** So many rows beside those in sight are kept, and so early the next page is asked for. */
const OVERSCAN = 12;

/**
 * A table of any length: only the rows in sight are in the page, and the next ones are asked for while one scrolls. It fills
 * the height that its place gives it.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, rows, keyOf, hasMore = false, loadMore, isLoading = false, error, onRetry, empty } = props;
  const { rowHeight = 38, isSelected, sort = '', onSort } = props;
  const columns = useShownColumns(props.columns);
  const place = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => place.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : keyOf(row);
    },
  });
  const items = virtualizer.getVirtualItems();
  const lastInSight = items.at(-1)?.index ?? -1;
  const isEndNear = hasMore && !isLoading && error == null && lastInSight >= rows.length - 1 - OVERSCAN;
  useEffect(() => {
    if (isEndNear) loadMore?.();
  }, [isEndNear, loadMore, rows.length]);

  const tracks = columns.map(({ width }) => width).join(' ');
  const first = items[0]?.start ?? 0;
  return (
    <Paper
      ref={place}
      // What scrolls must be reachable by keys.
      tabIndex={0}
      role="region"
      aria-label={label}
      sx={{ flex: 1, minHeight: 160, overflow: 'auto', position: 'relative' }}
    >
      <Box
        role="table"
        aria-label={label}
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        aria-busy={isLoading}
        sx={{ minWidth: 'fit-content', fontSize: '0.8125rem' }}
      >
        <Box role="rowgroup" sx={{ position: 'sticky', top: 0, zIndex: 1, bgcolor: 'background.paper' }}>
          <Box
            role="row"
            sx={{ ...lineStyle(tracks), fontWeight: 600, color: 'text.secondary', minHeight: 34 }}
          >
            {columns.map(({ id, title, heading, sortBy, align }) => (
              <Box
                role="columnheader"
                key={id}
                aria-sort={ariaSortOf(sort, sortBy)}
                sx={{ ...CELL, textAlign: align ?? 'left' }}
              >
                {sortBy === undefined || onSort === undefined ? (
                  (heading ?? title)
                ) : (
                  <SortHeading title={title} by={sortBy} sort={sort} onSort={onSort} />
                )}
              </Box>
            ))}
          </Box>
        </Box>
        <Box role="rowgroup" sx={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
          <div style={{ transform: `translateY(${String(first)}px)` }}>
            {items.map(({ index, key }) => {
              const row = rows[index];
              if (row === undefined) return null;
              return (
                <Box
                  role="row"
                  key={key}
                  data-index={index}
                  ref={virtualizer.measureElement}
                  aria-rowindex={index + 2}
                  aria-selected={isSelected?.(row)}
                  sx={{
                    ...lineStyle(tracks),
                    minHeight: rowHeight,
                    '&:hover': { bgcolor: 'action.hover' },
                    '&[aria-selected=true]': { bgcolor: 'action.selected' },
                  }}
                >
                  {columns.map(({ id, align, render }) => (
                    <Box
                      role="cell"
                      key={id}
                      sx={{ ...CELL, textAlign: align ?? 'left', ...FIGURES[align ?? 'left'] }}
                    >
                      {render(row)}
                    </Box>
                  ))}
                </Box>
              );
            })}
          </div>
        </Box>
      </Box>
      {error != null && (
        <Box sx={{ p: 1.5 }}>
          <ErrorNote error={error} {...(onRetry === undefined ? {} : { onRetry })} />
        </Box>
      )}
      {isLoading && <Loading />}
      {rows.length === 0 && !isLoading && error == null && empty}
    </Paper>
  );
}

function ariaSortOf(sort: string, by: string | undefined): 'ascending' | 'descending' | undefined {
  if (by === undefined) return undefined;
  if (sort === by) return 'ascending';
  return sort === `-${by}` ? 'descending' : undefined;
}

interface SortHeadingProps {
  title: string;
  by: string;
  sort: string;
  onSort: (sort: string) => void;
}

function SortHeading({ title, by, sort, onSort }: SortHeadingProps) {
  const direction = ariaSortOf(sort, by);
  const next = direction === undefined ? by : direction === 'ascending' ? `-${by}` : '';
  return (
    <ButtonBase
      onClick={() => {
        onSort(next);
      }}
      sx={{
        font: 'inherit',
        verticalAlign: 'baseline',
        gap: 0.25,
        borderRadius: 0.5,
        color: direction === undefined ? 'inherit' : 'text.primary',
        '&:hover, &.Mui-focusVisible': { textDecoration: 'underline' },
      }}
    >
      {title}
      {direction !== undefined && (
        <Icon path={direction === 'ascending' ? mdiArrowUp : mdiArrowDown} sx={{ fontSize: 14 }} />
      )}
    </ButtonBase>
  );
}

const CELL = {
  px: 1.25,
  py: 0.5,
  minWidth: 0,
  overflow: 'hidden',
  textOverflow: 'ellipsis',
  alignSelf: 'center',
};
const FIGURES = { right: { fontVariantNumeric: 'tabular-nums' }, left: {} };

function lineStyle(tracks: string) {
  return {
    display: 'grid',
    gridTemplateColumns: tracks,
    alignItems: 'center',
    borderBottom: 1,
    borderColor: 'divider',
  };
}

function useShownColumns<Row>(columns: readonly Column<Row>[]): readonly Column<Row>[] {
  const theme = useTheme();
  const isUp = {
    sm: useMediaQuery(theme.breakpoints.up('sm')),
    md: useMediaQuery(theme.breakpoints.up('md')),
    lg: useMediaQuery(theme.breakpoints.up('lg')),
  };
  return columns.filter(({ from }) => from === undefined || isUp[from]);
}
