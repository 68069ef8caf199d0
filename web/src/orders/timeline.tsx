import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { formatTime } from '../ui/format.ts';
import { detailsOf, ENTRY_WORDS, STATUS_WORDS, type TimelineEntry } from './words.ts';

const BAD = /Failed|DeadLetter/;

/** What happened to an order, newest first. */
export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  return (
    <Box component="section" aria-label="Timeline" sx={{ display: 'grid', gap: 1 }}>
      <Typography variant="h2">Timeline</Typography>
      <Box
        component="ol"
        reversed
        aria-live="polite"
        aria-relevant="additions"
        sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1.25 }}
      >
        {[...entries].reverse().map((entry) => (
          <Box
            component="li"
            key={entry.seq}
            sx={{
              borderLeft: 2,
              borderColor: BAD.test(entry.type) ? 'error.main' : 'divider',
              pl: 1.5,
              fontSize: '0.8125rem',
              overflowWrap: 'anywhere',
            }}
          >
            <div>
              <strong>{ENTRY_WORDS[entry.type]}</strong>
              {newStatusOf(entry)}
            </div>
            <div>{detailsOf(entry).join(', ')}</div>
            <Box component="time" dateTime={entry.at} sx={{ color: 'text.secondary' }}>
              {formatTime(entry.at)}
            </Box>
          </Box>
        ))}
      </Box>
    </Box>
  );
}

/** What it brought the order to, where that is not said already. */
function newStatusOf({ type, status }: TimelineEntry): string {
  if (status === null || STATUS_WORDS[status] === ENTRY_WORDS[type]) return '';
  return ` → ${STATUS_WORDS[status]}`;
}
